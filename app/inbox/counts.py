"""The numbers beside the menu, and the task to go on with."""
from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.inbox import reach
from app.inbox.copies import addressed_to
from app.inbox.queries import MOST_COUNTED
from app.models import Copy, WorkItem


def counts(session: Session, actor: Actor) -> dict[str, int]:
    """{mine: open tasks, copies: unread copies}, in one statement; MOST_COUNTED + 1 stands for any more."""
    mine = reach.some("mine", actor, MOST_COUNTED + 1)
    unread = select(Copy.id).where(addressed_to(actor), Copy.read_at.is_(None)).limit(MOST_COUNTED + 1).subquery()
    row = session.execute(select(select(func.count()).select_from(mine).scalar_subquery().label("mine"),
                                 select(func.count()).select_from(unread).scalar_subquery().label("copies"))).one()
    return {"mine": row.mine, "copies": row.copies}


def next_for(session: Session, actor: Actor, after: int, opened: Sequence[int]) -> int | None:
    """The task to open when one is finished: what it has opened for the same person, else their most urgent other."""
    others = WorkItem.id != after
    same = [others, WorkItem.id.in_(opened)]
    found = session.scalar(reach.ids("mine", actor, "due", same, limit=1)) if opened else None
    return found or session.scalar(reach.ids("mine", actor, "due", [others], limit=1))
