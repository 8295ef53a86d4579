"""Dispatch meetings and the cases that they are about."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "meeting",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("called_at", INSTANT, nullable=False),
        sa.Column("called_by", ID, nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name="fk_meeting_instance_id_instance"),
        sa.ForeignKeyConstraint(["called_by"], ["user_account.id"], name="fk_meeting_called_by_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_meeting"),
        sa.UniqueConstraint("number", name="uq_meeting_number"),
        sa.UniqueConstraint("instance_id", name="uq_meeting_instance_id"),
    )
    op.create_table(
        "meeting_case",
        sa.Column("meeting_id", ID, nullable=False),
        sa.Column("issue_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_meeting_case_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_meeting_case_issue_id_issue"),
        sa.PrimaryKeyConstraint("meeting_id", "issue_id", name="pk_meeting_case"),
    )
    op.create_index("ix_meeting_case_issue_id", "meeting_case", ["issue_id"])


def downgrade() -> None:
    op.drop_table("meeting_case")
    op.drop_table("meeting")
