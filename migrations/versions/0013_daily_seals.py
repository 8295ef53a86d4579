"""Seals over the history, verifications that somebody asks for, and triggers that refuse to change what is kept."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
KEPT = ("history", "seal", "sealed_case")
REFUSE = ("CREATE FUNCTION zhuqi_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
          "RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is appended to and never changed'; END $$")


def upgrade() -> None:
    op.create_table(
        "seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("algorithm", sa.String(length=10), nullable=False),
        sa.Column("leaves", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_seal"),
    )
    op.create_table(
        "sealed_case",
        sa.Column("seal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instance_id", ID, autoincrement=False, nullable=False),
        sa.Column("algorithm", sa.String(length=10), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seal", "instance_id", name="pk_sealed_case"),
    )
    op.create_index("ix_sealed_case_instance", "sealed_case", ["instance_id", "seal"])
    op.create_table(
        "audit_check",
        sa.Column("id", ID, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("asked_by", ID, nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("unsealed", sa.Integer(), nullable=False),
        sa.Column("findings", JSON, nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.CheckConstraint("status in ('waiting','running','done')", name="ck_audit_check_status"),
        sa.ForeignKeyConstraint(["asked_by"], ["user_account.id"], name="fk_audit_check_asked_by_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_check"),
    )
    op.create_index("ix_history_at", "history", ["at", "instance_id"])
    _keep()


def _keep() -> None:
    """Whoever changes a row has to take away the trigger first, which nobody does by mistake. SQLite drops a table's
    triggers when a batch migration makes the table anew: such a migration has to make them again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(REFUSE)
    for table in KEPT:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"CREATE TRIGGER {table}_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                       "FOR EACH STATEMENT EXECUTE FUNCTION zhuqi_refuse_change()")
            continue
        for act in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_is_kept_from_{act.lower()} BEFORE {act} ON {table} BEGIN "
                       f"SELECT RAISE(ABORT, '{table} is appended to and never changed'); END")


def downgrade() -> None:
    for table in KEPT:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER {table}_is_kept ON {table}")
        else:
            for act in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_is_kept_from_{act}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION zhuqi_refuse_change()")
    op.drop_index("ix_history_at", "history")
    op.drop_table("audit_check")
    op.drop_index("ix_sealed_case_instance", "sealed_case")
    op.drop_table("sealed_case")
    op.drop_table("seal")
