"""A work item that a person wants to do something with: locked, judged, and spoken of in the history."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import history
from app.cases.errors import AlreadyDone, Blocked, NotFound, NotYours
from app.cases.locking import Held, hold
from app.models import Post, User, WorkItem

Json = Any


def lock(session: Session, item_id: int) -> tuple[WorkItem, Held]:
    """The item and its instance, locked. Raises NotFound."""
    instance_id = session.scalar(select(WorkItem.instance_id).where(WorkItem.id == item_id))
    if instance_id is None:
        raise NotFound("没有这件待办，它可能已经删除。")
    held = hold(session, instance_id)
    return session.get_one(WorkItem, item_id, populate_existing=True), held


def own(session: Session, item_id: int, actor: Actor, *, kind: str = "task") -> tuple[WorkItem, Held]:
    """An open item that is this person's to act on. Raises NotFound, AlreadyDone, NotYours, Blocked."""
    item, held = lock(session, item_id)
    if item.kind != kind:
        raise Blocked("这件事不能这样办。")
    if item.status == "held":
        raise Blocked("这件事已经办完，正在等加签的人给出意见。")
    if item.status != "open":
        raise AlreadyDone(f"“{item.name}”已经办结或取消，您的操作没有生效。")
    if not actor.may_work_on(item.unit_code, item.position_code, item.assignee_id):
        raise NotYours(f"“{item.name}”不在您的名下。")
    return item, held


def person(session: Session, user_id: int) -> User:
    """A user who can be given something. Raises Blocked."""
    user = session.get(User, user_id)
    if user is None or user.disabled:
        raise Blocked("没有这位同事，或其账号已经停用。")
    return user


def first_post(user: User) -> tuple[str, str]:
    """The post under which a person is asked for an opinion."""
    if not user.posts:
        raise Blocked(f"{user.name}没有岗位，不能办理。")
    return user.posts[0].unit_code, user.posts[0].position_code


def colleagues(session: Session, unit: str, actor: Actor) -> list[tuple[int, str]]:
    """Who else works in a unit: (user id, name and position)."""
    rows = session.scalars(select(Post).join(User).where(Post.unit_code == unit, User.disabled.is_(False),
                                                         User.id != actor.user_id)
                           .order_by(Post.position_code, Post.id))
    named: dict[int, list[str]] = {}
    names: dict[int, str] = {}
    for post in rows:
        names[post.user_id] = post.user.name
        named.setdefault(post.user_id, []).append(post.position.name)
    return [(id, f"{names[id]}（{'、'.join(positions)}）") for id, positions in named.items()]


def note(session: Session, held: Held, op: str, item: WorkItem, text: str, *, actor: Actor, now: datetime,
         **facts: Json) -> None:
    """Enters an act on an item into the instance's history."""
    history.note_act(session, held, op, actor=actor, now=now, text=text, facts=facts, work_item_id=item.id,
                     element_id=item.element_id, post=actor.acting,
                     on_behalf_of=actor.principal_for(item.unit_code, item.position_code, item.assignee_id))
