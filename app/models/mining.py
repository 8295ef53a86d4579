"""The process as it really ran, a few rows a case: all of it follows from histories, as facts and rollups do."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.measures import DERIVED


class CaseRoute(Base):
    """A case and the route that it took. The columns in front are those that pages filter by, as in CaseFact."""
    __tablename__ = "case_route"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), primary_key=True)
    month: Mapped[str] = mapped_column(String(7))
    """in which the case was registered"""
    unit: Mapped[str] = mapped_column(String(40))
    category: Mapped[str] = mapped_column(String(30))
    level: Mapped[str] = mapped_column(String(10))
    version: Mapped[str] = mapped_column(String(64))
    """hash of the version that the case is on, or ended on"""
    ended: Mapped[bool]
    variant: Mapped[str] = mapped_column(String(16))
    steps: Mapped[int]
    """attempts at steps of the main road"""
    seconds: Mapped[int | None] = mapped_column(BigInteger)
    """working time from the report to the end; None while it runs"""

    __table_args__ = (Index("ix_case_route_month", "month", "unit"), Index("ix_case_route_variant", "variant"), DERIVED)


class Route(Base):
    """A variant: element ids in order; a list inside is a block that repeats."""
    __tablename__ = "route"

    variant: Mapped[str] = mapped_column(String(16), primary_key=True)
    steps: Mapped[list[Any]]

    __table_args__ = (DERIVED,)


class CaseStep(Base):
    """An attempt at a step. Times are seconds of working time, None while it is open."""
    __tablename__ = "case_step"

    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"), primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    element_id: Mapped[str] = mapped_column(String(120))
    unit: Mapped[str] = mapped_column(String(40))
    """which had it, as against the one that leads the case"""
    position: Mapped[str] = mapped_column(String(40))
    first: Mapped[bool]
    """whether it is the case's first attempt at that step, so that cases are counted without sorting attempts"""
    opened_at: Mapped[datetime]
    waiting: Mapped[int | None] = mapped_column(BigInteger)
    """until its post first acted on it"""
    working: Mapped[int | None] = mapped_column(BigInteger)
    """from then on, until it closed"""

    __table_args__ = (
        Index("ix_case_step_issue", "issue_id", "element_id", "unit", "position", "first", "waiting", "working",
              "opened_at"),
        DERIVED)


class CasePass(Base):
    """An event of the diagram that a case has passed: a limit that fell due, a message, an end."""
    __tablename__ = "case_pass"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), primary_key=True)
    element_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    times: Mapped[int]

    __table_args__ = (DERIVED,)


class CaseBack(Base):
    """A step that a case came back to: the work item that it opened, from where, and by which post. `kind` is returned
    (退回, with a reason) or flowed, as the diagram leads back."""
    __tablename__ = "case_back"

    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"), primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(String(120))
    """the element that sent it back"""
    target: Mapped[str] = mapped_column(String(120))
    unit: Mapped[str] = mapped_column(String(40))
    position: Mapped[str] = mapped_column(String(40))
    origin_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"))
    at: Mapped[datetime]

    __table_args__ = (DERIVED,)


class BreachRule(Base):
    """The words of a promise that some case did not keep."""
    __tablename__ = "breach_rule"

    rule: Mapped[str] = mapped_column(String(40), primary_key=True)
    clause: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(Text)

    __table_args__ = (DERIVED,)


class CaseBreach(Base):
    """A promise that a case did not keep: since when, and at which element ('' where there is none)."""
    __tablename__ = "case_breach"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
    element_id: Mapped[str] = mapped_column(String(120))

    __table_args__ = (Index("ix_case_breach_rule", "rule"), DERIVED)
