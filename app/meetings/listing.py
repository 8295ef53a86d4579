"""Lists of meetings and of their overdue decisions, the board's numbers of them, and which cases have one under way."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, select, true
from sqlalchemy.orm import Session

from app.actor import Actor
from app.meetings.visibility import visible_meetings
from app.models import Instance, Issue, Meeting, MeetingCase, WorkItem
from app.models.case import UNDER_WAY

DECISION = "decision"
"""the stage of a meeting's tasks that carry out a decision, or confirm that it was; the diagram says it"""
SHOWS = ("open", "all")
Numbers = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Line:
    """A meeting in a list: how its instance stands, and how many cases it is about."""
    meeting: Meeting
    status: str
    cases: int

    @property
    def open(self) -> bool:
        return self.status in UNDER_WAY


def counts(session: Session, actor: Actor, now: datetime) -> Numbers:
    """How many meetings are not settled, and how many of their decisions are overdue, as far as this person sees."""
    return {"open": _count(session, _meetings(actor, "open")), "late": _count(session, _late(actor, now))}


def page_of(session: Session, actor: Actor, show: str, page: int, size: int) -> tuple[Sequence[Line], int]:
    """Meetings, the latest first, and how many there are."""
    cases = (select(func.count()).select_from(MeetingCase).where(MeetingCase.meeting_id == Meeting.id)
             .scalar_subquery())
    wanted = _meetings(actor, show)
    rows = session.execute(wanted.with_only_columns(Meeting, Instance.status, cases)
                           .order_by(Meeting.called_at.desc(), Meeting.id.desc())
                           .limit(size).offset((page - 1) * size))
    return [Line(*row) for row in rows], _count(session, wanted)


def late(session: Session, actor: Actor, now: datetime, page: int, size: int,
         ) -> tuple[Sequence[tuple[WorkItem, Meeting]], int]:
    """Overdue decisions with their meetings, the longest overdue first, and how many there are."""
    wanted = _late(actor, now)
    rows = session.execute(wanted.with_only_columns(WorkItem, Meeting).order_by(WorkItem.due_at, WorkItem.id)
                           .limit(size).offset((page - 1) * size)).all()
    return [(item, meeting) for item, meeting in rows], _count(session, wanted)


def under_way(session: Session, issue_ids: Sequence[int]) -> dict[int, Meeting]:
    """The latest meeting of each of these cases that is not settled."""
    rows = session.execute(
        select(MeetingCase.issue_id, Meeting).join(Meeting, Meeting.id == MeetingCase.meeting_id)
        .join(Instance, Instance.id == Meeting.instance_id)
        .where(MeetingCase.issue_id.in_(issue_ids), Instance.status.in_(UNDER_WAY)).order_by(Meeting.id))
    return dict(rows.all())


def of_instances(session: Session, instance_ids: Sequence[int]) -> dict[int, Meeting]:
    """The meetings whose instances these are."""
    return {each.instance_id: each for each in session.scalars(
        select(Meeting).where(Meeting.instance_id.in_(instance_ids)))}


def cases_of(session: Session, meeting: Meeting) -> Sequence[Issue]:
    """The cases that a meeting was called for, by number."""
    return session.scalars(select(Issue).join(MeetingCase, MeetingCase.issue_id == Issue.id)
                           .where(MeetingCase.meeting_id == meeting.id).order_by(Issue.number)).all()


def _meetings(actor: Actor, show: str) -> Any:
    running: ColumnElement[bool] = Instance.status.in_(UNDER_WAY) if show == "open" else true()
    return (select(Meeting.id).join(Instance, Instance.id == Meeting.instance_id)
            .where(visible_meetings(actor), running))


def _late(actor: Actor, now: datetime) -> Any:
    return (select(WorkItem.id).join(Meeting, Meeting.instance_id == WorkItem.instance_id)
            .where(visible_meetings(actor), and_(WorkItem.status == literal_column("'open'"),
                                                 WorkItem.kind == literal_column("'task'")),
                   WorkItem.stage == DECISION, WorkItem.due_at < now))


def _count(session: Session, wanted: Any) -> int:
    return session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
