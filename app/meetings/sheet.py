"""A meeting's sheet (会议纪要): notice, who comes, agenda, minutes, and how each decision stands.

All of it is read from the instance: its variables (their names are those of bpmn/dispatch-meeting/README.md) and its
work items. A process that an administrator has changed may lack some: what is not there is not shown.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import service
from app.issues.places import unit_names
from app.issues.timeline import Entry, timeline
from app.issues.visibility import visible_issues
from app.meetings import listing
from app.meetings.visibility import visible_meetings
from app.models import History, Instance, Issue, Meeting, MeetingCase, Position, User, WorkItem
from app.models.case import UNDER_WAY
from app.repeated import day_of

Json = Any
Row = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who was asked to the meeting and what they said: `coming` is None while they have not answered."""
    who: str
    coming: bool | None
    participant: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: who carries it out (unit and position in words), in how many working days, for which case (a number,
    '' for none). `item` is the open task by which it is followed, None once it is `settled`; `done` is what the unit
    reported last, `redo` why it was sent back."""
    title: str
    who: str
    days: int
    case: str
    item: WorkItem | None
    settled: bool
    done: str
    redo: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """`facts` are the instance's variables as they are; `open_items` what lies open now."""
    meeting: Meeting
    status: str
    caller: str
    facts: Row
    held_on: date | None
    attendances: Sequence[Attendance]
    decisions: Sequence[Decision]
    open_items: Sequence[WorkItem]
    units: Mapping[str, str]

    @property
    def open(self) -> bool:
        return self.status in UNDER_WAY

    @property
    def called_off(self) -> bool:
        """It ended without having been held."""
        return not self.open and self.facts.get("outcome") != "held"

    @property
    def agenda(self) -> Sequence[Row]:
        return _rows(self.facts.get("agenda"))

    def of_case(self, number: str) -> Sequence[Decision]:
        """The decisions that are about a case."""
        return [decision for decision in self.decisions if decision.case == number]


@dataclass(frozen=True, slots=True)
class OfCase:
    """A meeting as a case's page shows it: with the decisions about the case; `visible` whether this person may open
    the sheet."""
    sheet: Sheet
    decisions: Sequence[Decision]
    visible: bool


def load(session: Session, meeting: Meeting) -> Sheet:
    """The sheet of a meeting that the caller was allowed to find (visibility.find_visible)."""
    instance_id = meeting.instance_id
    status = session.scalars(select(Instance.status).where(Instance.id == instance_id)).one()
    facts = service.variables(session, instance_id)
    items = session.scalars(select(WorkItem).where(
        WorkItem.instance_id == instance_id, WorkItem.status.in_(("open", "held"))).order_by(WorkItem.id)).all()
    units = unit_names(session)
    positions = dict(session.execute(select(Position.code, Position.name)).all())
    caller = session.scalar(select(User.name).where(User.id == meeting.called_by)) or ""
    return Sheet(meeting, status, caller, facts, day_of(facts.get("held_on")),
                 _attendances(facts, units, positions), _decisions(facts, items, units, positions), items, units)


def of_instance(session: Session, instance_id: int) -> Sheet | None:
    """The sheet of the meeting whose instance this is; None for any other process."""
    meeting = session.scalars(select(Meeting).where(Meeting.instance_id == instance_id)).one_or_none()
    return load(session, meeting) if meeting is not None else None


def of_case(session: Session, actor: Actor, issue: Issue) -> list[OfCase]:
    """The meetings of a case that this person may see, the latest first. Decisions about other cases stay out."""
    rows = session.execute(
        select(Meeting, visible_meetings(actor).label("seen"))
        .join(MeetingCase, MeetingCase.meeting_id == Meeting.id)
        .where(MeetingCase.issue_id == issue.id).order_by(Meeting.id.desc()))
    return [OfCase(sheet, sheet.of_case(issue.number), bool(seen)) for sheet, seen in
            ((load(session, meeting), seen) for meeting, seen in rows)]


def entries(session: Session, sheet: Sheet) -> list[Entry]:
    """What has happened to the meeting, newest first."""
    history = session.scalars(select(History).where(History.instance_id == sheet.meeting.instance_id)
                              .order_by(History.seq)).all()
    people = {row.actor_id for row in history} | {row.on_behalf_of for row in history}
    names = dict(session.execute(select(User.id, User.name).where(
        User.id.in_([id for id in people if id is not None]))).all())
    return timeline(history, [], names, sheet.units)


def cases(session: Session, actor: Actor, meeting: Meeting) -> list[tuple[Issue, bool]]:
    """The cases of a meeting, and whether this person may open each."""
    found = listing.cases_of(session, meeting)
    seen = set(session.scalars(select(Issue.id).where(Issue.id.in_([issue.id for issue in found]),
                                                      visible_issues(actor))))
    return [(issue, issue.id in seen) for issue in found]


def _attendances(facts: Row, units: Mapping[str, str], positions: Mapping[str, str]) -> list[Attendance]:
    answered = _rows(facts.get("confirmations"))
    found = []
    for asked in _rows(facts.get("invited")) or _rows(facts.get("attendees")):
        answer = next((each for each in answered if each.get("attendee") == asked), {})
        found.append(Attendance(_who(asked, units, positions), answer.get("attending"),
                                answer.get("participant") or "", answer.get("absence_reason") or ""))
    return found


def _decisions(facts: Row, items: Sequence[WorkItem], units: Mapping[str, str],
               positions: Mapping[str, str]) -> list[Decision]:
    """Of decisions that are alike to the letter each takes an item or a result of its own."""
    open_items = [item for item in items if item.kind == "task" and isinstance(item.local.get("decision"), dict)]
    results = list(_rows(facts.get("decision_results")))
    found = []
    for decision in _rows(facts.get("decisions")) if facts.get("decided_at") else ():
        item = next((each for each in open_items if each.local["decision"] == decision), None)
        result: Row = next((each for each in results if each.get("decision") == decision), {}) if item is None else {}
        if item is not None:
            open_items.remove(item)
        elif result:
            results.remove(result)
        told: Row = item.local if item is not None else result
        found.append(Decision(
            str(decision.get("title") or ""), _who(decision, units, positions), int(decision.get("days") or 0),
            str(decision.get("case") or ""), item, bool(result), told.get("done_note") or "",
            told.get("redo_note") or ""))
    return found


def _who(row: Row, units: Mapping[str, str], positions: Mapping[str, str]) -> str:
    unit, position = str(row.get("unit") or ""), str(row.get("position") or "")
    return units.get(unit, unit) + positions.get(position, position)


def _rows(value: Json) -> Sequence[Row]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else ()
