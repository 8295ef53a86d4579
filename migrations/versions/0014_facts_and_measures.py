"""Facts of each case and their rollups, and which cases have changed since they were measured."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB, "postgresql")


def upgrade() -> None:
    op.add_column("instance", sa.Column("measured", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_instance_unmeasured", "instance", ["id"], postgresql_where=sa.text("not measured"),
                    sqlite_where=sa.text("not measured"))
    op.create_table(
        "case_fact",
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("leader_id", ID, nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("opened_month", sa.String(length=7), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_month", sa.String(length=7), nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("hours", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("settled", "plan_asked", "rated")),
        *(sa.Column(name, sa.Boolean(), nullable=True) for name in (
            "on_time", "plan_breached", "responded", "solved", "satisfied", "reopened")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("reworks", "returns", "refusals")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_case_fact_issue_id_issue"),
        sa.ForeignKeyConstraint(["leader_id"], ["user_account.id"], name="fk_case_fact_leader_id_user_account"),
        sa.PrimaryKeyConstraint("issue_id", name="pk_case_fact"),
    )
    op.create_index("ix_case_fact_opened", "case_fact", ["opened_month", "unit"])
    op.create_index("ix_case_fact_closed", "case_fact", ["closed_month", "unit"])
    op.create_index("ix_case_fact_overdue", "case_fact", ["due_at", "unit", "category", "level"],
                    postgresql_where=sa.text("closed_at is null"), sqlite_where=sa.text("closed_at is null"))
    op.create_table(
        "case_share",
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in (
            "working", "waiting", "sent_back", "suspended", "enterprise")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("returns", "refusals")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_case_share_issue_id_issue"),
        sa.PrimaryKeyConstraint("issue_id", "unit", name="pk_case_share"),
    )
    op.create_index("ix_case_share_sent", "case_share", ["unit"],
                    postgresql_where=sa.text("returns > 0 or refusals > 0"),
                    sqlite_where=sa.text("returns > 0 or refusals > 0"))
    op.create_table(
        "measure_cell",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.CheckConstraint("length(month) = 7", name="ck_measure_cell_month"),
        sa.PrimaryKeyConstraint("month", "unit", "category", "level", name="pk_measure_cell"),
    )


def downgrade() -> None:
    for name in ("measure_cell", "case_share", "case_fact"):
        op.drop_table(name)
    op.drop_index("ix_instance_unmeasured", "instance")
    op.drop_column("instance", "measured")
