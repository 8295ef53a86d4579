"""Who has read which case: what the law on personal information and the security standard want kept (ADR 21)."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id


class CaseRead(Base):
    """One reading, appended, never changed, and deleted when its time is over. It points at rows of others without
    foreign keys, so that who reads locks nothing."""
    __tablename__ = "case_read"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    """when it began; the same person's next ones of the next half hour are this one"""
    user_id: Mapped[int | None] = mapped_column(Id)
    """None: the enterprise with its code, or the command line, as `way` says"""
    unit_code: Mapped[str | None] = mapped_column(String(40))
    position_code: Mapped[str | None] = mapped_column(String(40))
    """the post in which the person acted"""
    issue_id: Mapped[int | None] = mapped_column(Id)
    """None: a list of several"""
    way: Mapped[str] = mapped_column(String(10))
    """a key of app.reads.log.WAYS"""
    file_id: Mapped[int | None] = mapped_column(Id)
    """the attachment that was taken"""
    taken: Mapped[list[Any]] = mapped_column(default=list)
    """ids of the issues in an exported list, in its order"""
    address: Mapped[str] = mapped_column(String(64))
    """where the request came from; '' for the command line and for enterprises"""

    __table_args__ = (Index("ix_case_read_issue", "issue_id", "at"), Index("ix_case_read_user", "user_id", "at"),
                      Index("ix_case_read_at", "at"))
