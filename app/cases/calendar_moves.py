"""After a change of the calendar the worker moves the open deadlines, in the background.

The newest version says whether that is done. A worker that is killed leaves it undone, and the next round begins anew:
what was moved before stays where it is. On PostgreSQL one worker does it at a time.
"""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session, sessionmaker

from app.actor import SYSTEM, load_actor
from app.cases import retiming, sentences
from app.db import begin_reading
from app.models import CalendarVersion, History, User
from app.turns import Turn

log = structlog.get_logger()


def work_off(sessions: sessionmaker[Session], now: datetime) -> bool:
    """Moves the deadlines if the newest calendar asks for it; whether there was anything to do."""
    version = _waiting(sessions)
    if version is None:
        return False
    with alone(sessions.kw["bind"]) as mine:
        if not mine or _waiting(sessions) != version:
            return False
        with sessions() as session:
            begin_reading(session)
            by = session.get_one(CalendarVersion, version).created_by
            actor = load_actor(session, session.get_one(User, by), now) if by is not None else SYSTEM
        retimed = retiming.retime_all(sessions, actor=actor, now=now)
        with sessions.begin() as session:
            saved = session.get_one(CalendarVersion, version)
            saved.moved = session.scalar(select(func.count(History.instance_id.distinct())).where(
                History.op == "retime", History.calendar_version == version,
                History.text != str(sentences.UNMOVED)))
            saved.moved_at, saved.failed = now, len(retimed.failed)
            log.info("calendar_moved", calendar=version, moved=saved.moved, failed=saved.failed)
    return True


def _waiting(sessions: sessionmaker[Session]) -> int | None:
    """The newest version, unless the deadlines follow it already."""
    newest = select(func.max(CalendarVersion.id)).scalar_subquery()
    with sessions() as session:
        begin_reading(session)
        return session.scalar(select(CalendarVersion.id).where(CalendarVersion.id == newest,
                                                               CalendarVersion.moved_at.is_(None)))


@contextmanager
def alone(engine: Engine) -> Iterator[bool]:
    """Whether no other worker is at it, for the time of the block; SQLite has one worker. The lock is the connection's,
    so that it ends with a worker that is killed."""
    if engine.dialect.name != "postgresql":
        yield True
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()
        mine = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": int(Turn.MOVE_DEADLINES)}))
        try:
            yield mine
        finally:
            if mine:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": int(Turn.MOVE_DEADLINES)})
