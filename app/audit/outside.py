"""Seals leave the machine: appended to a file, and by mail. What a seal was is then no longer ours to change."""
from __future__ import annotations

import fcntl
import os
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.audit.seals import Line, read_line
from app.dates import in_full
from app.db import begin_reading, insert_into
from app.models import Outbox, Seal
from app.settings import Settings
from workflows.sentence import say

log = structlog.get_logger()


def write_letters(session: Session, line: Line, settings: Settings, now: datetime) -> None:
    """Letters with the line, in the transaction of the seal."""
    subject = say("【助企】每日封存第%(number)s号（%(day)s）", number=line.number, day=in_full(line.day))
    body = say("请保存这封信。核对时把下面一行存成文件，运行 zhuqi audit verify --seals 文件。\n\n%(line)s",
               line=line.text())
    for place, address in enumerate(settings.seal_mail):
        session.execute(insert_into(session, Outbox).values(
            key=f"seal-{line.number}-{place}", recipient=address, subject=str(subject), body=str(body), due_at=now,
            attempts=0).on_conflict_do_nothing())


def deliver(sessions: sessionmaker[Session], settings: Settings) -> None:
    """Appends to this host's file what it has not got yet. A folder that cannot be written, or a file that does not end
    as the database has it, is logged and tried again with housekeeping: a seal does not fail for it."""
    try:
        _append_missing(sessions, settings.seals)
    except OSError as error:
        log.error("seals_not_delivered", error=type(error).__name__)
    except ValueError as error:
        log.error("seals_differ_from_file", seal=str(error))


def _append_missing(sessions: sessionmaker[Session], path: Path) -> None:
    with sessions() as session:
        begin_reading(session)
        if session.scalar(select(Seal.number).limit(1)) is None:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o640), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)  # a line that was not written to its end
        lines = content.decode().split("\n")[:-1]
        known = read_line(lines[-1]).number if lines else 0
        with sessions() as session:
            begin_reading(session)
            if lines and session.scalar(select(Seal.line).where(Seal.number == known)) != lines[-1]:
                raise ValueError(known)
            for line in session.scalars(select(Seal.line).where(Seal.number > known).order_by(Seal.number)):
                file.write(f"{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())
