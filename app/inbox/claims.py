"""签收 and 放回: who of a post has taken a task on."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases.errors import Blocked, CaseError
from app.inbox.targets import holder, note, own
from app.models import WorkItem

MOST_AT_ONCE = 200


def claim(session: Session, item_id: int, *, actor: Actor, now: datetime) -> WorkItem:
    """Takes a task on; others of the post then see whose it is. A stand-in takes it on for the absent person. Claiming
    it again changes nothing. Raises NotYours with the name of who was first."""
    item, held = own(session, item_id, actor)
    if item.assignee_id is None:
        taker = holder(actor, item)
        note(session, held, "claim", item, f"签收“{item.name}”", actor=actor, now=now)
        item.assignee_id, item.touched_at = taker, item.touched_at or now
    return item


def claim_many(session: Session, item_ids: Sequence[int], *, actor: Actor, now: datetime) -> tuple[int, list[str]]:
    """Claims what can be claimed: how many, and why the others could not be. Instances are locked in one order, so
    that two who claim the same ones wait for each other instead of blocking each other. What is of none of one's units
    is told like what does not exist."""
    if len(item_ids) > MOST_AT_ONCE:
        raise Blocked(f"一次最多签收 {MOST_AT_ONCE} 件，请分几次。")
    found = session.scalars(select(WorkItem.id).where(
        WorkItem.id.in_(item_ids), WorkItem.unit_code.in_({unit for unit, _ in actor.all_posts})
        | WorkItem.assignee_id.in_(actor.all_user_ids)).order_by(WorkItem.instance_id, WorkItem.id)).all()
    claimed, refused = 0, ["有的待办已经不在了。"] if len(found) < len(set(item_ids)) else []
    for item_id in found:
        try:
            claim(session, item_id, actor=actor, now=now)
            claimed += 1
        except CaseError as error:
            refused.append(str(error))
    return claimed, refused


def release(session: Session, item_id: int, *, actor: Actor, now: datetime) -> WorkItem:
    """Puts a task back for everybody in the post."""
    item, held = own(session, item_id, actor)
    if item.owner_id is not None:
        raise Blocked("这件事是委派给您的，请写明意见后交回。")
    if item.assignee_id is None:
        raise Blocked("这件事还没有人签收，不需要放回。")
    note(session, held, "release", item, f"放回“{item.name}”，由岗位上的同事办理", actor=actor, now=now)
    item.assignee_id = None
    return item
