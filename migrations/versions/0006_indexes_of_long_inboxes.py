"""Indexes that hold long inboxes in the order of their lists; the others hold no row that nobody looks for there."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _where(condition: str) -> dict[str, sa.TextClause]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def upgrade() -> None:
    op.drop_index("ix_work_item_inbox", "work_item")
    op.create_index("ix_work_item_inbox", "work_item",
                    ["unit_code", "position_code", "green_lane", "due_at", "id"], **_where("status = 'open'"))
    op.create_index("ix_work_item_unit", "work_item", ["unit_code", "green_lane", "due_at", "id"], **_where("status = 'open'"))
    op.create_index("ix_work_item_opened", "work_item", ["unit_code", "opened_at", "id"], **_where("status = 'open'"))
    op.drop_index("ix_work_item_parent_id", "work_item")
    op.create_index("ix_work_item_parent", "work_item", ["parent_id"], **_where("parent_id is not null"))
    op.drop_index("ix_work_item_mine", "work_item")
    op.create_index("ix_work_item_mine", "work_item", ["assignee_id", "due_at"],
                    **_where("status = 'open' and assignee_id is not null"))
    op.drop_index("ix_work_item_done", "work_item")
    op.create_index("ix_work_item_done", "work_item", ["closed_by", "closed_at"], **_where("closed_by is not null"))
    op.drop_index("uq_work_item_task", "work_item")
    op.create_index("uq_work_item_task", "work_item", ["instance_id", "task_id"], unique=True)
    op.drop_index("ix_work_item_instance_id", "work_item")
    op.drop_index("ix_history_actor", "history")


def downgrade() -> None:
    op.create_index("ix_history_actor", "history", ["actor_id", "at"])
    op.create_index("ix_work_item_instance_id", "work_item", ["instance_id"])
    op.drop_index("uq_work_item_task", "work_item")
    op.create_index("uq_work_item_task", "work_item", ["instance_id", "task_id"], unique=True,
                    **_where("task_id is not null"))
    op.drop_index("ix_work_item_done", "work_item")
    op.create_index("ix_work_item_done", "work_item", ["closed_by", "closed_at"])
    op.drop_index("ix_work_item_mine", "work_item")
    op.create_index("ix_work_item_mine", "work_item", ["assignee_id", "due_at"], **_where("status = 'open'"))
    op.drop_index("ix_work_item_parent", "work_item")
    op.create_index("ix_work_item_parent_id", "work_item", ["parent_id"])
    op.drop_index("ix_work_item_opened", "work_item")
    op.drop_index("ix_work_item_unit", "work_item")
    op.drop_index("ix_work_item_inbox", "work_item")
    op.create_index("ix_work_item_inbox", "work_item", ["unit_code", "position_code", "green_lane", "due_at"], **_where("status = 'open'"))
