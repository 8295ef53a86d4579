"""Sends what the outbox holds, once per letter: SMTP if it is set, else the log."""
from __future__ import annotations

import smtplib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.models import Outbox
from app.settings import Settings

log = structlog.get_logger()
Send = Callable[[EmailMessage], None]
BATCH = 50
MAX_ATTEMPTS = 5
BACK_OFF = timedelta(minutes=5)


def work_off(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> int:
    """Sends the letters that are due; returns how many went out. Each is a transaction of its own, so a letter that
    fails waits for a later attempt and holds up none of the others."""
    with sessions() as session:
        due = list(session.scalars(
            select(Outbox.id).where(Outbox.sent_at.is_(None), Outbox.due_at <= now, Outbox.attempts < MAX_ATTEMPTS)
            .order_by(Outbox.due_at, Outbox.id).limit(BATCH)))
    if not due:
        return 0
    try:
        with _transport(settings) as send:
            return sum(_send_one(sessions, settings, letter, send, now) for letter in due)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_server_unreachable", error=str(error))
        return 0


def _send_one(sessions: sessionmaker[Session], settings: Settings, letter_id: int, send: Send, now: datetime) -> bool:
    with sessions.begin() as session:
        letter = session.scalar(select(Outbox).where(Outbox.id == letter_id, Outbox.sent_at.is_(None))
                                .with_for_update(skip_locked=True))
        if letter is None:
            return False
        letter.attempts += 1
        try:
            send(_message(letter, settings))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            letter.error = str(error)[:500]
            letter.due_at = now + BACK_OFF * 2 ** (letter.attempts - 1)
            return False
        letter.sent_at, letter.error = now, None
        return True


def _message(letter: Outbox, settings: Settings) -> EmailMessage:
    """The Message-ID comes from the outbox row, so a server that gets a letter twice can tell; base64 passes servers
    without 8BITMIME."""
    message = EmailMessage()
    message["From"], message["To"] = settings.mail_from, letter.recipient
    message["Subject"] = letter.subject.replace("\r", " ").replace("\n", " ")
    message["Message-ID"] = f"<outbox-{letter.id}@{urlsplit(settings.base_url).hostname or 'zhuqi'}>"
    message.set_content(f"{letter.body}\n\n{settings.base_url}\n", cte="base64")
    return message


def _transport(settings: Settings) -> AbstractContextManager[Send]:
    if not settings.smtp_url:
        return nullcontext(_log_letter)
    return _Smtp(settings.smtp_url)


def _log_letter(message: EmailMessage) -> None:
    log.info("mail", to=message["To"], subject=message["Subject"])


class _Smtp(AbstractContextManager[Send]):
    """One connection for a batch of letters."""

    def __init__(self, url: str) -> None:
        self.address = urlsplit(url)

    def __enter__(self) -> Send:
        host, port = self.address.hostname or "localhost", self.address.port
        if self.address.scheme == "smtps":
            self.server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=20)
        else:
            self.server = smtplib.SMTP(host, port or 25, timeout=20)
            self.server.ehlo()
            if self.server.has_extn("starttls"):
                self.server.starttls()
        if self.address.username:
            self.server.login(unquote(self.address.username), unquote(self.address.password or ""))
        return self._send

    def _send(self, message: EmailMessage) -> None:
        self.server.send_message(message)

    def __exit__(self, *_: object) -> None:
        self.server.quit()
