"""What is recorded of cases, as far as measures and the responsibility clock rest on it: read for several at once, in
one query a table, however long their lives were."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.cases.definitions import version_of
from app.measures.clock import NOBODY, Shares, Span, Step, Stop, responsibility
from app.models import Enterprise, History, Incident, Instance, Issue, WorkItem
from workflows.beside import along, beside
from workflows.calendar import Calendar

RECORDED = (History.instance_id, History.seq, History.at, History.op, History.kind, History.unit_code,
            History.work_item_id, History.element_id, History.actor_id, History.trace)
_ITEM = (WorkItem.id, WorkItem.instance_id, WorkItem.issue_id, WorkItem.kind, WorkItem.parent_id, WorkItem.element_id,
         WorkItem.name, WorkItem.unit_code, WorkItem.position_code, WorkItem.status, WorkItem.opened_at,
         WorkItem.due_at, WorkItem.closed_at, WorkItem.closed_by, WorkItem.on_behalf_of, WorkItem.opened_by_item,
         WorkItem.returned_by_item, WorkItem.local)
REFUSED = "sent_back"
"""the mark of an assignment that its unit has refused"""


@dataclass(frozen=True, slots=True)
class Record:
    """A case: its issue, the leader in charge of its enterprise, its instance's history, work items and incidents, and
    the elements that run beside its process's main road; `along` is the place of each other one along it. `version` is
    the instance's, when it was read."""
    issue: Issue
    leader_id: int | None
    instance_id: int
    version: int
    definition_hash: str
    history: Sequence[Row[Any]]
    items: Sequence[Row[Any]]
    incidents: Sequence[Row[Any]]
    beside: frozenset[str]
    along: Mapping[str, int]

    def marks(self) -> Iterator[tuple[str, Row[Any]]]:
        """(mark, entry) of everything that the diagram has recorded, in order."""
        for entry in self.history:
            for *_, mark in entry.trace:
                if mark:
                    yield mark, entry

    def clock(self, now: datetime, calendar: Calendar) -> Shares:
        """Whose the case's time was until its end, or until now."""
        ended = self.issue.closed_at or now
        return responsibility(self.issue.registered_at, ended, list(self._steps()), list(self.stops()), calendar)

    def _steps(self) -> Iterator[Step]:
        signatures: dict[int, list[Row[Any]]] = defaultdict(list)
        for item in self.items:
            if item.kind == "sign" and item.status != "held":
                signatures[item.parent_id].append(item)
        refusing = {entry.work_item_id for mark, entry in self.marks() if mark == REFUSED}
        for item in self.items:
            if item.kind == "task" and item.element_id not in self.beside:
                waits = tuple(_span(sign) for sign in signatures[item.id] if sign.unit_code != item.unit_code)
                came_back = item.returned_by_item is not None or item.opened_by_item in refusing - {None}
                yield Step(item.unit_code, _span(item), came_back, waits)

    def stops(self) -> Iterator[Stop]:
        """When the case stood still."""
        suspended: Row[Any] | None = None
        for entry in self.history:
            if entry.op == "suspend":
                suspended = entry
            elif entry.op == "resume" and suspended is not None:
                yield Stop(suspended.unit_code or NOBODY, Span(suspended.at, entry.at))
                suspended = None
        if suspended is not None:
            yield Stop(suspended.unit_code or NOBODY, Span(suspended.at, None))
        for incident in self.incidents:
            yield Stop(NOBODY, Span(incident.opened_at, incident.closed_at))


def read(session: Session, instance_ids: Sequence[int]) -> list[Record]:
    """The records of those of these instances that handle an issue, by instance."""
    found = session.execute(
        select(Issue, Enterprise.leader_id, Instance.id, Instance.version, Instance.definition_hash)
        .join(Instance, Instance.id == Issue.instance_id).join(Enterprise, Enterprise.id == Issue.enterprise_id)
        .where(Instance.id.in_(instance_ids)).order_by(Instance.id)).all()
    history = _by_instance(session, select(*RECORDED).where(History.instance_id.in_(instance_ids))
                           .order_by(History.instance_id, History.seq))
    items = _by_instance(session, select(*_ITEM).where(WorkItem.instance_id.in_(instance_ids)).order_by(WorkItem.id))
    incidents = _by_instance(session, select(Incident.instance_id, Incident.opened_at, Incident.closed_at)
                             .where(Incident.instance_id.in_(instance_ids)).order_by(Incident.id))
    return [Record(issue, leader_id, number, version, definition, history[number], items[number], incidents[number],
                   beside(version_of(session, definition)), along(version_of(session, definition)))
            for issue, leader_id, number, version, definition in found]


def _by_instance(session: Session, statement: Any) -> dict[int, list[Row[Any]]]:
    rows: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(statement):
        rows[row.instance_id].append(row)
    return rows


def _span(item: Row[Any]) -> Span:
    return Span(item.opened_at, item.closed_at)
