"""Where the administrators' log ends, so that what is cut off its end is missed."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "admin_log",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_admin_log_one"),
        sa.PrimaryKeyConstraint("id", name="pk_admin_log"))
    op.execute("INSERT INTO admin_log (id, length, head) SELECT 1, seq, hash FROM admin_act ORDER BY seq DESC LIMIT 1")


def downgrade() -> None:
    op.drop_table("admin_log")
