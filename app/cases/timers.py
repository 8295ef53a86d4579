"""Due timers: found by one indexed query, worked off one instance a transaction, tried again later when that fails."""
from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from app import logs
from app.actor import SYSTEM
from app.cases import calendars, service
from app.cases.incidents import stop
from app.db import begin_reading
from app.models import Instance, Timer
from app.trouble import trouble
from workflows.sentence import say

log = structlog.get_logger()
BATCH = 200
MAX_ATTEMPTS = 3
BACK_OFF = timedelta(minutes=2)
"""after the first failure; doubled after each further one"""
LONGEST_WAIT = BACK_OFF * 2 ** MAX_ATTEMPTS
"""a timer that is put off for longer was so under a wrong clock"""


def due_instances(session: Session, now: datetime, limit: int = BATCH) -> list[int]:
    """Instances with a due timer, the longest due first. Stopped instances have no timers that could fire."""
    first_due = func.min(Timer.due_at)
    query = (select(Timer.instance_id).join(Instance, Instance.id == Timer.instance_id)
             .where(*_due(now), Instance.status == "running")
             .group_by(Timer.instance_id).order_by(first_due, Timer.instance_id).limit(limit))
    return list(session.scalars(query))


def work_off(sessions: sessionmaker[Session], now: datetime, limit: int = BATCH) -> int:
    """Wakes every instance that has something due, each in its own transaction; returns how many were woken."""
    with sessions() as session:
        begin_reading(session)
        found = due_instances(session, now, limit)
    return sum(attempt(sessions, instance_id, now) for instance_id in found)


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
    free = session.scalar(select(Instance.id).where(Instance.id == instance_id, Instance.status == "running")
                          .with_for_update(skip_locked=True))
    still_due = session.scalar(select(Timer.id).where(Timer.instance_id == instance_id, *_due(now)).limit(1))
    if free is None or still_due is None:
        return False
    service.wake_instance(session, instance_id, actor=SYSTEM, now=now, calendar=calendars.current(session))
    return True


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
