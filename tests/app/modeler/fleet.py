"""Fifty running cases of one process, and a second version that most of them can move to."""
from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import SYSTEM, Actor
from app.cases import definitions, service
from app.models import Instance, WorkItem
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.calendar import Calendar

AT = {"a": 38, "old": 6, "m": 3, "b": 3}
"""how many cases stand at which step: those at `old` need `new` named for it, those at `m` cannot move"""
WAY = {"a": None, "old": 2, "m": 1, "b": 0}
"""the answer that leads from `a` to the step"""
LATER = MONDAY + timedelta(hours=2)


def _files(middle: str, many: str, limit: str) -> dict[str, str]:
    return d.files(d.diagram(
        d.start(), d.user("a", due=limit), d.boundary("late", "a", d.timer("duration", limit), False), d.end("told"),
        d.xor("g", "b"), d.node("userTask", middle, name="审定方案", form="plain"), d.user("m", many), d.user("b"),
        d.end(), d.flow("start", "a", "g"), d.flow("late", "told"), d.flow("g", middle, when="x == 2"),
        d.flow("g", "m", when="x == 1"), d.flow("g", "b"), d.flow(middle, "end"), d.flow("m", "end"),
        d.flow("b", "end"), variables='{"x": 0}'))


OLD = _files("old", d.multi("[1, 2]", "item"), "hours(40)")
NEW = _files("new", "", "hours(20)")


def begin(sessions: sessionmaker[Session], clerk: Actor) -> tuple[str, str]:
    """Starts the cases on the old version, then publishes the new one: the hashes of both."""
    with sessions.begin() as session:
        old = definitions.publish(session, "p", OLD, now=MONDAY).hash
        for step, count in AT.items():
            for _ in range(count):
                held = service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=Calendar(version=0))
                if WAY[step] is not None:
                    item = session.scalars(select(WorkItem.id).where(WorkItem.instance_id == held.id)).one()
                    service.complete_item(session, item, {"x": WAY[step]}, actor=clerk, now=MONDAY,
                                          calendar=Calendar(version=0))
        return old, definitions.publish(session, "p", NEW, now=MONDAY + timedelta(hours=1)).hash


def versions(session: Session) -> dict[str, int]:
    """How many cases are on which version, by its hash."""
    found: dict[str, int] = {}
    for digest in session.scalars(select(Instance.definition_hash)):
        found[digest] = found.get(digest, 0) + 1
    return found
