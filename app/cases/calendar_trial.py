"""What another calendar would do to the open deadlines of running cases: worked out in memory, nothing is written."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cases import definitions, recorder
from app.models import Instance, Issue, Meeting, Timer, WorkItem
from workflows import engine
from workflows.calendar import Calendar
from workflows.errors import WorkflowError
from workflows.step import Step

AT_ONCE = 200
"""instances that are held in memory"""
MOST_TRIED = 10_000
"""cases that are worked out while somebody waits for the page; the rest is counted and told"""
MOST_SHOWN = 300
"""deadlines that are kept to be listed"""
TASK, TIMER = "task", "timer"


@dataclass(frozen=True, slots=True)
class MovedDeadline:
    """An open deadline that would move. `kind`: a task's, or a timer's, which reminds, urges or goes on by itself."""
    instance_id: int
    key: str
    number: str | None
    title: str | None
    kind: str
    step: str
    before: datetime
    after: datetime


@dataclass(slots=True)
class CalendarTrial:
    """`running` cases there are, `tried` of them were worked out, `cases` have a deadline that moves: `later` and
    `earlier` deadlines in all. `fires`: cases in which something is due at once. `failed`: cases that could not be
    worked out. `shown` are the first MOST_SHOWN."""
    running: int
    tried: int = 0
    cases: int = 0
    later: int = 0
    earlier: int = 0
    fires: int = 0
    failed: int = 0
    shown: list[MovedDeadline] = field(default_factory=list)

    @property
    def untried(self) -> int:
        return self.running - self.tried

    def add(self, moved: list[MovedDeadline], fires: bool) -> None:
        self.cases += bool(moved)
        self.later += sum(each.after > each.before for each in moved)
        self.earlier += sum(each.after < each.before for each in moved)
        self.fires += fires
        self.shown += moved[:MOST_SHOWN - len(self.shown)]


def tried(session: Session, calendar: Calendar, *, now: datetime, most: int = MOST_TRIED) -> CalendarTrial:
    """Works out the running cases, the oldest first, by this calendar. Reads only."""
    running = Instance.status == "running"
    trial = CalendarTrial(session.scalar(select(func.count()).select_from(Instance).where(running)) or 0)
    ids = session.scalars(select(Instance.id).where(running).order_by(Instance.id).limit(most)).all()
    trial.tried = len(ids)
    for start in range(0, len(ids), AT_ONCE):
        batch = ids[start:start + AT_ONCE]
        dates = _dates(session, batch)
        rows = session.execute(
            select(Instance.id, Instance.key, Instance.definition_hash, Instance.state,
                   func.coalesce(Issue.number, Meeting.number).label("number"),
                   func.coalesce(Issue.title, Meeting.title).label("title"))
            .outerjoin(Issue, Issue.instance_id == Instance.id)
            .outerjoin(Meeting, Meeting.instance_id == Instance.id)
            .where(Instance.id.in_(batch)).order_by(Instance.id))
        for row in rows:
            try:
                version = definitions.version_of(session, row.definition_hash)
                step = engine.retime(version, row.state, now=now, calendar=calendar)
            except WorkflowError:
                trial.failed += 1
                continue
            trial.add([MovedDeadline(row.id, row.key, row.number, row.title, *each)
                       for each in _moved(step, version.elements, dates.get(row.id, {}))],
                      fires=not recorder.only_moves_deadlines(step))
    return trial


def _dates(session: Session, instance_ids: Sequence[int]) -> dict[int, dict[tuple[str, str], datetime]]:
    """The open deadlines as they stand: {instance: {(kind, task of the engine): when}}."""
    found: dict[int, dict[tuple[str, str], datetime]] = {}
    items = select(WorkItem.instance_id, WorkItem.task_id, WorkItem.due_at).where(
        WorkItem.instance_id.in_(instance_ids), WorkItem.kind == "task", WorkItem.status.in_(("open", "held")))
    timers = select(Timer.instance_id, Timer.task_id, Timer.due_at).where(Timer.instance_id.in_(instance_ids))
    for kind, wanted in ((TASK, items), (TIMER, timers)):
        for instance_id, task_id, due_at in session.execute(wanted):
            if task_id is None or due_at is None:
                continue
            found.setdefault(instance_id, {})[kind, task_id] = due_at
    return found


def _moved(step: Step, elements: Mapping[str, Any],
           dates: Mapping[tuple[str, str], datetime]) -> Iterator[tuple[str, str, datetime, datetime]]:
    after = [(TASK, task.task_id, task.name, task.due_at) for task in step.redated]
    after += [(TIMER, timer.task_id, elements[timer.element_id].name, timer.due_at) for timer in step.armed]
    for kind, task_id, name, due_at in after:
        before = dates.get((kind, task_id))
        if before is not None and due_at is not None and due_at != before:
            yield kind, name, before, due_at
