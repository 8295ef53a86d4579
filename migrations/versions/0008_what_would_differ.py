"""What-ifs and what each of their cases would differ by."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "trial_run",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("files", JSON, nullable=False),
        sa.Column("days", JSON, nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("passes", JSON, nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("asked_by", ID, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("status in ('running','done','stopped')", name="ck_trial_run_status"),
        sa.ForeignKeyConstraint(["asked_by"], ["user_account.id"], name="fk_trial_run_asked_by_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_trial_run"),
    )
    op.create_index("ix_trial_run_key", "trial_run", ["key"])
    op.create_table(
        "trial_case",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=True),
        sa.Column("kinds", JSON, nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.CheckConstraint("status in ('waiting','taken','done')", name="ck_trial_case_status"),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name="fk_trial_case_instance_id_instance"),
        sa.ForeignKeyConstraint(["run_id"], ["trial_run.id"], name="fk_trial_case_run_id_trial_run",
                                ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "instance_id", name="pk_trial_case"),
    )
    op.create_index("ix_trial_case_instance_id", "trial_case", ["instance_id"])
    op.create_index("ix_trial_case_status", "trial_case", ["run_id", "status"])


def downgrade() -> None:
    op.drop_table("trial_case")
    op.drop_table("trial_run")
