"""转办 and 委派: giving a task to somebody else, for good or to have it back."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import items
from app.cases.errors import Blocked, NotYours
from app.inbox import drafts
from app.inbox.targets import holder, lock, note, open_item, own, person, tell_asker
from app.models import User, WorkItem
from workflows.sentence import say

Json = Any


def may_transfer(actor: Actor, item: WorkItem) -> bool:
    """Whoever has the task; and the unit's head, who shares out the unit's work."""
    return (actor.may_work_on(item.unit_code, item.position_code, item.assignee_id)
            or (item.unit_code, "head") in actor.all_posts)


def already_with(actor: Actor, item: WorkItem) -> int | None:
    """To whom a transfer would change nothing: who has claimed the task, else the person of its post who looks."""
    if item.assignee_id is not None:
        return item.assignee_id
    return actor.user_id if (item.unit_code, item.position_code) in actor.posts else None


def transfer(session: Session, item_id: int, user_id: int, reason: str, *, actor: Actor, now: datetime) -> WorkItem:
    """转办: the task becomes a colleague's of the same unit. Its deadline and its reminders stay."""
    item, held = open_item(session, item_id)
    if not may_transfer(actor, item):
        raise NotYours(items.whose(session, item.name, item.assignee_id))
    if item.owner_id is not None:
        raise Blocked(say("委派中的事项不能转办：请受委派人交回，或由委派人收回。"))
    receiver = _colleague(session, item, user_id)
    if receiver.id == already_with(actor, item):
        raise Blocked(say("这件事已经在这位同事名下。"))
    if not reason.strip():
        raise Blocked(say("请写明转办的原因。"))
    own = actor.may_work_on(item.unit_code, item.position_code, item.assignee_id)
    giver = session.get(User, item.assignee_id) if item.assignee_id is not None and not own else None
    note(session, held, "transfer", item,
         _handed_on(item.name, giver, receiver, reason.strip()), actor=actor,
         now=now, over=None if own else (item.unit_code, "head"), to=receiver.id)
    item.assignee_id, item.touched_at = receiver.id, item.touched_at or now
    return item


def _handed_on(name: str, giver: User | None, receiver: User, reason: str) -> str:
    if giver is None:
        return say("“%(name)s”转给%(receiver)s办理：%(reason)s", name=name, receiver=receiver.name, reason=reason)
    return say("“%(name)s”由%(giver)s转给%(receiver)s办理：%(reason)s", name=name, giver=giver.name,
               receiver=receiver.name, reason=reason)


def delegate(session: Session, item_id: int, user_id: int, request: str, *, actor: Actor, now: datetime) -> WorkItem:
    """委派: a colleague prepares the task; it comes back to its owner, who finishes it. A stand-in delegates in the
    name of the absent person, who then gets it back."""
    item, held = own(session, item_id, actor)
    if item.owner_id is not None:
        raise Blocked(say("委派给您的事项不能再委派。"))
    owner = holder(actor, item)
    receiver = _colleague(session, item, user_id)
    if receiver.id in (owner, actor.user_id):
        raise Blocked(say("不能委派给自己。"))
    note(session, held, "delegate", item,
         say("“%(name)s”委派%(receiver)s准备：%(request)s", name=item.name, receiver=receiver.name,
             request=request.strip() or say("请提出意见")),
         actor=actor, now=now, to=receiver.id)
    item.owner_id, item.assignee_id, item.touched_at = owner, receiver.id, item.touched_at or now
    item.local = {**item.local, "delegation": {"request": request.strip(), "opinion": None}}
    return item


def give_back(session: Session, item_id: int, opinion: str, values: Mapping[str, Json], *, actor: Actor,
              now: datetime) -> WorkItem:
    """The colleague returns a delegated task with an opinion; what was filled in is the owner's draft. If the owner's
    account has been closed meanwhile, it goes back to everybody in the post."""
    item, held = own(session, item_id, actor)
    if item.owner_id is None:
        raise Blocked(say("这件事不是委派给您的。"))
    if not opinion.strip():
        raise Blocked(say("请写明您的意见，再交回。"))
    owner = session.get_one(User, item.owner_id)
    note(session, held, "give_back", item, say("将“%(name)s”交回%(owner)s：%(opinion)s", name=item.name,
                                               owner=owner.name, opinion=opinion.strip()), actor=actor, now=now)
    tell_asker(session, item, say("%(person)s交回了委派的“%(name)s”：%(opinion)s", person=actor.name, name=item.name,
                                  opinion=opinion.strip()), actor=actor, now=now)
    if values:
        drafts.save(session, item.id, owner.id, values, now)
    item.local = {**item.local, "delegation": {**item.local.get("delegation", {}), "opinion": opinion.strip(),
                                               "by": actor.name}}
    item.assignee_id, item.owner_id = None if owner.disabled else owner.id, None
    return item


def take_back(session: Session, item_id: int, *, actor: Actor, now: datetime) -> WorkItem:
    """The owner takes a delegated task back before it was returned."""
    item, held = lock(session, item_id)
    if item.kind != "task" or item.owner_id not in actor.all_user_ids or item.status != "open":
        raise NotYours(say("只有委派人可以收回委派的事项。"))
    delegate = session.get_one(User, item.assignee_id)
    item.assignee_id, item.owner_id = item.owner_id, None
    note(session, held, "take_back", item,
         say("从%(delegate)s处收回委派的“%(name)s”", delegate=delegate.name, name=item.name), actor=actor, now=now)
    item.local = {name: value for name, value in item.local.items() if name != "delegation"}
    return item


def _colleague(session: Session, item: WorkItem, user_id: int) -> User:
    receiver = person(session, user_id)
    if all(post.unit_code != item.unit_code for post in receiver.posts):
        raise Blocked(say("%(name)s不在承办单位，不能接办。跨单位请退回或沟通。", name=receiver.name))
    return receiver
