"""What signing in keeps beside the person: the second factor's recovery codes, and the browsers that were theirs."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import TRANSIENT, Base, Id


class RecoveryCode(Base):
    """A code that stands in for the second factor once. Only its SHA-256 is kept: its 59 random bits need no
    stretching."""
    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class KnownBrowser(Base):
    """A browser in which a person has signed in before, by the SHA-256 of its cookie. Guesses from elsewhere do not
    lock it out; its own are counted here, and too many make it a stranger's again."""
    __tablename__ = "known_browser"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    failures: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    __table_args__ = ({"info": {TRANSIENT: True}},)
