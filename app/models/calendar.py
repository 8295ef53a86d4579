"""The city's own days over the State Council's notices. Versions are appended, so that replay finds the old ones."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id


class CalendarVersion(Base):
    """All overrides at once: {"2026-06-15": {"working": false, "name": "…"}} and the years whose notice is out."""
    __tablename__ = "calendar_version"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    overrides: Mapped[dict[str, Any]]
    noticed_years: Mapped[list[Any]] = mapped_column(default=list)
    """years whose notice an administrator entered by hand, beyond those that the library carries"""
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    moved_at: Mapped[datetime | None]
    """when the worker had worked out every open deadline by this version; None: not yet, or a later one came first"""
    moved: Mapped[int | None]
    """cases of which a deadline has moved"""
    failed: Mapped[int | None]
    """cases that could not be worked out"""
