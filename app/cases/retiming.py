"""After a change of the calendar: the open deadlines of every running instance, worked out again.

The engine works every instance out, since a rule may rest on anything; what costs is reading and writing them one by
one. So instances are read and written by the hundred, and one whose deadlines stay where they are is not written.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import Actor
from app.cases import calendars, definitions, recorder, sentences, service
from app.cases.history import Entry
from app.cases.locking import Held, hold, hold_running, wait_for_begun
from app.models import Instance
from workflows import engine
from workflows.calendar import Calendar
from workflows.step import Step

log = structlog.get_logger()
BATCH = 200
"""instances that are worked out in one transaction"""
AT_ONCE = {"sqlite": 1, "postgresql": 2}
"""batches at once: while the server writes one, the next is worked out; SQLite has one writer"""


@dataclass(frozen=True, slots=True)
class Retimed:
    """How many instances were worked out again, and the ids of those that could not be."""
    done: int
    failed: tuple[int, ...]


def retime_all(sessions: sessionmaker[Session], *, actor: Actor, now: datetime) -> Retimed:
    """Works out each running instance under the calendar that is in force, with an entry in the history of those whose
    deadlines move. Suspended and stopped instances are worked out when they go on. May be run again at any time."""
    with sessions.begin() as session:
        wait_for_begun(session)
        running = session.scalars(select(Instance.id).where(Instance.status == "running").order_by(Instance.id)).all()
        at_once = AT_ONCE[session.get_bind().dialect.name]
    batches = [running[start:start + BATCH] for start in range(0, len(running), BATCH)]
    with ThreadPoolExecutor(at_once) as pool:
        worked_out: set[int] = set().union(*pool.map(lambda batch: _together(sessions, batch, actor, now), batches))
    done, failed = len(worked_out), []
    for instance_id in running:
        if instance_id not in worked_out:
            alone = _alone(sessions, instance_id, actor, now)
            done += alone is True
            failed += [instance_id] if alone is None else []
    return Retimed(done, tuple(failed))


def _together(sessions: sessionmaker[Session], batch: Sequence[int], actor: Actor, now: datetime) -> set[int]:
    """Works out those of a batch that need nothing but new deadlines; their ids. The others are left as they were:
    somebody is at them, something is due, or they fail."""
    try:
        with sessions.begin() as session:
            found = hold_running(session, batch)
            steps = list(_steps(session, found, actor, now, calendars.current(session)))
            recorder.record_moved(session, [(held, step, entry) for held, step, entry in steps
                                            if step.state != held.state])
            return {held.id for held, _, _ in steps}
    except Exception:
        log.exception("retime_batch_failed", first=batch[0], last=batch[-1])
        return set()


def _steps(session: Session, found: Iterable[Held], actor: Actor, now: datetime,
           calendar: Calendar) -> Iterator[tuple[Held, Step, Entry]]:
    for held in found:
        try:
            version = definitions.version_of(session, held.definition_hash)
            step = engine.retime(version, held.state, now=now, calendar=calendar)
        except Exception:  # noqa: BLE001 - worked out alone it fails again, and is told
            continue
        if recorder.only_moves_deadlines(step):
            yield held, step, Entry("input", "retime", now, actor, sentences.retimed(step), calendar.version)


def _alone(sessions: sessionmaker[Session], instance_id: int, actor: Actor, now: datetime) -> bool | None:
    """Works out one instance in a transaction of its own; False if it no longer runs, None if it fails."""
    try:
        with sessions.begin() as session:
            if hold(session, instance_id).status != "running":
                return False
            service.retime(session, instance_id, actor=actor, now=now, calendar=calendars.current(session))
            return True
    except Exception:
        log.exception("retime_failed", instance_id=instance_id)
        return None
