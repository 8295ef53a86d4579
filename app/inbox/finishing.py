"""办结: finishing a task, and seeing beforehand who gets it next."""
from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, false, or_, select
from sqlalchemy.orm import Session, aliased

from app.actor import Actor
from app.cases import service
from app.cases.service import Outcome
from app.inbox import drafts
from app.issues import merging
from app.models import Issue, Position, Post, Unit, User, WorkItem
from workflows import engine
from workflows.calendar import Calendar
from workflows.errors import WorkflowError
from workflows.forms import FormSpec
from workflows.sentence import Sentence, listed, say

Json = Any
_ASSIGNEE = aliased(User)
_HANDED = (
    select(WorkItem.id, WorkItem.name, WorkItem.unit_code, WorkItem.position_code, WorkItem.assignee_id, Unit.name,
           Position.name, _ASSIGNEE.name, User.name)
    .join(Unit, Unit.code == WorkItem.unit_code).join(Position, Position.code == WorkItem.position_code)
    .outerjoin(_ASSIGNEE, _ASSIGNEE.id == WorkItem.assignee_id)
    .outerjoin(Post, and_(Post.unit_code == WorkItem.unit_code, Post.position_code == WorkItem.position_code))
    .outerjoin(User, and_(User.id == Post.user_id, User.disabled.is_(False)))
    .where(WorkItem.id.in_(bindparam("wanted", expanding=True))).order_by(WorkItem.id))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a task asks: its form, and the variables that the form's conditions see."""
    spec: FormSpec
    variables: Mapping[str, Json]


def asked(session: Session, item: WorkItem) -> Asked:
    """The form of a task with the variables of its instance and item."""
    version, state = service.state_of(session, item.instance_id)
    return Asked(version.forms[item.form], {**engine.inspect(version, state).variables, **item.local})


def finish(session: Session, item: WorkItem, answers: Mapping[str, Json], *, actor: Actor, now: datetime,
           calendar: Calendar, idempotency_key: str | None) -> Outcome:
    """Finishes a task; what merges two issues also makes the one follow the other (C5). Raises what complete_item
    raises, and MergeRefused."""
    issue = session.get(Issue, item.issue_id) if item.issue_id is not None else None
    main = _main(answers)
    if issue is not None and main:
        merging.lock_main(session, issue, main)
    outcome = service.complete_item(session, item.id, answers, actor=actor, now=now, calendar=calendar,
                                    idempotency_key=idempotency_key)
    return outcome if outcome.held else _after(session, item, answers, outcome, actor, now)


def hold_for_signature(session: Session, sign_id: int) -> None:
    """Locks what the last signature after a task locks beside the task's own instance: the issue that it merges into.
    Called before the signature itself is locked, since both are locked in one order everywhere."""
    sign = aliased(WorkItem)
    task = session.execute(select(WorkItem.issue_id, WorkItem.answer).join(sign, sign.parent_id == WorkItem.id).where(
        sign.id == sign_id, WorkItem.status == "held", WorkItem.issue_id.is_not(None))).one_or_none()
    if task is not None and (main := _main(task.answer or {})):
        merging.hold_both(session, task.issue_id, main)


def finish_held(session: Session, item: WorkItem, *, actor: Actor, now: datetime, calendar: Calendar) -> Outcome:
    """Finishes a task whose last signature after it has come, with the answers that it was given. `actor` is who signed
    last; the history names who did the task."""
    answers = item.answer or {}
    outcome = service.complete_held(session, item.id, actor=actor, now=now, calendar=calendar)
    return _after(session, item, answers, outcome, actor, now)


def _after(session: Session, item: WorkItem, answers: Mapping[str, Json], outcome: Outcome, actor: Actor,
           now: datetime) -> Outcome:
    """What follows a task that is really done: a merged issue follows its main one, drafts are of no use any more."""
    issue = session.get(Issue, item.issue_id) if item.issue_id is not None else None
    main = _main(answers)
    if issue is not None and main and issue.merged_into is None and not outcome.incident:
        merging.follow_main(session, issue, main, actor=actor, now=now)
    if not outcome.incident:
        drafts.forget(session, item.id)
    return outcome


