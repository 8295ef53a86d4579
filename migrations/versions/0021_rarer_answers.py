"""Pages of the cases behind a figure are found in their order: by month, the rarer answers of rates in indexes of their
own, and a unit's by its shares, which get the months of their cases."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

FACT = "case_fact"
BY_MONTH = {"ix_case_fact_opened": "opened_month", "ix_case_fact_closed": "closed_month"}
BY_UNIT = {"ix_case_fact_unit_opened": "opened_month", "ix_case_fact_unit_closed": "closed_month"}
RARER = {"responded": ("closed_month", False), "solved": ("closed_month", False), "satisfied": ("closed_month", False),
         "on_time": ("closed_month", False), "reopened": ("closed_month", True), "plan_breached": ("opened_month", True)}
SENT_AWAY = ("returns", "refusals")
SHARE = "case_share"
MONTHS = {"opened_month": {"nullable": False, "server_default": ""}, "closed_month": {"nullable": True}}
"""what the release before writes beside this one has no month, and is found when it is measured again (ADR 16)"""
SENT = {f"{kind}_where": sa.text("returns > 0 or refusals > 0") for kind in ("postgresql", "sqlite")}


def upgrade() -> None:
    for name, month in BY_MONTH.items():
        op.drop_index(name, FACT)
        op.create_index(name, FACT, [month, "issue_id"])
    for name, month in BY_UNIT.items():
        op.create_index(name, FACT, ["unit", month, "issue_id"])
    for column, (month, rare) in RARER.items():
        op.create_index(f"ix_case_fact_{column}", FACT, [month, "issue_id"],
                        postgresql_where=sa.text(f"{column} is {str(rare).lower()}"),
                        sqlite_where=sa.text(f"{column} is {int(rare)}"))
    for column in SENT_AWAY:
        op.create_index(f"ix_case_fact_{column}", FACT, ["opened_month", "issue_id"],
                        postgresql_where=sa.text(f"{column} > 0"), sqlite_where=sa.text(f"{column} > 0"))
    op.drop_index("ix_case_share_sent", SHARE)
    for month, kind in MONTHS.items():
        op.add_column(SHARE, sa.Column(month, sa.String(7), **kind))
    op.execute(f"UPDATE {SHARE} SET opened_month = f.opened_month, closed_month = f.closed_month FROM {FACT} f "
               f"WHERE f.issue_id = {SHARE}.issue_id")
    op.create_index("ix_case_share_sent", SHARE, ["unit", "opened_month", "issue_id"], **SENT)
    op.create_index("ix_case_share_closed", SHARE, ["unit", "closed_month", "issue_id"])


def downgrade() -> None:
    for name in ("ix_case_share_closed", "ix_case_share_sent"):
        op.drop_index(name, SHARE)
    for month in MONTHS:
        op.drop_column(SHARE, month)
    op.create_index("ix_case_share_sent", SHARE, ["unit"], **SENT)
    for column in (*RARER, *SENT_AWAY):
        op.drop_index(f"ix_case_fact_{column}", FACT)
    for name in BY_UNIT:
        op.drop_index(name, FACT)
    for name, month in BY_MONTH.items():
        op.drop_index(name, FACT)
        op.create_index(name, FACT, [month, "unit"])
