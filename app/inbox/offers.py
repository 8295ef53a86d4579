"""Which acts a task's page offers to a person, and whom their dialogs can name. The services judge again."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import service
from app.inbox import handover, reminders, signatures, targets
from app.models import Position, Post, Unit, User, WorkItem
from workflows.sentence import say

Groups = list[tuple[str, list[tuple[str, str]]]]
"""choices by unit: [(unit's name, [(value, label)])]"""


@dataclass(frozen=True, slots=True)
class Target:
    """A step that a task can go back to. `who` did it last and would get it again."""
    element_id: str
    name: str
    who: str


@dataclass(frozen=True, slots=True)
class Offers:
    """`mine`: the item is this person's to work on; `free`: it is a task and not delegated to them."""
    mine: bool
    free: bool
    targets: list[Target]
    colleagues: Groups
    receivers: Groups
    people: Groups
    posts_and_people: Groups
    claim: bool
    release: bool
    recall: bool
    reopen: bool
    take_back: bool
    extend: bool
    urge: bool
    supervise: bool
    take_over: bool
    suspended: bool
    release_joint: bool
    remove_signer: bool


def of(session: Session, actor: Actor, item: WorkItem, variables: Mapping[str, Any], unit: str) -> Offers:
    """What this person can do with the item now. `unit` is the name of the item's unit."""
    is_open, is_task = item.status == "open", item.kind == "task"
    mine = is_open and actor.may_work_on(item.unit_code, item.position_code, item.assignee_id)
    free = mine and is_task and item.owner_id is None
    waiting = service.waiting_messages(session, item.instance_id)
    supervise = actor.holds("supervisor") and is_task and is_open
    transfer = is_task and is_open and item.owner_id is None and handover.may_transfer(actor, item)
    everyone = posts_and_people(session, actor) if free else []
    return Offers(
        mine=mine, free=free,
        targets=return_targets(session, item) if free else [],
        colleagues=_colleagues(session, item, unit, actor.user_id) if free else [],
        receivers=_colleagues(session, item, unit, handover.already_with(actor, item)) if transfer else [],
        people=[(name, people) for name, choices in everyone if (people := [c for c in choices if ":" not in c[0]])],
        posts_and_people=everyone,
        claim=free and item.assignee_id is None, release=free and item.assignee_id is not None,
        recall=_can_recall(session, actor, item),
        reopen=item.status == "held" and is_task and item.closed_by == actor.user_id,
        take_back=is_open and is_task and item.owner_id in actor.all_user_ids,
        extend=free and "extension_requested" in waiting and item.unit_code == variables.get("lead_unit")
        and not variables.get("extension_asked"),
        urge=reminders.may_urge(session, item, actor), supervise=supervise,
        take_over=supervise and "take_over" in waiting,
        suspended=service.is_suspended(session, item.instance_id),
        release_joint=_can_release_joint(actor, item, variables),
        remove_signer=is_task and signatures.may_remove(actor, item))


def return_targets(session: Session, item: WorkItem) -> list[Target]:
    """The earlier steps that the task may go back to, the newest first, each with who did it last."""
    steps = service.return_targets(session, item.id)
    if not steps:
        return []
    rows = session.execute(
        select(WorkItem.element_id, Unit.name, User.name).join(Unit, Unit.code == WorkItem.unit_code)
        .outerjoin(User, User.id == func.coalesce(WorkItem.on_behalf_of, WorkItem.closed_by))
        .where(WorkItem.instance_id == item.instance_id, WorkItem.status == "done", WorkItem.kind == "task",
               WorkItem.element_id.in_([element for element, _ in steps])).order_by(WorkItem.id)).all()
    last = {element: f"{unit}{person or ''}" for element, unit, person in rows}
    return [Target(element, name, last.get(element, "")) for element, name in steps]


def posts_and_people(session: Session, actor: Actor) -> Groups:
    """All colleagues by unit, for asking and copying. Each unit begins with its posts, whose value is 'unit:position';
    a person's value is their id."""
    rows = session.execute(
        select(Unit.code, Unit.name, Position.code, Position.name, User.id, User.name)
        .join(Post, Post.unit_code == Unit.code).join(Position, Position.code == Post.position_code)
        .join(User, User.id == Post.user_id).where(User.disabled.is_(False), Unit.active)
        .order_by(Unit.sort, Unit.name, Position.sort, User.name, Position.code)).all()
    of_unit: dict[str, dict[str, list[str]]] = {}
    offices: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}
    for unit, unit_name, position, position_name, user_id, name in rows:
        offices.setdefault(unit_name, {})[f"{unit}:{position}"] = say("%(unit)s%(position)s（任何一位）",
                                                                      unit=unit_name, position=position_name)
        if user_id != actor.user_id:
            names[str(user_id)] = name
            of_unit.setdefault(unit_name, {}).setdefault(str(user_id), []).append(position_name)
    return [(unit, [*offices[unit].items(),
                    *((id, say("%(name)s（%(posts)s）", name=names[id], posts=list(held))) for id,
                      held in of_unit.get(unit, {}).items())])
            for unit in offices]


def _colleagues(session: Session, item: WorkItem, unit: str, but: int | None) -> Groups:
    found = targets.colleagues(session, item.unit_code, but=but)
    return [(unit, [(str(id), label) for id, label in found])] if found else []


def _can_recall(session: Session, actor: Actor, item: WorkItem) -> bool:
    if item.status != "done" or item.closed_by != actor.user_id or item.kind != "task":
        return False
    following = session.execute(select(WorkItem.status, WorkItem.touched_at).where(
        WorkItem.instance_id == item.instance_id, WorkItem.opened_by_item == item.id, WorkItem.kind == "task")).all()
    return bool(following) and all(row.status == "open" and row.touched_at is None for row in following)


def _can_release_joint(actor: Actor, item: WorkItem, variables: Mapping[str, Any]) -> bool:
    leads = any(unit == variables.get("lead_unit") for unit, _ in actor.all_posts)
    return "joint_unit" in item.local and item.status == "open" and (leads or actor.holds("supervisor"))
