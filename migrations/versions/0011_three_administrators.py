"""Three administrators: their log, what waits for agreement, and nobody who is two of them.

Whoever administered goes on as system administrator; who of them becomes the security administrator is the office's to
say (`zhuqi create-admin --kind security`). An auditor with other posts keeps those and is auditor no more: the audit
administrator does nothing else.
"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
WAITING = sa.text("status = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "admin_act",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor_id", ID, nullable=True),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("position", sa.String(length=40), nullable=False),
        sa.Column("op", sa.String(length=80), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user_account.id"], name="fk_admin_act_actor_id_user_account"),
        sa.PrimaryKeyConstraint("seq", name="pk_admin_act"),
    )
    op.create_index("ix_admin_act_position", "admin_act", ["position", "seq"], unique=False)
    op.create_table(
        "agreement",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=True),
        sa.Column("position_code", sa.String(length=40), nullable=True),
        sa.Column("half", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("asked_by", ID, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by", ID, nullable=True),
        sa.CheckConstraint("kind in ('post','password','second','enable')", name="ck_agreement_kind"),
        sa.CheckConstraint("status in ('waiting','agreed','refused','withdrawn')", name="ck_agreement_status"),
        sa.ForeignKeyConstraint(["asked_by"], ["user_account.id"], name="fk_agreement_asked_by_user_account"),
        sa.ForeignKeyConstraint(["decided_by"], ["user_account.id"], name="fk_agreement_decided_by_user_account"),
        sa.ForeignKeyConstraint(["position_code"], ["position.code"], name="fk_agreement_position_code_position"),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name="fk_agreement_unit_code_unit"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_agreement_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_agreement"),
    )
    op.create_index("ix_agreement_user_id", "agreement", ["user_id"], unique=False)
    op.create_index("ix_agreement_waiting", "agreement", ["id"], unique=False, postgresql_where=WAITING,
                    sqlite_where=WAITING)
    op.execute("DELETE FROM post WHERE position_code = 'auditor' AND user_id IN "
               "(SELECT user_id FROM post WHERE position_code <> 'auditor')")
    op.execute("UPDATE position SET name = '审计管理员' WHERE code = 'auditor' AND name = '审计员'")


def downgrade() -> None:
    op.drop_table("agreement")
    op.drop_table("admin_act")
