"""Work items as the case service meets them: may this person, is it still open, where does it go."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, func, select, update
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import definitions, history
from app.cases.errors import AlreadyDone, Blocked, NotYours
from app.cases.locking import Held, hold_item
from app.dates import day_and_clock
from app.models import Draft, Post, User, WorkItem
from workflows.sentence import say
from workflows.step import OpenedTask, Step

Json = Any
_CLOSED = {"done": say("办结"), "returned": say("退回"), "recalled": say("撤回"), "cancelled": say("取消")}


@dataclass(frozen=True, slots=True)
class Item:
    """A work item's row, read under the instance's lock."""
    id: int
    task_id: str
    element_id: str
    name: str
    unit_code: str
    position_code: str
    assignee_id: int | None
    closed_by: int | None
    on_behalf_of: int | None
    status: str
    jump_back: bool
    returned_by_item: int | None
    opened_by_item: int | None
    local: dict[str, Json]
    answer: dict[str, Json] | None
    signatures_open: bool
    """signatures asked for before the task are still open"""
    signatures_held: bool
    """signatures wait to be opened by it"""


def hold_open(session: Session, item_id: int, actor: Actor) -> tuple[Item, Held]:
    """A task that this person may finish now. Raises NotFound, AlreadyDone, NotYours, Blocked."""
    row, signatures, held = hold_item(session, item_id)
    if row.item_kind != "task":
        raise Blocked(say("这不是流程里的步骤，请在对应的页面里答复。"))
    if row.item_status == "held":
        raise Blocked(say("这件事已经办完，正在等后加签的人给出意见。"))
    if row.item_status != "open":
        raise AlreadyDone(who_was_quicker(session, row.item_name, row.item_status, row.item_closed_by,
                                          row.item_closed_at))
    if not actor.may_work_on(row.item_unit_code, row.item_position_code, row.item_assignee_id):
        raise NotYours(whose(session, row.item_name, row.item_assignee_id))
    if row.item_owner_id is not None:
        raise Blocked(say("这件事是委派给您的，请写明意见后交回委派人，由其办结。"))
    _require_moving(held)
    return _item(row, signatures), held


def _require_moving(held: Held) -> None:
    if held.status == "suspended":
        raise Blocked(say("这件事已经暂停办理，恢复后才能继续。"))
    if held.status == "incident":
        raise Blocked(say("流程停在一处故障上，管理员处理好之前不能继续。您填写的内容已经保存。"))


def hold_waiting(session: Session, item_id: int) -> tuple[Item, Held]:
    """A task that waits for signatures after it. Raises AlreadyDone if it does not, Blocked while one is open."""
    row, signatures, held = hold_item(session, item_id)
    if row.item_status != "held":
        raise AlreadyDone(who_was_quicker(session, row.item_name, row.item_status, row.item_closed_by,
                                          row.item_closed_at))
    if signatures.open:
        raise Blocked(say("还有加签的人没有给出意见。"))
    _require_moving(held)
    return _item(row, signatures), held


def hold_done(session: Session, item_id: int, actor: Actor) -> tuple[Item, Held]:
    """A task that this person has finished and may want back. Raises NotYours, Blocked."""
    row, signatures, held = hold_item(session, item_id)
    if row.item_closed_by is None or row.item_closed_by != actor.user_id:
        raise NotYours(say("只能撤回自己办结的事项。"))
    if row.item_status != "done":
        raise Blocked(say("这件事不是“已办结”，不能撤回。"))
    return _item(row, signatures), held


def keep_for_signatures(session: Session, item: Item, held: Held, answers: Mapping[str, Json], *, actor: Actor,
                        now: datetime) -> bool:
    """If signatures were asked for after this task (后加签): keeps the answers, opens the signatures, and says so.

    They wait as `held` children until now; of a batch that signs one after another only the first opens.
    """
    if not item.signatures_held:
        return False
    waiting = session.execute(
        select(WorkItem.id, WorkItem.local).where(WorkItem.parent_id == item.id, WorkItem.kind == "sign",
                                                  WorkItem.status == "held").order_by(WorkItem.id)).all()
    opening: list[int] = []
    in_turn: set[Json] = set()
    for row in waiting:
        if row.local["when"] == "after" and row.local["batch"] not in in_turn:
            opening.append(row.id)
            if row.local["mode"] == "sequence":
                in_turn.add(row.local["batch"])
    if not opening:
        return False
    session.execute(update(WorkItem).where(WorkItem.id.in_(opening)).values(status="open", opened_at=now)
                    .execution_options(synchronize_session=False))
    principal = actor.principal_for(item.unit_code, item.position_code, item.assignee_id)
    session.execute(update(WorkItem).where(WorkItem.id == item.id)
                    .values(status="held", answer=dict(answers), closed_by=actor.user_id, on_behalf_of=principal)
                    .execution_options(synchronize_session=False))
    history.note_act(session, held, "hold", actor=actor, now=now, work_item_id=item.id, element_id=item.element_id,
                     text=say("办完“%(name)s”，等加签的人给出意见", name=item.name), facts={"answers": dict(answers)},
                     post=(item.unit_code, item.position_code), on_behalf_of=principal,
                     personal=definitions.version_of(session, held.definition_hash).personal)
    return True


def holder_of(session: Session, item: Item) -> Actor | None:
    """The person who gave the answers of a task that waits for signatures, in their posts."""
    user = session.get(User, item.closed_by) if item.closed_by is not None else None
    if user is None:
        return None
    posts = frozenset((post.unit_code, post.position_code) for post in user.posts)
    return Actor(user.id, user.name, posts, (item.unit_code, item.position_code))


def jump_target(session: Session, item: Item, held: Held, walked: Step) -> str | None:
    """Where finishing the task jumps to: back to who returned it, if they asked for that and the answers lead the same
    way as before. `walked` is the step that walks on by the diagram: what it does not come to again was decided
    otherwise this time, and that is how the case goes."""
    if not item.jump_back or item.returned_by_item is None:
        return None
    before = (select(WorkItem.id).where(
        WorkItem.instance_id == held.id, WorkItem.element_id == item.element_id, WorkItem.kind == "task",
        WorkItem.status == "done", WorkItem.jump_back.is_(False)).order_by(WorkItem.id.desc()).limit(1))
    led_to = set(session.scalars(select(WorkItem.element_id).where(
        WorkItem.opened_by_item == before.scalar_subquery(), WorkItem.kind == "task")))
    leads_to = {task.element_id for task in walked.opened if task.opened_by == item.task_id}
    if walked.incident is None and not led_to <= leads_to:
        return None
    return session.scalar(select(WorkItem.element_id).where(WorkItem.id == item.returned_by_item))


def last_doer(session: Session, held: Held, element_id: str, opened: Sequence[OpenedTask]) -> int | None:
    """Who did a step last, for the post that it is open for again: what is returned goes back to the same hands. None
    if they have left the unit: everybody in the post sees it then. A stand-in's work counts as the absent person's."""
    again = [task for task in opened if task.element_id == element_id]
    if len(again) != 1:
        return None
    doer = func.coalesce(WorkItem.on_behalf_of, WorkItem.closed_by)
    return session.scalar(
        select(doer).join(User, User.id == doer)
        .where(WorkItem.instance_id == held.id, WorkItem.element_id == element_id, WorkItem.kind == "task",
               WorkItem.status == "done", WorkItem.unit_code == again[0].unit, User.disabled.is_(False),
               exists().where(Post.user_id == doer, Post.unit_code == again[0].unit))
        .order_by(WorkItem.id.desc()).limit(1))


def untouched_successors(session: Session, item: Item, held: Held) -> list[str]:
    """The task ids that finishing the item has opened, if nobody has begun any of them. Raises Blocked."""
    following = session.execute(
        select(WorkItem.task_id, WorkItem.status, WorkItem.touched_at, WorkItem.name)
        .where(WorkItem.instance_id == held.id, WorkItem.opened_by_item == item.id, WorkItem.kind == "task")).all()
    if not following:
        raise Blocked(say("办结后没有产生下一步，不能撤回。"))
    for row in following:
        if row.status != "open" or row.touched_at is not None:
            raise Blocked(say("下一步“%(name)s”已经有人在办，不能撤回了。可以与对方沟通，请其退回。", name=row.name))
    return [row.task_id for row in following]


def as_it_came(session: Session, item: Item) -> dict[str, Json]:
    """The columns that say how a task had come, for its next attempt: who opened it, who had returned it and why."""
    return {"opened_by_item": item.opened_by_item, "returned_by_item": item.returned_by_item,
            "jump_back": item.jump_back,
            "return_reason": session.scalar(select(WorkItem.return_reason).where(WorkItem.id == item.id))}


def restore_draft(session: Session, item: Item, opened: list[int], actor: Actor, now: datetime) -> None:
    """What was answered is there again as a draft of the reopened task."""
    if len(opened) == 1 and item.answer and actor.user_id is not None:
        session.add(Draft(work_item_id=opened[0], user_id=actor.user_id, values=item.answer, saved_at=now))


def _item(row: Row[Any], signatures: Row[Any]) -> Item:
    return Item(row.item_id, row.item_task_id, row.item_element_id, row.item_name, row.item_unit_code,
                row.item_position_code, row.item_assignee_id, row.item_closed_by, row.item_on_behalf_of,
                row.item_status, row.item_jump_back, row.item_returned_by_item, row.item_opened_by_item,
                row.item_local, row.item_answer, signatures.open, signatures.held)


def who_was_quicker(session: Session, name: str, status: str, closed_by: int | None, closed_at: datetime | None) -> str:
    """What to tell somebody who wanted to act on an item that is no longer open: who did what, and when."""
    person = session.scalar(select(User.name).where(User.id == closed_by)) if closed_by is not None else None
    at = day_and_clock(closed_at) if closed_at else say("刚才")
    return say("“%(name)s”已由%(person)s于%(at)s%(closed)s，您的操作没有生效。", name=name,
               person=person or say("系统"), at=at, closed=_CLOSED.get(status, say("处理")))


def whose(session: Session, name: str, assignee_id: int | None) -> str:
    """What to tell somebody who may not act on an item: whose it is."""
    person = session.scalar(select(User.name).where(User.id == assignee_id)) if assignee_id is not None else None
    return say("“%(name)s”由%(person)s办理，不在您的名下。", name=name, person=person) if person else \
        say("“%(name)s”不是您岗位的待办。", name=name)
