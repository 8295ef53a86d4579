"""Routes, attempts at steps, what came back and what was not kept, of each case; the worker fills them in."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB, "postgresql")


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")


def upgrade() -> None:
    op.create_table(
        "case_route",
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("variant", sa.String(length=16), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=True),
        _to("case_route", "issue_id", "issue"),
        sa.PrimaryKeyConstraint("issue_id", name="pk_case_route"),
    )
    op.create_index("ix_case_route_month", "case_route", ["month", "unit"])
    op.create_index("ix_case_route_variant", "case_route", ["variant"])
    op.create_table(
        "route",
        sa.Column("variant", sa.String(length=16), nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.PrimaryKeyConstraint("variant", name="pk_route"),
    )
    op.create_table(
        "case_step",
        sa.Column("work_item_id", ID, nullable=False),
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("element_id", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("position", sa.String(length=40), nullable=False),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("waiting", sa.BigInteger(), nullable=True),
        sa.Column("working", sa.BigInteger(), nullable=True),
        _to("case_step", "work_item_id", "work_item"), _to("case_step", "issue_id", "issue"),
        sa.PrimaryKeyConstraint("work_item_id", name="pk_case_step"),
    )
    op.create_index("ix_case_step_issue", "case_step", ["issue_id", "element_id", "unit", "position", "first",
                                                        "waiting", "working", "opened_at"])
    op.create_table(
        "case_pass",
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("element_id", sa.String(length=120), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        _to("case_pass", "issue_id", "issue"),
        sa.PrimaryKeyConstraint("issue_id", "element_id", name="pk_case_pass"),
    )
    op.create_table(
        "case_back",
        sa.Column("work_item_id", ID, nullable=False),
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("origin", sa.String(length=120), nullable=False),
        sa.Column("target", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("position", sa.String(length=40), nullable=False),
        sa.Column("origin_item_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        _to("case_back", "work_item_id", "work_item"), _to("case_back", "issue_id", "issue"),
        _to("case_back", "origin_item_id", "work_item"),
        sa.PrimaryKeyConstraint("work_item_id", name="pk_case_back"),
    )
    op.create_index("ix_case_back_issue_id", "case_back", ["issue_id"])
    op.create_table(
        "breach_rule",
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("clause", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rule", name="pk_breach_rule"),
    )
    op.create_table(
        "case_breach",
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("element_id", sa.String(length=120), nullable=False),
        _to("case_breach", "issue_id", "issue"),
        sa.PrimaryKeyConstraint("issue_id", "rule", name="pk_case_breach"),
    )
    op.create_index("ix_case_breach_rule", "case_breach", ["rule"])
    op.execute("UPDATE instance SET measured = false WHERE measured")


def downgrade() -> None:
    for name in ("case_breach", "breach_rule", "case_back", "case_pass", "case_step", "route", "case_route"):
        op.drop_table(name)
