"""转办 and 委派: giving a task to somebody else, for good or to have it back."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases.errors import Blocked, NotYours
from app.inbox import drafts
from app.inbox.targets import lock, note, own, person
from app.models import User, WorkItem

Json = Any


def transfer(session: Session, item_id: int, user_id: int, reason: str, *, actor: Actor, now: datetime) -> WorkItem:
    """转办: the task becomes a colleague's of the same unit. Its deadline stays."""
    item, held = own(session, item_id, actor)
    if item.owner_id is not None:
        raise Blocked("委派给您的事项不能再转办，请写明意见后交回。")
    receiver = _colleague(session, item, user_id, actor)
    if not reason.strip():
        raise Blocked("请写明转办的原因。")
    note(session, held, "transfer", item, f"“{item.name}”转给{receiver.name}办理：{reason}", actor=actor, now=now,
         to=receiver.id)
    item.assignee_id, item.touched_at = receiver.id, item.touched_at or now
    return item


def delegate(session: Session, item_id: int, user_id: int, request: str, *, actor: Actor, now: datetime) -> WorkItem:
    """委派: a colleague prepares the task; it comes back to its owner, who finishes it."""
    item, held = own(session, item_id, actor)
    if item.owner_id is not None:
        raise Blocked("委派给您的事项不能再委派。")
    receiver = _colleague(session, item, user_id, actor)
    note(session, held, "delegate", item, f"“{item.name}”委派{receiver.name}准备：{request or '请提出意见'}",
         actor=actor, now=now, to=receiver.id)
    item.owner_id, item.assignee_id, item.touched_at = actor.user_id, receiver.id, item.touched_at or now
    item.local = {**item.local, "delegation": {"request": request, "opinion": None}}
    return item


def give_back(session: Session, item_id: int, opinion: str, values: Mapping[str, Json], *, actor: Actor,
              now: datetime) -> WorkItem:
    """The colleague returns a delegated task with an opinion; what was filled in is the owner's draft."""
    item, held = own(session, item_id, actor)
    if item.owner_id is None:
        raise Blocked("这件事不是委派给您的。")
    if not opinion.strip():
        raise Blocked("请写明您的意见，再交回。")
    owner = person(session, item.owner_id)
    note(session, held, "give_back", item, f"{actor.name}将“{item.name}”交回{owner.name}：{opinion}", actor=actor,
         now=now)
    if values:
        drafts.save(session, item.id, owner.id, values, now)
    item.local = {**item.local, "delegation": {**item.local.get("delegation", {}), "opinion": opinion}}
    item.assignee_id, item.owner_id = owner.id, None
    return item


def take_back(session: Session, item_id: int, *, actor: Actor, now: datetime) -> WorkItem:
    """The owner takes a delegated task back before it was returned."""
    item, held = lock(session, item_id)
    if item.owner_id != actor.user_id or item.status != "open":
        raise NotYours("只有委派人可以收回委派的事项。")
    note(session, held, "take_back", item, f"{actor.name}收回委派的“{item.name}”", actor=actor, now=now)
    item.assignee_id, item.owner_id = actor.user_id, None
    return item


def _colleague(session: Session, item: WorkItem, user_id: int, actor: Actor) -> User:
    receiver = person(session, user_id)
    if receiver.id == actor.user_id:
        raise Blocked("不能交给自己。")
    if all(post.unit_code != item.unit_code for post in receiver.posts):
        raise Blocked(f"{receiver.name}不在承办单位，不能接办。跨单位请退回或沟通。")
    return receiver
