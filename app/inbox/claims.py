"""签收 and 放回: who of a post has taken a task on."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases.errors import AlreadyDone, Blocked, CaseError
from app.inbox.targets import note, own, person
from app.models import WorkItem


def claim(session: Session, item_id: int, *, actor: Actor, now: datetime) -> WorkItem:
    """Takes a task on; others of the post then see whose it is. Claiming one's own again changes nothing."""
    item, held = own(session, item_id, actor)
    if item.assignee_id == actor.user_id:
        return item
    if item.assignee_id is not None:
        raise AlreadyDone(f"“{item.name}”已由{person(session, item.assignee_id).name}签收。")
    note(session, held, "claim", item, f"{actor.name}签收“{item.name}”", actor=actor, now=now)
    item.assignee_id, item.touched_at = actor.user_id, item.touched_at or now
    return item


def claim_many(session: Session, item_ids: Sequence[int], *, actor: Actor, now: datetime) -> tuple[int, list[str]]:
    """Claims what can be claimed: how many, and why the others could not be."""
    claimed, refused = 0, []
    for item_id in sorted(set(item_ids)):
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
    note(session, held, "release", item, f"{actor.name}放回“{item.name}”，由岗位上的同事办理", actor=actor, now=now)
    item.assignee_id = None
    return item