def _main(answers: Mapping[str, Json]) -> Json:
    """The number of the issue that sorting merges this one into, if it does."""
    return answers.get("merged_into") if answers.get("sort_result") == "merge" else None


def who_is_next(session: Session, item: WorkItem, answers: Mapping[str, Json], *, now: datetime,
                calendar: Calendar) -> list[str]:
    """What finishing with these answers would open: “审定答复 · 市财政局负责人”. The engine works it out and nothing
    is written. Empty when the answers do not get that far."""
    version, state = service.state_of(session, item.instance_id)
    try:
        step = engine.complete(version, state, item.task_id or "", answers, now=now, calendar=calendar)
    except WorkflowError:
        return []
    if step.ended:
        return [say("办结归档")]
    following = [(task.name, task.unit, task.position) for task in step.opened]
    if not following:
        return [say("企业（等待企业回应）")] if waits_for_enterprise(step.waiting_messages) else []
    return [f"{name} · {who}" for name, who in zip((name for name, _, _ in following),
                                                   posts(session, [(u, p) for _, u, p in following]), strict=True)]


def waits_for_enterprise(messages: Collection[str]) -> bool:
    """Whether an instance that would take these messages waits for its enterprise's answer or rating."""
    return not {"rated", "enterprise_answered"}.isdisjoint(messages)


def posts(session: Session, found: Sequence[tuple[str, str]]) -> list[str]:
    """Posts in words: “市财政局负责人”, with the person's name where only one holds the post."""
    these = or_(false(), *(and_(Unit.code == unit, Position.code == position) for unit, position in set(found)))
    rows = session.execute(
        select(Unit.code, Position.code, Unit.name, Position.name, User.name).join(Position, these)
        .outerjoin(Post, and_(Post.unit_code == Unit.code, Post.position_code == Position.code))
        .outerjoin(User, and_(User.id == Post.user_id, User.disabled.is_(False))))
    names: dict[tuple[str, str], str] = {}
    holders: dict[tuple[str, str], list[str]] = {}
    for unit, position, unit_name, position_name, person in rows:
        names[unit, position] = unit_name + position_name
        holders.setdefault((unit, position), []).extend([person] if person else [])
    return [names.get(post, "".join(post)) + (holders[post][0] if len(holders.get(post, ())) == 1 else "")
            for post in found]


def still_open(session: Session, item: WorkItem) -> list[int]:
    """The other open tasks of the item's instance: parallel branches that it waits for."""
    return list(session.scalars(select(WorkItem.id).where(
        WorkItem.instance_id == item.instance_id, WorkItem.kind == "task", WorkItem.status == "open",
        WorkItem.id != item.id).order_by(WorkItem.id)))


@dataclass(slots=True)
class Handed:
    """A task that a press has opened, and who has it: its post in words, the person whose it is already, and the
    people who hold the post."""
    id: int
    name: str
    unit_code: str
    position_code: str
    assignee_id: int | None
    unit: str
    position: str
    assignee: str | None
    holders: list[str] = field(default_factory=list)

    @property
    def who(self) -> str:
        if self.assignee:
            return self.unit + self.assignee
        return self.unit + self.position + (self.holders[0] if len(self.holders) == 1 else "")


def handed(session: Session, item_ids: Sequence[int]) -> list[Handed]:
    """Who has got what a press has opened, in the order of the items."""
    found: dict[int, Handed] = {}
    for id, name, unit_code, position_code, assignee_id, unit, position, assignee, holder in (
            session.execute(_HANDED, {"wanted": item_ids}) if item_ids else ()):
        task = found.setdefault(id, Handed(id, name, unit_code, position_code, assignee_id, unit, position, assignee))
        task.holders.extend([holder] if holder else [])
    return list(found.values())


def in_words(tasks: Sequence[Handed]) -> Sentence:
    """For the quiet line after a press."""
    return listed(list(dict.fromkeys(say("%(who)s“%(name)s”", who=task.who, name=task.name) for task in tasks)))


def handed_to(session: Session, item_ids: Sequence[int]) -> Sentence:
    """Who has got these tasks, in words."""
    return in_words(handed(session, item_ids))
