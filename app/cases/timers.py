"""Due timers: found by one indexed query, worked off one instance a transaction, tried again later when that fails."""
from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from app.actor import SYSTEM
from app.cases import calendars, service
from app.cases.incidents import stop
from app.models import Instance, Timer

log = structlog.get_logger()
BATCH = 200
MAX_ATTEMPTS = 3
BACK_OFF = timedelta(minutes=2)
"""after the first failure; doubled after each further one"""


def due_instances(session: Session, now: datetime, limit: int = BATCH) -> list[int]:
    """Instances with a due timer, the longest due first, found from the front of the index of due instants: what is
    armed beyond costs nothing. Stopped instances have no timers that could fire."""
    due = session.scalars(
        select(Timer.instance_id).join(Instance, Instance.id == Timer.instance_id)
        .where(Timer.due_at <= now, or_(Timer.not_before.is_(None), Timer.not_before <= now),
               Instance.status == "running")
        .order_by(Timer.due_at, Timer.id).limit(limit))
    return list(dict.fromkeys(due))


def work_off(sessions: sessionmaker[Session], now: datetime, limit: int = BATCH) -> int:
    """Wakes every instance that has something due, each in its own transaction; returns how many were woken."""
    with sessions() as session:
        found = due_instances(session, now, limit)
    return sum(attempt(sessions, instance_id, now) for instance_id in found)


def attempt(sessions: sessionmaker[Session], instance_id: int, now: datetime) -> bool:
    """Wakes an instance in a transaction of its own, if it still has something due; the one handler of due timers.

    Several workers may do this at once: an instance that another holds is skipped, and one that another has just woken
    has nothing due any more. A failure is logged, noted for a later attempt and stops nobody else's instance.
    """
    try:
        with sessions.begin() as session:
            return _wake(session, instance_id, now)
    except Exception:
        log.exception("timer_failed", instance_id=instance_id)
        with sessions.begin() as session:
            _note_failure(session, instance_id, now)
        return False


def _wake(session: Session, instance_id: int, now: datetime) -> bool:
    free = session.scalar(select(Instance.id).where(Instance.id == instance_id, Instance.status == "running")
                          .with_for_update(skip_locked=True))
    still_due = session.scalar(select(Timer.id).where(Timer.instance_id == instance_id, Timer.due_at <= now).limit(1))
    if free is None or still_due is None:
        return False
    service.wake_instance(session, instance_id, actor=SYSTEM, now=now, calendar=calendars.current(session))
    return True


def _note_failure(session: Session, instance_id: int, now: datetime) -> None:
    """Puts the due timers off; after the last attempt the instance stops with an incident that has an owner."""
    due = (Timer.instance_id == instance_id, Timer.due_at <= now)
    attempts = (session.scalar(select(func.max(Timer.attempts)).where(*due)) or 0) + 1
    if attempts >= MAX_ATTEMPTS:
        stop(session, instance_id, "timer", "到期的时限三次都没有办成，请管理员查看服务日志后重试。", now)
    session.execute(update(Timer).where(*due).values(
        attempts=attempts, not_before=now + BACK_OFF * 2 ** (attempts - 1))
        .execution_options(synchronize_session=False))
