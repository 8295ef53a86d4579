"""Who else has a draft open: each page says so every few seconds."""
from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.db import insert_into
from app.models import DraftPresence, ProcessDraft, User

BEAT = timedelta(seconds=20)
"""how often a page says that it is open"""
GONE = 3 * BEAT
"""without a word for so long, somebody has left"""


def beat(session: Session, draft: ProcessDraft, actor: Actor, now: datetime) -> None:
    """Notes that this person has the draft open, and forgets who has left."""
    session.execute(delete(DraftPresence).where(DraftPresence.draft_id == draft.id,
                                                DraftPresence.seen_at < now - GONE))
    new = insert_into(session, DraftPresence).values(draft_id=draft.id, user_id=actor.user_id, seen_at=now)
    session.execute(new.on_conflict_do_update(index_elements=["draft_id", "user_id"],
                                              set_={"seen_at": new.excluded.seen_at}))


def others(session: Session, draft: ProcessDraft, actor: Actor, now: datetime) -> list[str]:
    """The names of the others who have the draft open."""
    return list(session.scalars(select(User.name).join(DraftPresence, DraftPresence.user_id == User.id).where(
        DraftPresence.draft_id == draft.id, DraftPresence.user_id != actor.user_id,
        DraftPresence.seen_at >= now - GONE).order_by(User.name)))
