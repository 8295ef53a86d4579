"""What a task's page shows around its form: facts, history, signatures, questions, and what one may do."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, or_, select, update
from sqlalchemy.orm import Session, aliased, contains_eager

from app import logs
from app.actor import Actor
from app.cases import service
from app.cases.errors import NotFound
from app.inbox import consult, copies, offers, signatures
from app.issues import answers, duplicates, facts
from app.issues.categories import CATEGORIES, CHANNELS, DIFFICULTIES, EXCLUSIONS, LEVELS, STAGES, STATUSES
from app.meetings import sheet
from app.models import Issue, Meeting, Unit, User, WorkItem
from workflows.calendar import CITY_ZONE, Calendar, DayExplanation
from workflows.sentence import say

_WITH_ISSUE = (select(WorkItem).outerjoin(Issue, Issue.id == WorkItem.issue_id)
               .where(WorkItem.id == bindparam("wanted")).options(contains_eager(WorkItem.issue)))
"""the issue too: whoever shows a task or finishes it wants its issue next, and finds it in the session"""
MOST_DAYS = 40
"""working days up to which a deadline is explained day by day"""


def find(session: Session, actor: Actor, item_id: int, visible: ColumnElement[bool]) -> WorkItem:
    """A work item that the person may look at: of an issue they may see, or of their own posts. Raises NotFound."""
    item = session.scalars(_WITH_ISSUE, {"wanted": item_id}).one_or_none()
    if item is None or not (_is_own(item, actor) or _sees(session, item, visible)):
        raise NotFound(say("没有这件待办，或者您不能查看它。"))
    logs.about_case(item.instance_id)
    return item


def _is_own(item: WorkItem, actor: Actor) -> bool:
    return (item.unit_code in {unit for unit, _ in actor.all_posts}
            or not actor.all_user_ids.isdisjoint((item.assignee_id, item.closed_by, item.owner_id)))


def _sees(session: Session, item: WorkItem, visible: ColumnElement[bool]) -> bool:
    return session.scalar(select(WorkItem.id).outerjoin(Issue, Issue.id == WorkItem.issue_id)
                          .where(WorkItem.id == item.id, visible)) is not None


def is_first_opening(session: Session, item: WorkItem, actor: Actor) -> bool:
    """Whether somebody who may work on a task opens it for the first time: from then on the step before can no longer
    be recalled (撤回). The person who did that step may look at what comes of it."""
    if item.touched_at is not None:
        return False
    before = session.get(WorkItem, item.opened_by_item) if item.opened_by_item is not None else None
    return before is None or before.closed_by != actor.user_id


def note_opened(session: Session, item_id: int, now: datetime) -> None:
    session.execute(update(WorkItem).where(WorkItem.id == item_id, WorkItem.status == "open",
                                           WorkItem.touched_at.is_(None))
                    .values(touched_at=now).execution_options(synchronize_session=False))


def load(session: Session, actor: Actor, item: WorkItem, *, now: datetime, calendar: Calendar) -> dict[str, Any]:
    """Everything but the form, by the names that the page's template uses."""
    issue = session.get(Issue, item.issue_id) if item.issue_id is not None else None
    unit = session.get_one(Unit, item.unit_code)
    story = facts.load(session, issue) if issue is not None else None
    variables = story.variables if story is not None else service.variables(session, item.instance_id)
    return {
        "issue": issue, "unit": unit, "story": story, "labels": _LABELS,
        "meeting": sheet.of_instance(session, item.instance_id) if issue is None else None,
        "offers": offers.of(session, actor, item, variables, unit.name),
        "others": duplicates.others_of_enterprise(session, issue, now=now) if issue is not None else [],
        "signatures": signatures.of_task(session, item.id), "sign_modes": signatures.MODES,
        "consults": consult.of_task(session, item.id), "watched": copies.is_watched(session, item.issue_id, actor),
        "names": _names(session, item), "limit": explain(item, calendar),
        "proposed": _proposed(session, item, story) if story is not None and item.kind == "sign" else [],
    }


def _proposed(session: Session, sign: WorkItem, story: facts.Story) -> Sequence[answers.Answer]:
    """What the finished task that a signature is asked for has answered, in words."""
    task = session.get_one(WorkItem, sign.parent_id)
    version, _ = service.state_of(session, task.instance_id)
    return answers.describe(facts.form_of(version, task, story.variables), task.answer,
                            answers.Names(story.units, story.people))


class _Labels:
    """The words for codes, as templates read them."""
    categories, levels, stages, channels = CATEGORIES, LEVELS, STAGES, CHANNELS
    statuses, difficulties, exclusions = STATUSES, DIFFICULTIES, EXCLUSIONS


_LABELS = _Labels()


@dataclass(frozen=True, slots=True)
class Limit:
    """How a deadline comes about: from the day `start`, which is not counted, to `end` lie `working_days`. `own_clock`:
    the step's own limit in working days; else the limit was set earlier, for the issue. `days` tells each day if they
    are not too many."""
    start: date
    end: date
    working_days: int
    own_clock: bool
    days: Sequence[DayExplanation]


def explain(item: WorkItem, calendar: Calendar) -> Limit | None:
    """The days from the opening of the task to its deadline: which counted, which were off and why."""
    if item.due_at is None:
        return None
    start, end = item.opened_at.astimezone(CITY_ZONE).date(), item.due_at.astimezone(CITY_ZONE).date()
    count = calendar.working_days_between(start, end)
    days = calendar.explain(start, count) if 0 < count <= MOST_DAYS else []
    return Limit(start, end, count, (item.due_rule or "").startswith("working_days"), days)


def issue_words(session: Session, item: WorkItem) -> str:
    """Which issue or meeting a task is about, where it stands alone: 2026-000123“续贷遇到困难”."""
    about: Issue | Meeting | None = session.get(Issue, item.issue_id) if item.issue_id is not None else \
        session.scalars(select(Meeting).where(Meeting.instance_id == item.instance_id)).one_or_none()
    return f"{about.number}“{about.title}”" if about is not None else f"“{item.name}”"


def clock_time(at: datetime) -> str:
    return at.astimezone(CITY_ZONE).strftime("%H:%M")


def _names(session: Session, item: WorkItem) -> dict[int, str]:
    """The names of everybody whom the page speaks of: who has the task, owns it, finished it, or was asked about it."""
    child = aliased(WorkItem)
    asked = select(child.assignee_id).where(child.parent_id == item.id)
    own = [who for who in (item.assignee_id, item.owner_id, item.closed_by, item.on_behalf_of) if who is not None]
    closers = select(child.closed_by).where(child.parent_id == item.id)
    rows = session.execute(select(User.id, User.name).where(
        or_(User.id.in_(own), User.id.in_(asked), User.id.in_(closers))))
    return dict(rows.all())
