"""The numbers beside the menu, and the task to go on with."""
from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select
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
    if opened:
        mine = or_(*(each for each, _ in reach.sets("mine", actor)))
        same = session.scalar(select(WorkItem.id).where(WorkItem.id.in_(opened), mine)
                              .order_by(*reach.ordered(reach.COLUMNS, "due")).limit(1))
        if same is not None:
            return same
    return session.scalar(reach.ids("mine", actor, "due", [WorkItem.id != after], limit=1))
