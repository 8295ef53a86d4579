"""签收 and 放回: who of a post has taken a task on."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases.errors import AlreadyDone, Blocked, CaseError, NotYours
from app.cases.items import whose
from app.inbox.targets import holder, note, open_item, own
from app.models import WorkItem
from workflows.sentence import say, sentence_of

MOST_AT_ONCE = 200


def claim(session: Session, item_id: int, *, actor: Actor, now: datetime) -> WorkItem:
    """Takes a task on; others of the post then see whose it is. A stand-in takes it on for the absent person. Claiming
    it again changes nothing. Raises AlreadyDone with the name of who was first, NotYours for another post's."""
    item, held = open_item(session, item_id)
    if not actor.may_work_on(item.unit_code, item.position_code, item.assignee_id):
        in_ones_post = actor.may_work_on(item.unit_code, item.position_code, None)
        raise (AlreadyDone if in_ones_post else NotYours)(whose(session, item.name, item.assignee_id))
    if item.assignee_id is None:
        taker = holder(actor, item)
        note(session, held, "claim", item, say("签收“%(name)s”", name=item.name), actor=actor, now=now)
        item.assignee_id, item.touched_at = taker, item.touched_at or now
    return item


def claim_many(session: Session, item_ids: Sequence[int], *, actor: Actor, now: datetime) -> tuple[int, list[str]]:
    """Claims what can be claimed: how many, and why the others could not be. Instances are locked in one order, so
    that two who claim the same ones wait for each other instead of blocking each other. What is of none of one's units
    is told like what does not exist."""
    if len(item_ids) > MOST_AT_ONCE:
        raise Blocked(say("一次最多签收 %(most_at_once)s 件，请分几次。", most_at_once=MOST_AT_ONCE))
    found = session.scalars(select(WorkItem.id).where(
        WorkItem.id.in_(item_ids), WorkItem.unit_code.in_({unit for unit, _ in actor.all_posts})
        | WorkItem.assignee_id.in_(actor.all_user_ids)).order_by(WorkItem.instance_id, WorkItem.id)).all()
    claimed = 0
    refused: list[str] = [say("有的待办已经不在了。")] if len(found) < len(set(item_ids)) else []
    for item_id in found:
        try:
            claim(session, item_id, actor=actor, now=now)
            claimed += 1
        except CaseError as error:
            refused.append(sentence_of(error))
    return claimed, refused


def release(session: Session, item_id: int, *, actor: Actor, now: datetime) -> WorkItem:
    """Puts a task back for everybody in the post."""
    item, held = own(session, item_id, actor)
    if item.owner_id is not None:
        raise Blocked(say("这件事是委派给您的，请写明意见后交回。"))
    if item.assignee_id is None:
        raise Blocked(say("这件事还没有人签收，不需要放回。"))
    note(session, held, "release", item, say("放回“%(name)s”，由岗位上的同事办理", name=item.name), actor=actor,
         now=now)
    item.assignee_id = None
    return item
