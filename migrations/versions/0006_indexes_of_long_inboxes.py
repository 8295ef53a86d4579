"""Indexes that hold a unit's and a post's open work items in the order of their list; children without the childless."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OPEN = {"postgresql_where": sa.text("status = 'open'"), "sqlite_where": sa.text("status = 'open'")}
_CHILD = {"postgresql_where": sa.text("parent_id is not null"), "sqlite_where": sa.text("parent_id is not null")}


def upgrade() -> None:
    op.drop_index("ix_work_item_inbox", "work_item")
    op.create_index("ix_work_item_inbox", "work_item",
                    ["unit_code", "position_code", "green_lane", "due_at", "id"], **_OPEN)
    op.create_index("ix_work_item_unit", "work_item", ["unit_code", "green_lane", "due_at", "id"], **_OPEN)
    op.create_index("ix_work_item_opened", "work_item", ["unit_code", "opened_at", "id"], **_OPEN)
    op.drop_index("ix_work_item_parent_id", "work_item")
    op.create_index("ix_work_item_parent", "work_item", ["parent_id"], **_CHILD)


def downgrade() -> None:
    op.drop_index("ix_work_item_parent", "work_item")
    op.create_index("ix_work_item_parent_id", "work_item", ["parent_id"])
    op.drop_index("ix_work_item_opened", "work_item")
    op.drop_index("ix_work_item_unit", "work_item")
    op.drop_index("ix_work_item_inbox", "work_item")
    op.create_index("ix_work_item_inbox", "work_item", ["unit_code", "position_code", "green_lane", "due_at"], **_OPEN)
