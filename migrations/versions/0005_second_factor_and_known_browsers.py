"""Signing in with a second factor, browsers that were somebody's before, and the age of passwords."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
COLUMNS = (("password_set_at", INSTANT), ("totp_secret", sa.String(length=64)), ("totp_step", sa.BigInteger()))


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("user_account", sa.Column(name, kind, nullable=True))
    op.create_table(
        "recovery_code",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_recovery_code_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_user_id", "recovery_code", ["user_id"], unique=False)
    op.create_table(
        "known_browser",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_known_browser_user_id_user_account"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_known_browser"),
    )
    op.create_index("ix_known_browser_user_id", "known_browser", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_table("known_browser")
    op.drop_table("recovery_code")
    for name, _ in reversed(COLUMNS):
        op.drop_column("user_account", name)  # not in batch mode, which would copy the table that others refer to
