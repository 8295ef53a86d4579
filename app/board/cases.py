"""The list behind a number of the board, what lies open of each case, and urging all who have it."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from app.actor import Actor
from app.board import asked
from app.board.asked import Hours, Wanted
from app.board.counts import MOST, up_to_most
from app.cases.errors import Blocked
from app.inbox import reminders, supervision
from app.meetings import listing
from app.models import Instance, Issue, Meeting, User, WorkItem
from workflows.calendar import Calendar
from workflows.sentence import say

TAKE_OVER = "take_over"
"""the message by which a supervisor takes a case over, where its process waits for it"""


@dataclass(frozen=True, slots=True)
class Line:
    """A case with its open tasks and who has them. `decide` is a task in which this person has to decide; `take_over`
    whether its process can be taken over now; `meeting` a dispatch meeting about it that is not settled."""
    issue: Issue
    tasks: Sequence[tuple[WorkItem, str | None]]
    decide: WorkItem | None
    take_over: bool
    meeting: Meeting | None


@dataclass(frozen=True, slots=True)
class Page:
    """`total` counts up to MOST; `more`: there are more."""
    lines: Sequence[Line]
    total: int
    more: bool
    page: int
    pages: int


def page_of(session: Session, actor: Actor, wanted: Wanted, at: Hours, size: int) -> Page:
    """A page of the list, the earliest limit first."""
    lines = first_of(session, actor, wanted, at, size)
    total = up_to_most(session, actor, wanted, at)
    return Page(lines, min(total, MOST), total > MOST, wanted.page, max(1, -(-total // size)))


def first_of(session: Session, actor: Actor, wanted: Wanted, at: Hours, size: int) -> Sequence[Line]:
    """The lines of a page alone."""
    return _lines(session, actor, session.scalars(
        select(Issue).join(Issue.enterprise).options(contains_eager(Issue.enterprise))
        .where(*asked.filters(wanted), asked.scope(actor), asked.shown(wanted.show, at))
        .order_by(Issue.due_at.asc().nulls_last(), Issue.id).limit(size).offset((wanted.page - 1) * size)).all())


def urge(session: Session, actor: Actor, issue: Issue, now: datetime) -> int:
    """催办: everybody who has a task of the case and may be urged by this person. Returns how many tasks. Raises
    Blocked with the reason when it is none."""
    urged, refused = 0, say("这件事现在没有人要催。")
    for item, _ in _open_tasks(session, [issue.id]).get(issue.id, []):
        try:
            if reminders.may_urge(session, item, actor):
                reminders.urge(session, item.id, "", actor=actor, now=now)
                urged += 1
        except Blocked as blocked:
            refused = say("%(why)s", why=blocked)
    if not urged:
        raise Blocked(refused)
    return urged


def take_over(session: Session, actor: Actor, issue: Issue, reason: str, now: datetime,
              calendar: Calendar) -> tuple[int, ...]:
    """接管, by any of the case's open tasks. Returns the work items that this opens."""
    tasks = _open_tasks(session, [issue.id]).get(issue.id, [])
    if not tasks:
        raise Blocked(say("现在这一步不能接管。"))
    return supervision.take_over(session, tasks[0][0].id, reason, actor=actor, now=now, calendar=calendar)


def _lines(session: Session, actor: Actor, issues: Sequence[Issue]) -> list[Line]:
    tasks = _open_tasks(session, [issue.id for issue in issues])
    messages = select(Instance.id, Instance.waiting_messages).where(
        Instance.id.in_([issue.instance_id for issue in issues]))
    waiting: dict[int | None, list[str]] = {row.id: row.waiting_messages for row in session.execute(messages)}
    meetings = listing.under_way(session, [issue.id for issue in issues])
    supervises = actor.holds("supervisor")
    return [Line(issue, own := tasks.get(issue.id, []),
                 next((item for item, _ in own if item.position_code == "supervisor"
                       and actor.may_work_on(item.unit_code, item.position_code, item.assignee_id)), None),
                 supervises and bool(own) and TAKE_OVER in waiting.get(issue.instance_id, ()),
                 meetings.get(issue.id)) for issue in issues]


def _open_tasks(session: Session, issues: Sequence[int]) -> dict[int, list[tuple[WorkItem, str | None]]]:
    """Open tasks by case, the oldest first, each with the name of who has claimed it."""
    found: dict[int, list[tuple[WorkItem, str | None]]] = {}
    for item, name in session.execute(
            select(WorkItem, User.name).outerjoin(User, User.id == WorkItem.assignee_id)
            .where(WorkItem.issue_id.in_(issues), asked.OPEN_TASK).order_by(WorkItem.id)):
        found.setdefault(item.issue_id or 0, []).append((item, name))
    return found
