"""Indexes of the supervision board: running cases, open tasks by age, tasks that came back."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_issue_board", "issue", ["due_at", "light", "lead_unit", "category", "level", "enterprise_id", "place", "id"],
     "closed_at is null"),
    ("ix_work_item_idle", "work_item", ["opened_at", "issue_id"], "status = 'open' and kind = 'task'"),
    ("ix_work_item_returned", "work_item", ["issue_id"], "returned_by_item is not null"),
)


def upgrade() -> None:
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, unique=False, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def downgrade() -> None:
    for name, table, _columns, _where in reversed(INDEXES):
        op.drop_index(name, table_name=table)
