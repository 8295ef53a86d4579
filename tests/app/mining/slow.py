"""What is mined of a case, worked out the slow and obvious way: from its raw history alone, minute by minute."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import History, Instance
from tests.app.measures.slow import MAIN, minutes
from workflows.calendar import Calendar

FIRST = ("complete", "return_to")
"""what the lives of this test do with a task first"""
ROAD = ("collect", "sort", "judge", "dispatch", "accept_assignment", "handle", "draft_reply", "approve_reply",
        "review_rework", "phone_follow_up", "final_decision", "order_rework", "settle_lead")
"""the steps of the main road, in the order of the README; what the supervisor decides leads back"""
EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")


@dataclass
class Attempt:
    """An attempt at a step: when it was open, and when somebody first acted on it."""
    element: str
    opened: datetime
    opened_by: str | None
    returned: bool
    closed: datetime | None = None
    acted: datetime | None = None


@dataclass
class Told:
    """What a case's history tells."""
    attempts: list[Attempt] = field(default_factory=list)
    stops: list[list[datetime | None]] = field(default_factory=list)
    passes: dict[str, int] = field(default_factory=dict)

    @property
    def backs(self) -> set[tuple[str, str, str, datetime]]:
        """(how, from, to, when) of what came back."""
        found = set()
        for place, each in enumerate(self.attempts):
            if each.opened_by is None:
                continue
            earlier = [other for other in self.attempts[:place]
                       if other.element == each.element and other.closed and other.closed <= each.opened]
            if each.returned:
                found.add(("returned", each.opened_by, each.element, each.opened))
            elif earlier and {each.element, each.opened_by} <= MAIN and (
                    ROAD.index(each.element) < ROAD.index(each.opened_by)):
                found.add(("flowed", each.opened_by, each.element, each.opened))
        return found

    @property
    def road(self) -> list[str]:
        """The steps of the main road, in order."""
        return [each.element for each in self.attempts if each.element in MAIN]

    def minutes(self, calendar: Calendar, since: datetime, until: datetime) -> int:
        """Minutes of work, without what the case stood still."""
        return sum(not any(stop <= at and (ended is None or at < ended) for stop, ended in self.stops if stop)
                   for at in minutes(calendar, since, until))

    def figures(self, calendar: Calendar) -> dict[str, tuple[int, int, int, int]]:
        """{step: (attempts, closed, minutes waited, minutes worked on)}"""
        found: dict[str, tuple[int, int, int, int]] = {}
        for each in self.attempts:
            attempts, closed, waiting, working = found.get(each.element, (0, 0, 0, 0))
            if each.closed is not None:
                first = each.acted or each.closed
                closed += 1
                waiting += self.minutes(calendar, each.opened, first)
                working += self.minutes(calendar, first, each.closed)
            found[each.element] = attempts + 1, closed, waiting, working
        return found


def tell(session: Session, instance: Instance) -> Told:
    rows = session.scalars(select(History).where(History.instance_id == instance.id).order_by(History.seq)).all()
    told, of_task = Told(), dict[str, Attempt]()
    for row in rows:
        if row.op == "suspend":
            told.stops.append([row.at, None])
        elif row.op == "resume" and told.stops:
            told.stops[-1][1] = row.at
        _acted(row, of_task)
        for element, _, kind, name, what, task, _ in row.trace:
            if kind in EVENTS and name and what in ("completed", "fired", "received", "thrown"):
                told.passes[element] = told.passes.get(element, 0) + 1
            if kind == "userTask" and what == "entered":
                returned = row.op == "return_to" and element == row.input["target_element"]
                of_task[task] = Attempt(element, row.at, row.element_id, returned)
                told.attempts.append(of_task[task])
            elif kind == "userTask" and task in of_task:
                of_task[task].closed = row.at
    return told


def _acted(row: History, of_task: dict[str, Attempt]) -> None:
    task = row.input.get("task_id")
    if row.op in FIRST and task in of_task and of_task[task].acted is None:
        of_task[task].acted = row.at

