"""Dispatch meetings (调度会): the subject of dispatch-meeting instances, and the cases that each is about."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id


class Meeting(Base):
    """A meeting that was called. When and where, who comes, minutes and decisions are its instance's variables: only
    what lists and addresses need stands here, and it never changes."""
    __tablename__ = "meeting"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    """shown to people and in addresses: D2026-003"""
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    called_at: Mapped[datetime]
    called_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class MeetingCase(Base):
    """A case that a meeting was called for."""
    __tablename__ = "meeting_case"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), primary_key=True, index=True)
