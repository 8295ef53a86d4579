"""Whether an issue's limit is provisional follows from the calendar in force, so it is not kept."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("issue", "due_provisional")  # not in batch mode, which would copy the table that others refer to


def downgrade() -> None:
    op.add_column("issue", sa.Column("due_provisional", sa.Boolean(), nullable=False, server_default=sa.false()))
