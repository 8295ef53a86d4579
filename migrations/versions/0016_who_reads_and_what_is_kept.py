"""Who has read which case; and triggers that refuse to change the administrators' log, and readings before their time."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
KEPT_DAYS = 184
"""six months at their longest, counted back from the newest reading, so that no clock of a machine is asked"""
TOO_YOUNG = (
    "CREATE FUNCTION zhuqi_refuse_early() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"IF OLD.at > (SELECT max(at) FROM case_read) - interval '{KEPT_DAYS} days' THEN "
    f"RAISE EXCEPTION 'case_read is kept for {KEPT_DAYS} days at least'; END IF; RETURN OLD; END $$")


def upgrade() -> None:
    op.create_table(
        "case_read",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("unit_code", sa.String(length=40), nullable=True),
        sa.Column("position_code", sa.String(length=40), nullable=True),
        sa.Column("issue_id", ID, nullable=True),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("file_id", ID, nullable=True),
        sa.Column("taken", JSON, nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_read"),
    )
    op.create_index("ix_case_read_issue", "case_read", ["issue_id", "at"], unique=False)
    op.create_index("ix_case_read_user", "case_read", ["user_id", "at"], unique=False)
    op.create_index("ix_case_read_at", "case_read", ["at"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        _keep_on_postgresql()
    else:
        _keep_on_sqlite()


def _keep_on_postgresql() -> None:
    op.execute("CREATE TRIGGER admin_act_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON admin_act "
               "FOR EACH STATEMENT EXECUTE FUNCTION zhuqi_refuse_change()")
    op.execute("CREATE TRIGGER case_read_is_kept BEFORE UPDATE OR TRUNCATE ON case_read "
               "FOR EACH STATEMENT EXECUTE FUNCTION zhuqi_refuse_change()")
    op.execute(TOO_YOUNG)
    op.execute("CREATE TRIGGER case_read_is_kept_long_enough BEFORE DELETE ON case_read "
               "FOR EACH ROW EXECUTE FUNCTION zhuqi_refuse_early()")


def _keep_on_sqlite() -> None:
    for table, act in (("admin_act", "UPDATE"), ("admin_act", "DELETE"), ("case_read", "UPDATE")):
        op.execute(f"CREATE TRIGGER {table}_is_kept_from_{act.lower()} BEFORE {act} ON {table} BEGIN "
                   f"SELECT RAISE(ABORT, '{table} is appended to and never changed'); END")
    op.execute("CREATE TRIGGER case_read_is_kept_long_enough BEFORE DELETE ON case_read "
               f"WHEN OLD.at > (SELECT datetime(max(at), '-{KEPT_DAYS} days') FROM case_read) BEGIN "
               f"SELECT RAISE(ABORT, 'case_read is kept for {KEPT_DAYS} days at least'); END")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER admin_act_is_kept ON admin_act")
    else:
        for act in ("update", "delete"):
            op.execute(f"DROP TRIGGER admin_act_is_kept_from_{act}")
    op.drop_table("case_read")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION zhuqi_refuse_early()")
