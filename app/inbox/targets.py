"""A work item that a person wants to do something with: locked, judged, and spoken of in the history."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor, PostKey
from app.cases import history, items
from app.cases.errors import AlreadyDone, Blocked, NotFound, NotYours
from app.cases.locking import Held, hold
from app.models import Copy, Position, Post, User, WorkItem
from workflows.sentence import say

Json = Any


def lock(session: Session, item_id: int) -> tuple[WorkItem, Held]:
    """The item and its instance, locked. Raises NotFound."""
    instance_id = session.scalar(select(WorkItem.instance_id).where(WorkItem.id == item_id))
    if instance_id is None:
        raise NotFound(say("没有这件待办，它可能已经删除。"))
    held = hold(session, instance_id)
    return session.get_one(WorkItem, item_id, populate_existing=True), held


def open_item(session: Session, item_id: int, *, kind: str = "task") -> tuple[WorkItem, Held]:
    """An item that is open, locked; whose it is the caller judges. Raises NotFound, AlreadyDone, Blocked."""
    item, held = lock(session, item_id)
    if item.kind != kind:
        raise Blocked(say("这件事不能这样办。"))
    if item.status == "held":
        raise Blocked(say("这件事已经办完，正在等加签的人给出意见。"))
    if item.status != "open":
        raise AlreadyDone(items.who_was_quicker(session, item.name, item.status, item.closed_by, item.closed_at))
    if held.status == "suspended":
        raise Blocked(say("这件事已经暂停办理，恢复后才能继续。"))
    return item, held


def own(session: Session, item_id: int, actor: Actor, *, kind: str = "task") -> tuple[WorkItem, Held]:
    """An open item that is this person's to act on. Raises NotFound, AlreadyDone, NotYours, Blocked."""
    item, held = open_item(session, item_id, kind=kind)
    if not actor.may_work_on(item.unit_code, item.position_code, item.assignee_id):
        raise NotYours(items.whose(session, item.name, item.assignee_id))
    return item, held


def holder(actor: Actor, item: WorkItem) -> int | None:
    """In whose name this person works on the item: the absent person's whom they stand in for, else their own."""
    principal = actor.principal_for(item.unit_code, item.position_code, item.assignee_id)
    return actor.user_id if principal is None else principal


def person(session: Session, user_id: int) -> User:
    """A user who can be given something. Raises Blocked."""
    user = session.get(User, user_id)
    if user is None or user.disabled:
        raise Blocked(say("没有这位同事，或其账号已经停用。"))
    return user


def first_post(user: User) -> PostKey:
    """The post under which a person is asked for an opinion."""
    if not user.posts:
        raise Blocked(say("%(name)s没有岗位，不能办理。", name=user.name))
    return user.posts[0].unit_code, user.posts[0].position_code


def asked_of(item: WorkItem, kind: str, post: PostKey, user_id: int | None, *, asker: int | None, now: datetime,
             local: dict[str, Json]) -> WorkItem:
    """A signature or a question that hangs on a task, as its own row in somebody's inbox. `owner_id` is who asked."""
    words = {"sign": say("加签"), "consult": say("沟通")}
    return WorkItem(
        instance_id=item.instance_id, issue_id=item.issue_id, kind=kind, parent_id=item.id,
        element_id=item.element_id, process_id=item.process_id, name=say("%(kind)s：%(name)s", kind=words[kind],
                                                                         name=item.name), stage=item.stage,
        unit_code=post[0], position_code=post[1], assignee_id=user_id, owner_id=asker, status="open",
        green_lane=item.green_lane, opened_at=now, due_at=item.due_at, due_provisional=item.due_provisional,
        local=local)


def tell_asker(session: Session, item: WorkItem, text: str, *, actor: Actor, now: datetime) -> None:
    """Lets whoever asked for a signature or an answer know that it has come."""
    if item.owner_id is not None and item.owner_id not in actor.all_user_ids:
        session.add(Copy(instance_id=item.instance_id, issue_id=item.issue_id, user_id=item.owner_id, kind="inform",
                         text=text, sent_at=now, sent_by=actor.user_id))


def colleagues(session: Session, unit: str, *, but: int | None) -> list[tuple[int, str]]:
    """Who else works in a unit: (user id, name and positions)."""
    rows = session.execute(
        select(User.id, User.name, Position.name).join(Post, Post.user_id == User.id)
        .join(Position, Position.code == Post.position_code)
        .where(Post.unit_code == unit, User.disabled.is_(False), User.id.is_distinct_from(but))
        .order_by(Position.sort, User.name, Post.id))
    positions: dict[tuple[int, str], list[str]] = {}
    for user_id, name, position in rows:
        positions.setdefault((user_id, name), []).append(position)
    return [(user_id, say("%(name)s（%(posts)s）", name=name, posts=list(held))) for (user_id, name),
            held in positions.items()]


def note(session: Session, held: Held, op: str, item: WorkItem, text: str, *, actor: Actor, now: datetime,
         over: PostKey | None = None, **facts: Json) -> None:
    """Enters an act on an item into the instance's history: who, in which post, perhaps for whom, and a sentence.
    `over` is the post that the act takes if it is not the item's own: the head's, over a clerk's task."""
    post = over or (item.unit_code, item.position_code)
    history.note_act(session, held, op, actor=actor, now=now, text=text, facts=facts, work_item_id=item.id,
                     element_id=item.element_id, post=post if post in actor.all_posts else actor.acting,
                     on_behalf_of=actor.principal_for(*post, None if over else item.assignee_id))
