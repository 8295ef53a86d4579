"""After a change of the calendar: the open deadlines of every running instance, worked out again."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import Actor
from app.cases import calendars, service
from app.cases.locking import hold
from app.models import Instance

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Retimed:
    """How many instances were worked out again, and the ids of those that could not be."""
    done: int
    failed: tuple[int, ...]


def retime_all(sessions: sessionmaker[Session], *, actor: Actor, now: datetime) -> Retimed:
    """Works out each running instance in a transaction of its own, with an entry in its history, under the calendar
    that is in force. Suspended and stopped instances are worked out when they go on. May be run again at any time."""
    with sessions() as session:
        running = list(session.scalars(select(Instance.id).where(Instance.status == "running").order_by(Instance.id)))
    done, failed = 0, []
    for instance_id in running:
        with structlog.contextvars.bound_contextvars(case=instance_id):
            try:
                with sessions.begin() as session:
                    if hold(session, instance_id).status == "running":
                        service.retime(session, instance_id, actor=actor, now=now, calendar=calendars.current(session))
                        done += 1
            except Exception:
                log.exception("retime_failed")
                failed.append(instance_id)
    return Retimed(done, tuple(failed))
