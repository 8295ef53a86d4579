"""Whether the open deadlines follow the newest calendar, and when each host's worker was last at work."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name, kind in (("moved_at", INSTANT), ("moved", sa.Integer()), ("failed", sa.Integer())):
        op.add_column("calendar_version", sa.Column(name, kind, nullable=True))
    op.create_table(
        "worker_round",
        sa.Column("host", sa.String(length=120), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("release", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_worker_round"),
    )


def downgrade() -> None:
    op.drop_table("worker_round")
    for name in ("failed", "moved", "moved_at"):
        op.drop_column("calendar_version", name)
