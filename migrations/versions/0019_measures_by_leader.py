"""Measures by leader in charge: rollups of a leader's cases, and for which leader an enterprise's cases are counted.

Facts have told the leader since 0014, but no rollup counted by it. They forget it here, so that the worker, which sees
that no enterprise's cases are counted for its leader, measures these cases again and counts them.
"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB, "postgresql")
LED = sa.text("leader_id is not null")


def upgrade() -> None:
    op.add_column("enterprise", sa.Column("measured_leader_id", ID, nullable=True))
    op.execute("UPDATE case_fact SET leader_id = NULL WHERE leader_id IS NOT NULL")
    op.create_index("ix_case_fact_leader", "case_fact", ["leader_id"], postgresql_where=LED, sqlite_where=LED)
    op.create_table(
        "leader_cell",
        sa.Column("leader_id", ID, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.CheckConstraint("length(month) = 7", name="ck_leader_cell_month"),
        sa.ForeignKeyConstraint(["leader_id"], ["user_account.id"], name="fk_leader_cell_leader_id_user_account"),
        sa.PrimaryKeyConstraint("leader_id", "month", "unit", "category", "level", name="pk_leader_cell"),
    )
    op.create_index("ix_leader_cell_compared", "leader_cell", ["unit", "category", "level", "month"])


def downgrade() -> None:
    op.drop_table("leader_cell")
    op.drop_index("ix_case_fact_leader", "case_fact")
    op.drop_column("enterprise", "measured_leader_id")
