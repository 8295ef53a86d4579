"""What enterprises report: the subject of issue-lifecycle instances, with its facts as columns for lists."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import TRANSIENT, Base, Id


class Enterprise(Base):
    """An enterprise that has reported something or stands in the city's list."""
    __tablename__ = "enterprise"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    credit_code: Mapped[str | None] = mapped_column(String(18), unique=True)
    """统一社会信用代码, GB 32100-2015, 18 characters"""
    place: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    """the banner, district or zone where it stands"""
    industry: Mapped[str] = mapped_column(String(60), default="")
    above_scale: Mapped[bool] = mapped_column(default=False)
    """规上: above the statistics threshold"""
    key_enterprise: Mapped[bool] = mapped_column(default=False)
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    """市级包联领导, the leader in charge"""
    measured_leader_id: Mapped[int | None] = mapped_column(Id, info={TRANSIENT: True})
    """the leader that its cases are counted for by measures, which follow `leader_id`"""
    difficulty: Mapped[str | None] = mapped_column(String(20))
    """stopped, low_use, loss, falling: one of the four kinds (R1), None if in none"""
    excluded: Mapped[str | None] = mapped_column(String(20))
    """seasonal, deregistered, bankrupt, leaving, litigation: outside the promise of months (B-03)"""


class Issue(Base):
    """An enterprise's reported difficulty. The columns from `category` on are projections of the instance's
    variables, written by the recorder in the same transaction as the step."""
    __tablename__ = "issue"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    """shown to people: 2026-000123"""
    follow_up_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the enterprise's follow-up code; the code itself is never kept"""
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"), unique=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text)
    contact_name: Mapped[str] = mapped_column(String(40))
    contact_phone: Mapped[str] = mapped_column(String(40))
    contact_email: Mapped[str | None] = mapped_column(String(120))
    channel: Mapped[str] = mapped_column(String(12))
    """portal, visit, phone, meeting, letter"""
    registered_at: Mapped[datetime]
    """day 0 of the promise clock; never reset (Amb-2)"""
    registered_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    promise_scope: Mapped[bool] = mapped_column(default=False)
    """the promise of months covers it: one of the four kinds, not excluded, at registration (Amb-9)"""
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("issue.id"), index=True)

    place: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    category: Mapped[str | None] = mapped_column(String(30))
    level: Mapped[str | None] = mapped_column(String(10))
    """general, complex, special"""
    stage: Mapped[str] = mapped_column(String(20), default="collect")
    """collect, sort, judge, assign, handle, feedback, evaluate, closed"""
    status: Mapped[str] = mapped_column(String(20), default="open")
    """open, asked (waits for the enterprise), suspended, closed, withdrawn, merged"""
    green_lane: Mapped[bool] = mapped_column(default=False)
    lead_unit: Mapped[str | None] = mapped_column(ForeignKey("unit.code"))
    joint_units: Mapped[list[Any]] = mapped_column(default=list)
    due_at: Mapped[datetime | None]
    plan_due_at: Mapped[datetime | None]
    plan_breached: Mapped[bool] = mapped_column(default=False)
    light: Mapped[str] = mapped_column(String(8), default="green")
    """green, yellow, red: set by the supervising timers; green again when the limit moves"""
    response_rating: Mapped[int | None]
    solved: Mapped[bool | None]
    satisfaction: Mapped[int | None]
    reply: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None]

    enterprise: Mapped[Enterprise] = relationship()

    __table_args__ = (
        Index(None, "lead_unit", "status"), Index(None, "place", "status"), Index(None, "status", "due_at"),
        Index("ix_issue_board", "due_at", "light", "lead_unit", "category", "level", "enterprise_id", "place", "id",
              postgresql_where=text("closed_at is null"), sqlite_where=text("closed_at is null")))
