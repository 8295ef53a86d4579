"""Indexes by which one looks up for a case whether it waits and when it last moved, in place of two that did less."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OPEN_TASK = {f"{kind}_where": sa.text("status = 'open' and kind = 'task'") for kind in ("postgresql", "sqlite")}


def upgrade() -> None:
    op.create_index("ix_work_item_moves", "work_item", ["issue_id", "closed_at", "opened_at"])
    op.create_index("ix_work_item_waits", "work_item", ["issue_id", "opened_at"], **OPEN_TASK)
    op.drop_index("ix_work_item_idle", "work_item")
    op.drop_index("ix_work_item_issue_id", "work_item")


def downgrade() -> None:
    op.create_index("ix_work_item_issue_id", "work_item", ["issue_id"])
    op.create_index("ix_work_item_idle", "work_item", ["opened_at", "issue_id"], **OPEN_TASK)
    op.drop_index("ix_work_item_waits", "work_item")
    op.drop_index("ix_work_item_moves", "work_item")
