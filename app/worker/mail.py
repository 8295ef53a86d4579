"""Sends what the outbox holds: by SMTP if a server is set; else the log notes it."""
from __future__ import annotations

import smtplib
from contextlib import AbstractContextManager, closing, suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from itertools import takewhile
from typing import Protocol
from urllib.parse import unquote, urlsplit

import structlog
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from app import logs
from app.db import begin_reading
from app.models import Outbox
from app.models.outbox import MAX_ATTEMPTS
from app.settings import Settings

log = structlog.get_logger()
BATCH = 50
TIMEOUT_SECONDS = 20
BACK_OFF = timedelta(minutes=5)
LONGEST_WAIT = BACK_OFF * 2 ** MAX_ATTEMPTS
"""a letter that has been tried and is put off for longer was so under a wrong clock"""


def work_off(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> int:
    """Sends the letters that are due; returns how many went out.

    A letter is claimed and its outcome noted in short transactions of their own; the server is spoken to in between,
    outside of any, so that a slow one holds up no writer. A letter that fails waits for a later attempt and holds up
    none of the others. A letter whose worker dies before noting the outcome comes round again under the same
    Message-ID, sent or not; after the last attempt it stays, and administrators have it tried again.
    """
    with sessions.begin() as session:
        begin_reading(session)
        due = list(session.scalars(
            select(Outbox.id).where(Outbox.sent_at.is_(None), _is_due(now), Outbox.attempts < MAX_ATTEMPTS)
            .order_by(Outbox.due_at, Outbox.id).limit(BATCH)))
    if not due:
        return 0
    with _transport(settings) as transport:
        reached = takewhile(lambda _: _reached(transport), due)
        return sum(_send_one(sessions, settings, letter, transport, now) for letter in reached)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(Outbox.due_at <= now, and_(Outbox.attempts > 0, Outbox.due_at > now + LONGEST_WAIT))


def _reached(transport: Transport) -> bool:
    """Whether there is a server to speak to. One that is away costs no letter an attempt; the round ends there, since
    each further knock could take its whole time limit."""
    try:
        transport.connect()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_server_unreachable", error=logs.words(error))
        return False
    return True


def _send_one(sessions: sessionmaker[Session], settings: Settings, letter_id: int, transport: Transport,
              now: datetime) -> bool:
    with sessions.begin() as session:
        letter = _claim(session, letter_id, now)
    if letter is None:
        return False
    error = None
    try:
        transport.send(_message(letter, settings))
    except (OSError, smtplib.SMTPException, ValueError) as refusal:
        error = str(refusal)[:500] or type(refusal).__name__
    with sessions.begin() as session:
        session.execute(update(Outbox).where(Outbox.id == letter_id, Outbox.sent_at.is_(None)).values(
            error=error, sent_at=None if error else now).execution_options(synchronize_session=False))
    return error is None


def _claim(session: Session, letter_id: int, now: datetime) -> Outbox | None:
    """The letter, put off as if this attempt had failed: no other worker takes it meanwhile, and it comes round again
    should this one die. None when somebody else was quicker."""
    letter = session.scalar(select(Outbox).where(Outbox.id == letter_id, Outbox.sent_at.is_(None), _is_due(now))
                            .with_for_update(skip_locked=True))
    if letter is not None:
        letter.attempts += 1
        letter.due_at = now + BACK_OFF * 2 ** (letter.attempts - 1)
        session.flush()
        session.refresh(letter)
        session.expunge(letter)
    return letter


def _message(letter: Outbox, settings: Settings) -> EmailMessage:
    """The Message-ID comes from the outbox row, so a server that gets a letter twice can tell; base64 passes servers
    without 8BITMIME."""
    message = EmailMessage()
    message["From"], message["To"] = settings.mail_from, letter.recipient
    message["Subject"] = letter.subject.replace("\r", " ").replace("\n", " ")
    message["Message-ID"] = f"<outbox-{letter.id}@{urlsplit(settings.base_url).hostname or 'zhuqi'}>"
    message.set_content(f"{letter.body}\n\n{settings.base_url}\n", cte="base64")
    return message


def _transport(settings: Settings) -> AbstractContextManager[Transport]:
    return closing(_Smtp(settings.smtp_url) if settings.smtp_url else _Log())


class Transport(Protocol):
    """Where letters go. `connect` comes before each `send`."""

    def connect(self) -> None: ...

    def send(self, message: EmailMessage) -> None: ...

    def close(self) -> None: ...


class _Log:
    """Without a server: each letter is noted in the log by its id."""

    def connect(self) -> None:
        pass

    def send(self, message: EmailMessage) -> None:
        log.info("mail_not_sent_anywhere", letter=message["Message-ID"])

    def close(self) -> None:
        pass


class _Smtp:
    """One connection for a batch of letters, opened anew after a failure."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)
        self._server: smtplib.SMTP | None = None

    def connect(self) -> None:
        if self._server is None:
            self._server = self._open()

    def _open(self) -> smtplib.SMTP:
        host, port = self._address.hostname or "localhost", self._address.port
        if self._address.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_SECONDS)
        else:
            server = smtplib.SMTP(host, port or 25, timeout=TIMEOUT_SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls()
        if self._address.username:
            server.login(unquote(self._address.username), unquote(self._address.password or ""))
        return server

    def send(self, message: EmailMessage) -> None:
        assert self._server is not None, "connect comes first"
        try:
            self._server.send_message(message)
        except OSError:  # whatever was refused or broke, the next letter begins afresh
            self._server.close()
            self._server = None
            raise

    def close(self) -> None:
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.quit()
