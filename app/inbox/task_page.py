"""What a task's page shows around its form: facts, history, signatures, questions, and what one may do."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import service
from app.cases.errors import NotFound
from app.inbox import consult, copies, signatures, targets
from app.issues import duplicates, facts
from app.issues.categories import CATEGORIES, CHANNELS, DIFFICULTIES, EXCLUSIONS, LEVELS, STAGES, STATUSES
from app.models import Issue, Post, Unit, User, WorkItem
from workflows.calendar import CITY_ZONE, Calendar, DayExplanation

MOST_DAYS = 40


def find(session: Session, actor: Actor, item_id: int, visible: ColumnElement[bool]) -> WorkItem:
    """A work item that the person may look at: of an issue they may see, or of their own posts. Raises NotFound."""
    own = or_(WorkItem.assignee_id.in_(actor.all_user_ids), WorkItem.closed_by.in_(actor.all_user_ids),
              WorkItem.owner_id.in_(actor.all_user_ids),
              WorkItem.unit_code.in_({unit for unit, _ in actor.all_posts}))
    item = session.scalars(select(WorkItem).outerjoin(Issue, Issue.id == WorkItem.issue_id)
                           .where(WorkItem.id == item_id, or_(own, visible))).one_or_none()
    if item is None:
        raise NotFound("没有这件待办，或者您不能查看它。")
    return item


def load(session: Session, actor: Actor, item: WorkItem, *, now: datetime, calendar: Calendar) -> dict[str, Any]:
    """Everything but the form, by the names that the page's template uses."""
    issue = session.get(Issue, item.issue_id) if item.issue_id is not None else None
    variables = service.variables(session, item.instance_id)
    mine = item.status == "open" and actor.may_work_on(item.unit_code, item.position_code, item.assignee_id)
    free = mine and item.kind == "task" and item.owner_id is None
    return {
        "issue": issue, "mine": mine, "free": free, "waiting": service.waiting_messages(session, item.instance_id),
        "story": facts.load(session, issue) if issue is not None else None,
        "others": duplicates.others_of_enterprise(session, issue, now=now) if issue is not None else [],
        "unit": session.get(Unit, item.unit_code),
        "assignee": _name(session, item.assignee_id), "owner": _name(session, item.owner_id),
        "targets": service.return_targets(session, item.id) if free else [],
        "colleagues": targets.colleagues(session, item.unit_code, but=actor.user_id) if free else [],
        "people": everybody(session, actor) if free else [],
        "signatures": signatures.of_task(session, item.id), "sign_modes": signatures.MODES,
        "consults": consult.of_task(session, item.id), "watched": copies.is_watched(session, item.issue_id, actor),
        "names": _names(session, item.id),
        "can_recall": _can_recall(session, actor, item), "can_extend": _can_extend(item, variables, free),
        "can_supervise": actor.holds("supervisor") and item.kind == "task" and item.status == "open",
        "suspended": service.is_suspended(session, item.instance_id),
        "can_release_joint": _can_release_joint(actor, item, variables),
        "days": explain(item, calendar), "labels": _LABELS,
    }


class _Labels:
    """The words for codes, as templates read them."""
    categories, levels, stages, channels = CATEGORIES, LEVELS, STAGES, CHANNELS
    statuses, difficulties, exclusions = STATUSES, DIFFICULTIES, EXCLUSIONS


_LABELS = _Labels()


def everybody(session: Session, actor: Actor) -> list[tuple[str, list[tuple[int, str]]]]:
    """All colleagues by unit, for asking and copying: [(unit's name, [(user id, name)])]."""
    rows = session.execute(
        select(Unit.name, User.id, User.name).join(Post, Post.unit_code == Unit.code)
        .join(User, User.id == Post.user_id).where(User.disabled.is_(False), User.id != actor.user_id)
        .distinct().order_by(Unit.sort, Unit.name, User.name))
    units: dict[str, list[tuple[int, str]]] = {}
    for unit, user_id, name in rows:
        units.setdefault(unit, []).append((user_id, name))
    return list(units.items())


def explain(item: WorkItem, calendar: Calendar) -> list[DayExplanation]:
    """The days from the start of the task to its deadline: which counted, which were off and why."""
    if item.due_at is None:
        return []
    first, last = item.opened_at.astimezone(CITY_ZONE).date(), item.due_at.astimezone(CITY_ZONE).date()
    days = calendar.working_days_between(first, last)
    return calendar.explain(first, days) if 0 < days <= MOST_DAYS else []


def clock_time(at: datetime) -> str:
    return at.astimezone(CITY_ZONE).strftime("%H:%M")


def _name(session: Session, user_id: int | None) -> str | None:
    return session.scalar(select(User.name).where(User.id == user_id)) if user_id is not None else None


def _names(session: Session, item_id: int) -> dict[int, str]:
    """The names of everybody who was asked about the task."""
    rows = session.execute(select(User.id, User.name).join(WorkItem, WorkItem.assignee_id == User.id)
                           .where(WorkItem.parent_id == item_id))
    return dict(rows.all())


def _can_recall(session: Session, actor: Actor, item: WorkItem) -> bool:
    if item.status != "done" or item.closed_by != actor.user_id or item.kind != "task":
        return False
    following = session.execute(select(WorkItem.status, WorkItem.touched_at).where(
        WorkItem.opened_by_item == item.id, WorkItem.kind == "task")).all()
    return bool(following) and all(row.status == "open" and row.touched_at is None for row in following)


def _can_extend(item: WorkItem, variables: dict[str, Any], free: bool) -> bool:
    return free and item.unit_code == variables.get("lead_unit") and item.stage == "handle" and not variables.get(
        "extension_asked")


def _can_release_joint(actor: Actor, item: WorkItem, variables: dict[str, Any]) -> bool:
    leads = any(unit == variables.get("lead_unit") for unit, _ in actor.posts)
    return item.element_id == "joint_answer" and item.status == "open" and (leads or actor.holds("supervisor"))
