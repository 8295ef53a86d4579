"""Due timers: found by one indexed query, worked off a few instances a transaction, tried again later when that fails.

What stands in the way of one instance stands in nobody else's: a few that fail together are worked off one by one.
"""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from app import logs
from app.actor import SYSTEM
from app.cases import calendars, service
from app.cases.incidents import stop
from app.cases.locking import Held, hold_running
from app.db import begin_reading
from app.models import Instance, Timer
from app.trouble import trouble
from workflows.sentence import say

log = structlog.get_logger()
BATCH = 200
TOGETHER = 20
"""instances that are woken in one transaction"""
SHARES = 32
"""what is due falls into so many shares by instance, for workers to divide among themselves"""
MAX_ATTEMPTS = 3
BACK_OFF = timedelta(minutes=2)
"""after the first failure; doubled after each further one"""
LONGEST_WAIT = BACK_OFF * 2 ** MAX_ATTEMPTS
"""a timer that is put off for longer was so under a wrong clock"""


def due_instances(session: Session, now: datetime, limit: int = BATCH, share: int | None = None) -> list[int]:
    """Instances with a due timer, the longest due first, found from the front of the index of due instants: what is
    armed beyond costs nothing. Stopped instances have no timers that could fire. `share` asks for one of SHARES."""
    due = (select(Timer.instance_id).join(Instance, Instance.id == Timer.instance_id)
           .where(*_due(now), Instance.status == "running")
           .order_by(Timer.due_at, Timer.id).limit(limit))
    if share is not None:
        due = due.where(Timer.instance_id % SHARES == share)
    return list(dict.fromkeys(session.scalars(due)))


def work_off(sessions: sessionmaker[Session], now: datetime, limit: int = BATCH, share: int | None = None) -> int:
    """Wakes every instance that has something due; returns how many were woken."""
    with sessions.begin() as session:
        begin_reading(session)
        found = due_instances(session, now, limit, share)
    return sum(_together(sessions, found[start:start + TOGETHER], now) for start in range(0, len(found), TOGETHER))


def _together(sessions: sessionmaker[Session], found: Sequence[int], now: datetime) -> int:
    """Wakes a few instances in one transaction: most of what one costs alone is its commit and the ways there and back.
    """
    try:
        with logs.about_several(), sessions.begin() as session:
            due = _hold_due(session, found, now)
            service.wake_together(session, due, actor=SYSTEM, now=now, calendar=calendars.current(session))
        for held in due:
            log.info("timer_fired", case=held.id)
        return len(due)
    except Exception as error:  # noqa: BLE001 - one of them fails: alone it fails again, and is told and noted
        log.info("timers_one_by_one", instances=len(found), error=type(error).__name__)
    return sum(attempt(sessions, instance_id, now) for instance_id in found)


def _hold_due(session: Session, found: Sequence[int], now: datetime) -> list[Held]:
    """Locks those instances that run and that nobody else holds; those of them that still have something due. That is
    asked once they are locked: another worker may just have woken one."""
    free = hold_running(session, found)
    due = set(session.scalars(select(Timer.instance_id).where(
        Timer.instance_id.in_([held.id for held in free]), *_due(now))))
    return [held for held in free if held.id in due]


def attempt(sessions: sessionmaker[Session], instance_id: int, now: datetime) -> bool:
    """Wakes an instance in a transaction of its own, if it still has something due; the one handler of due timers.

    Several workers may do this at once: an instance that another holds is skipped, and one that another has just woken
    has nothing due any more. A failure is logged, noted for a later attempt and stops nobody else's instance; a trouble
    of the surroundings costs no attempt: the instance stays due.
    """
    with structlog.contextvars.bound_contextvars(case=instance_id):
        try:
            with sessions.begin() as session:
                woken = _wake(session, instance_id, now)
        except Exception as error:
            if (kind := trouble(error)) is not None:
                log.warning("timer_waits", trouble=kind, error=logs.words(error))
                return False
            log.exception("timer_failed")
            with sessions.begin() as session:
                _note_failure(session, instance_id, now)
            return False
        if woken:
            log.info("timer_fired")
        return woken


def _wake(session: Session, instance_id: int, now: datetime) -> bool:
    due = bool(_hold_due(session, [instance_id], now))
    if due:
        service.wake_instance(session, instance_id, actor=SYSTEM, now=now, calendar=calendars.current(session))
    return due


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What may be worked off now: a failed attempt has its time to wait, though a second job of it be in the queue."""
    return Timer.due_at <= now, or_(Timer.not_before.is_(None), Timer.not_before <= now,
                                    Timer.not_before > now + LONGEST_WAIT)


def _note_failure(session: Session, instance_id: int, now: datetime) -> None:
    """Puts the due timers off; after the last attempt the instance stops with an incident that has an owner. They are
    looked at under the instance's lock: what another worker has done meanwhile has not failed."""
    running = session.scalar(select(Instance.id).where(Instance.id == instance_id, Instance.status == "running")
                             .with_for_update())
    due = (Timer.instance_id == instance_id, *_due(now))
    failed = session.scalar(select(func.max(Timer.attempts)).where(*due))
    if running is None or failed is None:
        return
    attempts = failed + 1
    if attempts >= MAX_ATTEMPTS:
        stop(session, instance_id, "timer", say("到期的时限三次都没有办成，请管理员查看服务日志后重试。"), now)
    session.execute(update(Timer).where(*due).values(
        attempts=attempts, not_before=now + BACK_OFF * 2 ** (attempts - 1))
        .execution_options(synchronize_session=False))
