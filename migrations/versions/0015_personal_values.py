"""Personal data of the history beside it, the blinding of states' hashes, and what is asked for about erasing."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
LAID_ASIDE = "personal_laid_aside"
INSTANCE = sa.table("instance", sa.column("id"), sa.column("blinding", sa.LargeBinary()), sa.column(LAID_ASIDE, JSON))
VALUE = sa.table("personal_value", sa.column("instance_id"), sa.column("seq"), sa.column("kept", JSON))
REFUSE = ("CREATE FUNCTION zhuqi_refuse_other_value() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
          "RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is written and erased, never changed'; END $$")


def upgrade() -> None:
    op.add_column("instance", sa.Column("blinding", sa.LargeBinary(), nullable=True))
    op.create_table(
        "personal_value",
        sa.Column("instance_id", ID, autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kept", JSON, nullable=False),
        sa.PrimaryKeyConstraint("instance_id", "seq", name="pk_personal_value"),
    )
    op.create_table(
        "erasure",
        sa.Column("id", ID, nullable=False),
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("files", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("asked_by", ID, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("counts", JSON, nullable=False),
        sa.CheckConstraint("status in ('waiting','done','refused','withdrawn')", name="ck_erasure_status"),
        sa.ForeignKeyConstraint(["asked_by"], ["user_account.id"], name="fk_erasure_asked_by_user_account"),
        sa.ForeignKeyConstraint(["decided_by"], ["user_account.id"], name="fk_erasure_decided_by_user_account"),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_erasure_issue_id_issue"),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
    )
    op.create_index("ix_erasure_issue_id", "erasure", ["issue_id"])
    op.create_index("uq_erasure_waiting", "erasure", ["issue_id"], unique=True,
                    postgresql_where=sa.text("status = 'waiting'"), sqlite_where=sa.text("status = 'waiting'"))
    _put_back()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(REFUSE)
        op.execute("CREATE TRIGGER personal_value_is_not_changed BEFORE UPDATE OR TRUNCATE ON personal_value "
                   "FOR EACH STATEMENT EXECUTE FUNCTION zhuqi_refuse_other_value()")
    else:
        op.execute("CREATE TRIGGER personal_value_is_not_changed BEFORE UPDATE ON personal_value BEGIN "
                   "SELECT RAISE(ABORT, 'personal_value is written and erased, never changed'); END")


def _put_back() -> None:
    """What a downgrade has laid aside."""
    connection = op.get_bind()
    if LAID_ASIDE not in {column["name"] for column in sa.inspect(connection).get_columns("instance")}:
        return
    for row in connection.execute(sa.select(INSTANCE).where(INSTANCE.c[LAID_ASIDE].is_not(None))).all():
        told = row.personal_laid_aside
        connection.execute(INSTANCE.update().where(INSTANCE.c.id == row.id).values(
            blinding=bytes.fromhex(told["blinding"]) if told["blinding"] else None))
        for seq, kept in told["kept"].items():
            connection.execute(VALUE.insert().values(instance_id=row.id, seq=int(seq), kept=kept))
    op.drop_column("instance", LAID_ASIDE)


def _lay_aside() -> None:
    """The history commits to these values for good: they must not be lost by going back to the release before."""
    op.add_column("instance", sa.Column(LAID_ASIDE, JSON, nullable=True))
    connection, found = op.get_bind(), {}
    for row in connection.execute(sa.select(VALUE)):
        found.setdefault(row.instance_id, {})[str(row.seq)] = row.kept
    for row in connection.execute(sa.select(INSTANCE.c.id, INSTANCE.c.blinding).where(
            INSTANCE.c.blinding.is_not(None) | INSTANCE.c.id.in_(sa.select(VALUE.c.instance_id)))).all():
        connection.execute(INSTANCE.update().where(INSTANCE.c.id == row.id).values(personal_laid_aside={
            "blinding": row.blinding.hex() if row.blinding else None, "kept": found.get(row.id, {})}))


def downgrade() -> None:
    _lay_aside()
    op.execute("DROP TRIGGER personal_value_is_not_changed" +
               (" ON personal_value" if op.get_bind().dialect.name == "postgresql" else ""))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION zhuqi_refuse_other_value()")
    op.drop_table("erasure")
    op.drop_table("personal_value")
    op.drop_column("instance", "blinding")
