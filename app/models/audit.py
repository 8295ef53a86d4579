"""What was sealed, day by day, and when somebody last looked whether it still holds."""
from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id


class Seal(Base):
    """A day's seal, appended and never changed (ADR 14). `line` is what was sent outside; the other columns are parts
    of it, for pages."""
    __tablename__ = "seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """from 1, without gaps"""
    day: Mapped[date]
    """the last whole day of the city that it covers"""
    at: Mapped[datetime]
    algorithm: Mapped[str] = mapped_column(String(10))
    leaves: Mapped[int]
    entries: Mapped[int]
    line: Mapped[str] = mapped_column(Text)


class SealedCase(Base):
    """A leaf of a seal: the entries of a case that were new since its last leaf. Rows of a seal that is not there yet
    are being collected."""
    __tablename__ = "sealed_case"

    seal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    instance_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    """no foreign key: a case that was removed shall be missed"""
    algorithm: Mapped[str] = mapped_column(String(10))
    first: Mapped[int]
    """place of the first entry"""
    hashes: Mapped[bytes] = mapped_column(LargeBinary)
    """32 bytes an entry: the hash of its canonical content under the seal's algorithm"""

    __table_args__ = (Index("ix_sealed_case_instance", "instance_id", "seal"),)


class AuditCheck(Base):
    """A verification that somebody asked for, worked off by a worker."""
    __tablename__ = "audit_check"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    """waiting, running, done"""
    seen_at: Mapped[datetime | None]
    """when its worker last reported; one that falls silent is begun anew by another"""
    ended_at: Mapped[datetime | None]
    cases: Mapped[int] = mapped_column(default=0)
    entries: Mapped[int] = mapped_column(default=0)
    unsealed: Mapped[int] = mapped_column(default=0)
    """entries since the last seal"""
    findings: Mapped[list[Any]] = mapped_column(default=list)
    """[{what, said, case, place, seal}], the first first"""
    found: Mapped[int] = mapped_column(default=0)
    """how many there are; `findings` keeps the first of them"""

    __table_args__ = (CheckConstraint("status in ('waiting','running','done')", name="status"),)
