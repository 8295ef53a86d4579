"""What measures are counted from: facts of each case, and their rollups. All of it follows from histories and may be
thrown away (`zhuqi measures rebuild`), so backups leave it out."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import TRANSIENT, Base

DERIVED = {"info": {TRANSIENT: True}}


RARER: Mapping[str, tuple[str, bool]] = MappingProxyType({
    "responded": ("closed_month", False), "solved": ("closed_month", False), "satisfied": ("closed_month", False),
    "on_time": ("closed_month", False), "reopened": ("closed_month", True), "plan_breached": ("opened_month", True)})
"""(month of the case, the answer that few cases have) of the questions that rates ask: those few have indexes of their
own, by which a page of them is found among all others"""
SENT_AWAY = ("returns", "refusals")
"""what few cases have, too"""


class CaseFact(Base):
    """A case as measures see it. Months are the city's, as 2026-03; a unit, category or level that is not known yet is
    '-'. What cannot be said of a case (whether one that nobody rated is solved) is None and counts nowhere."""
    __tablename__ = "case_fact"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(String(40))
    """the unit that leads"""
    place: Mapped[str] = mapped_column(String(40))
    category: Mapped[str] = mapped_column(String(30))
    level: Mapped[str] = mapped_column(String(10))
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    status: Mapped[str] = mapped_column(String(20))
    opened_at: Mapped[datetime]
    opened_month: Mapped[str] = mapped_column(String(7))
    closed_at: Mapped[datetime | None]
    closed_month: Mapped[str | None] = mapped_column(String(7))
    due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    """when the reply that stands was sent"""
    hours: Mapped[int | None]
    """whole working hours from the report to that reply, of a case that was settled"""
    settled: Mapped[bool]
    """closed, neither withdrawn nor merged"""
    on_time: Mapped[bool | None]
    plan_asked: Mapped[bool]
    plan_breached: Mapped[bool | None]
    rated: Mapped[bool]
    responded: Mapped[bool | None]
    solved: Mapped[bool | None]
    satisfied: Mapped[bool | None]
    reopened: Mapped[bool | None]
    reworks: Mapped[int] = mapped_column(default=0)
    returns: Mapped[int] = mapped_column(default=0)
    refusals: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        Index("ix_case_fact_opened", "opened_month", "issue_id"),
        Index("ix_case_fact_closed", "closed_month", "issue_id"),
        Index("ix_case_fact_unit_opened", "unit", "opened_month", "issue_id"),
        Index("ix_case_fact_unit_closed", "unit", "closed_month", "issue_id"),
        *(Index(f"ix_case_fact_{column}", month, "issue_id", postgresql_where=text(f"{column} is {str(rare).lower()}"),
                sqlite_where=text(f"{column} is {int(rare)}")) for column, (month, rare) in RARER.items()),
        *(Index(f"ix_case_fact_{column}", "opened_month", "issue_id", postgresql_where=text(f"{column} > 0"),
                sqlite_where=text(f"{column} > 0")) for column in SENT_AWAY),
        Index("ix_case_fact_leader", "leader_id", postgresql_where=text("leader_id is not null"),
              sqlite_where=text("leader_id is not null")),
        Index("ix_case_fact_overdue", "due_at", "unit", "category", "level", postgresql_where=text("closed_at is null"),
              sqlite_where=text("closed_at is null")),
        DERIVED)


class CaseShare(Base):
    """How long a case lay with a unit, in seconds of working time, and what the unit sent away. The unit 'enterprise'
    is the enterprise itself, '' nobody."""
    __tablename__ = "case_share"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(String(40), primary_key=True)
    opened_month: Mapped[str] = mapped_column(String(7))
    closed_month: Mapped[str | None] = mapped_column(String(7))
    """those of the case"""
    working: Mapped[int] = mapped_column(BigInteger, default=0)
    waiting: Mapped[int] = mapped_column(BigInteger, default=0)
    sent_back: Mapped[int] = mapped_column(BigInteger, default=0)
    suspended: Mapped[int] = mapped_column(BigInteger, default=0)
    enterprise: Mapped[int] = mapped_column(BigInteger, default=0)
    returns: Mapped[int] = mapped_column(default=0)
    """how often the unit sent the case back to an earlier step"""
    refusals: Mapped[int] = mapped_column(default=0)
    """how often it refused to take the case on"""

    __table_args__ = (
        Index("ix_case_share_sent", "unit", "opened_month", "issue_id",
              postgresql_where=text("returns > 0 or refusals > 0"), sqlite_where=text("returns > 0 or refusals > 0")),
        Index("ix_case_share_closed", "unit", "closed_month", "issue_id"),
        DERIVED)


class MeasureCell(Base):
    """What is counted in a month of the cases of a unit, a category and a level; '*' stands for all of them. `counts`
    maps what is counted to how many; `h12` is how many cases took twelve whole working hours."""
    __tablename__ = "measure_cell"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    unit: Mapped[str] = mapped_column(String(40), primary_key=True)
    category: Mapped[str] = mapped_column(String(30), primary_key=True)
    level: Mapped[str] = mapped_column(String(10), primary_key=True)
    counts: Mapped[dict[str, Any]]

    __table_args__ = (CheckConstraint("length(month) = 7", name="month"), DERIVED)


class LeaderCell(Base):
    """The same of the cases of a leader in charge alone. Most cases have none, so these are few, and a table of their
    own leaves that of all cases as small as it is."""
    __tablename__ = "leader_cell"

    leader_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    unit: Mapped[str] = mapped_column(String(40), primary_key=True)
    category: Mapped[str] = mapped_column(String(30), primary_key=True)
    level: Mapped[str] = mapped_column(String(10), primary_key=True)
    counts: Mapped[dict[str, Any]]

    __table_args__ = (
        CheckConstraint("length(month) = 7", name="month"),
        Index("ix_leader_cell_compared", "unit", "category", "level", "month"), DERIVED)
