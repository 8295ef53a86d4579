"""The worker's loop: what is due, then a short rest. One is enough on SQLite; on PostgreSQL any number may run."""
from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

import structlog
from sqlalchemy import delete
from sqlalchemy.orm import Session, sessionmaker

from app import logs
from app.audit import checks, outside, sealing
from app.auth import known_browsers
from app.cases import calendar_moves, timers
from app.clock import Clock
from app.issues import attachments
from app.measures import measuring
from app.modeler.fleet import moving
from app.modeler.release import scheduling
from app.modeler.trial import what_if
from app.models import IdempotencyKey, RateLimit, UserSession
from app.reads import log as reads
from app.settings import Settings
from app.trouble import trouble
from app.worker import mail, rounds

log = structlog.get_logger()
REST_SECONDS = 2.0
KEEP_KEYS = timedelta(days=2)
KEEP_UNSENT = timedelta(days=2)
HOUSEKEEPING = timedelta(hours=1)
MEASURING = timedelta(minutes=1)
"""a case that is pressed on again and again is measured once in this time"""


def run(sessions: sessionmaker[Session], settings: Settings, clock: Clock, stop: Event,
        work_timers: Callable[[datetime], int] | None = None) -> None:
    """Works until `stop` is set. An error of one round is logged and the next round tries again. `work_timers` is what
    is done about due timers, if not working them off here."""
    cleaned = noted = measured = datetime.min.replace(tzinfo=clock().tzinfo)
    while not stop.is_set():
        now = clock()
        structlog.contextvars.bind_contextvars(request_id=secrets.token_hex(8))
        try:
            busy = work_once(sessions, settings, now, work_timers)
            if not timedelta() <= now - cleaned < HOUSEKEEPING:  # the clock may have been set back
                clean_up(sessions, settings, now)
                cleaned = now
            if not timedelta() <= now - noted < rounds.EVERY:
                rounds.note(sessions, now)
                noted = now
            if not timedelta() <= now - measured < MEASURING and measuring.work_off(sessions) < measuring.MOST:
                measured = now  # else there is more, and the next round goes on with it
        except Exception as error:
            if (kind := trouble(error)) is not None:
                log.warning("worker_waits", trouble=kind, error=logs.words(error))
            else:
                log.exception("worker_round_failed")
            busy = False
        if not busy:
            stop.wait(REST_SECONDS)


def work_once(sessions: sessionmaker[Session], settings: Settings, now: datetime,
              work_timers: Callable[[datetime], int] | None = None) -> bool:
    """One round over due timers, a changed calendar, proposals whose day has come, mail, cases that are to move, a
    slice of a what-if, the day that is to be sealed and a verification; True if there was anything to do."""
    woken = work_timers(now) if work_timers else timers.work_off(sessions, now)
    recounted = calendar_moves.work_off(sessions, now)
    published = scheduling.work_off(sessions, now)
    sent = mail.work_off(sessions, settings, now)
    moved = moving.work_off(sessions, now)
    tried = what_if.work_off(sessions, now)
    sealed = sealing.work_off(sessions, settings, now)
    checks.work_off(sessions, settings, now)
    return bool(woken or recounted or published or sent or moved or tried or sealed)


def clean_up(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> None:
    """Brings this host's file of seals up to date. Deletes sessions that have idled out, one-time keys that no form can
    still send, browsers that nobody has used for long, limits' windows that are over, hosts that are gone, and files of
    reports that were never sent, and who has read what, longer ago than that is kept."""
    outside.deliver(sessions, settings)
    with sessions.begin() as session:
        session.execute(delete(UserSession).where(
            UserSession.seen_at < now - timedelta(minutes=settings.idle_minutes)))
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.at < now - KEEP_KEYS))
        known_browsers.forget_old(session, now)
        session.execute(delete(RateLimit).where(RateLimit.ends_at <= now))
        moving.forget_states(session)
        rounds.forget(session, now)
        forgotten = attachments.forget_unfinished(session, before=now - KEEP_UNSENT)
    _forget_readings(sessions, now - timedelta(days=settings.read_days))
    for sha256 in forgotten:
        with sessions.begin() as session:
            attachments.throw_away(session, settings.data_dir / "attachments", sha256)


def _forget_readings(sessions: sessionmaker[Session], before: datetime) -> None:
    while True:
        with sessions.begin() as session:
            if not reads.forget(session, before):
                return
