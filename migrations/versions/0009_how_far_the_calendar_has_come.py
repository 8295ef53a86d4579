"""Whether the open deadlines follow the newest calendar, when each host's worker was last at work, words of letters."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


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
    op.create_table(
        "mail_template",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by", ID, nullable=False),
        sa.CheckConstraint("kind in ('inform','remind','urge','escalate','enterprise')", name="ck_mail_template_kind"),
        sa.ForeignKeyConstraint(["changed_by"], ["user_account.id"], name="fk_mail_template_changed_by_user_account"),
        sa.PrimaryKeyConstraint("kind", name="pk_mail_template"),
    )


def downgrade() -> None:
    op.drop_table("mail_template")
    op.drop_table("worker_round")
    for name in ("failed", "moved", "moved_at"):
        op.drop_column("calendar_version", name)
