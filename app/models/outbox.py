"""Mail to be sent. Written in the transaction of what it tells about; sent by the worker, once per key."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id

MAX_ATTEMPTS = 5
"""after which a letter is given up, until an administrator has it tried again"""


class Outbox(Base):
    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    """idempotency key: also the Message-ID's left part"""
    recipient: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("ix_outbox_due", "due_at", "id", postgresql_where=text("sent_at is null"),
                            sqlite_where=text("sent_at is null")),)


class MailTemplate(Base):
    """How the letters of a kind of notice are put into words, where an administrator has changed it."""
    __tablename__ = "mail_template"

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))

    __table_args__ = (CheckConstraint("kind in ('inform','remind','urge','escalate','enterprise')",
                                      name="ck_mail_template_kind"),)
