"""What a what-if was asked for: which draft or version, how many closed cases, which further days."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("trial_run", sa.Column("asked", JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("trial_run", "asked")
