"""What administrators did, in a chain of hashes, and what waits for another administrator's agreement."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id


class AdminAct(Base):
    """One act of an administrator, appended and never changed. `hash` covers all that stands here and its predecessor's
    hash; `seq` counts from 1 without gaps."""
    __tablename__ = "admin_act"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    """None: the command line of the host"""
    name: Mapped[str] = mapped_column(String(40))
    """the person's at the time"""
    position: Mapped[str] = mapped_column(String(40))
    """as which of the three; '' for the command line"""
    op: Mapped[str] = mapped_column(String(80))
    """the route, such as admin.users_new, or the event"""
    what: Mapped[str] = mapped_column(Text)
    """in plain words"""
    subject: Mapped[str] = mapped_column(String(200))
    """on whom or what; '' where that goes without saying"""
    before: Mapped[dict[str, Any]]
    """{field: value} of what changed"""
    after: Mapped[dict[str, Any]]
    address: Mapped[str] = mapped_column(String(64))
    """where the request came from; '' for the command line"""
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (Index("ix_admin_act_position", "position", "seq"),)


class AdminLog(Base):
    """Where the administrators' log ends, one row: what is cut off its end is missed by it. No row before the first act
    is."""
    __tablename__ = "admin_log"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    length: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[str] = mapped_column(String(64))
    """the last act's hash"""

    __table_args__ = (CheckConstraint("id = 1", name="one"),)


class Agreement(Base):
    """Something about an administrator's account that a security administrator asks for, and that takes effect when an
    administrator of another kind agrees."""
    __tablename__ = "agreement"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    """post: one of the three positions; password, second: a lost one is replaced; enable: a disabled account"""
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("unit.code"))
    position_code: Mapped[str | None] = mapped_column(ForeignKey("position.code"))
    """of a post"""
    half: Mapped[str] = mapped_column(String(20))
    """the first half of the one-time password, which who asked has seen; '' when there is none, or once decided"""
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    asked_at: Mapped[datetime]
    asked_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    __table_args__ = (
        CheckConstraint("kind in ('post','password','second','enable')", name="kind"),
        CheckConstraint("status in ('waiting','agreed','refused','withdrawn')", name="status"),
        Index("ix_agreement_waiting", "id", postgresql_where=text("status = 'waiting'"),
              sqlite_where=text("status = 'waiting'")))
