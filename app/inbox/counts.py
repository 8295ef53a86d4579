"""The numbers beside the menu, and the task to go on with."""
from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.inbox.copies import addressed_to
from app.inbox.queries import MOST_COUNTED, scope
from app.models import Copy, WorkItem


def counts(session: Session, actor: Actor) -> dict[str, int]:
    """{mine: open tasks, copies: unread copies}, capped at MOST_COUNTED, in one statement."""
    mine = select(WorkItem.id).where(scope("mine", actor)).limit(MOST_COUNTED).subquery()
    unread = select(Copy.id).where(addressed_to(actor), Copy.read_at.is_(None)).limit(MOST_COUNTED).subquery()
    row = session.execute(select(select(func.count()).select_from(mine).scalar_subquery().label("mine"),
                                 select(func.count()).select_from(unread).scalar_subquery().label("copies"))).one()
    return {"mine": row.mine, "copies": row.copies}


def next_for(session: Session, actor: Actor, after: int, opened: Sequence[int]) -> int | None:
    """The task to open when one is finished: what it has opened for the same person, else their most urgent other."""
    mine = select(WorkItem.id).where(scope("mine", actor), WorkItem.id != after)
    urgent = (WorkItem.green_lane.desc(), WorkItem.due_at.asc().nulls_last(), WorkItem.id)
    same = session.scalar(mine.where(WorkItem.id.in_(opened)).order_by(*urgent).limit(1)) if opened else None
    return same or session.scalar(mine.order_by(*urgent).limit(1))
