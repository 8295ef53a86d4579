"""Personal data beside the history that commits to it, and what has been asked for about erasing it (ADR 20)."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id


class PersonalValue(Base):
    """The personal data of one entry of the history, which only commits to it (ADR 20). Written with its entry, never
    changed, and erased with its case's."""
    __tablename__ = "personal_value"

    instance_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    """no foreign key: a value without its entry shall be found"""
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kept: Mapped[dict[str, Any]]
    """{commitment: [salt as hex, the value as canonical JSON]}"""


class Erasure(Base):
    """The personal data of one case to be erased: a supervisor asks, a security administrator agrees."""
    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), index=True)
    files: Mapped[bool]
    """whether the enterprise's files go as well"""
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    asked_at: Mapped[datetime]
    asked_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{what: how many} of what was erased"""

    __table_args__ = (
        CheckConstraint("status in ('waiting','done','refused','withdrawn')", name="status"),
        Index("uq_erasure_waiting", "issue_id", unique=True, postgresql_where=text("status = 'waiting'"),
              sqlite_where=text("status = 'waiting'")))
