"""What people keep beside their work items: drafts, copies to read, comments, watched issues, saved views."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id


class Draft(Base):
    """What a person has typed into a task's form and not yet sent."""
    __tablename__ = "draft"

    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    values: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class Copy(Base):
    """A copy to read (抄送): to a person, or to everyone in a position of a unit. Read (已阅) once, by one of them."""
    __tablename__ = "copy"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), index=True)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("unit.code"))
    position_code: Mapped[str | None] = mapped_column(ForeignKey("position.code"))
    kind: Mapped[str] = mapped_column(String(12), default="copy")
    """copy, inform, remind, urge, escalate"""
    text: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime]
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    read_at: Mapped[datetime | None]
    read_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    __table_args__ = (Index(None, "unit_code", "position_code", "read_at"),)


class Comment(Base):
    """A remark on an issue among officers; the enterprise never sees it."""
    __tablename__ = "comment"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)


class Watch(Base):
    """A person follows an issue (关注)."""
    __tablename__ = "watch"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), primary_key=True)
    since: Mapped[datetime]


class SavedView(Base):
    """A list's filters and order under a name of the person's own."""
    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    page: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(500))

    __table_args__ = (UniqueConstraint("user_id", "page", "name"),)


class IdempotencyKey(Base):
    """A form's one-time key and where its first submit led: a repeated submit gets the same answer."""
    __tablename__ = "idempotency_key"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[dict[str, Any]]
