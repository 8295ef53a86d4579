"""Saved views: a list's filters and order under a name of the person's own."""
from __future__ import annotations

from sqlalchemy import delete as _delete
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.db import insert_into
from app.models import SavedView

PAGE = "inbox"


def of_user(session: Session, actor: Actor) -> list[SavedView]:
    return list(session.scalars(select(SavedView).where(SavedView.user_id == actor.user_id, SavedView.page == PAGE)
                                .order_by(SavedView.id)))


def save(session: Session, actor: Actor, name: str, query: str) -> None:
    """Keeps a view; the same name again replaces it."""
    new = insert_into(session, SavedView).values(user_id=actor.user_id, page=PAGE, name=name, query=query)
    session.execute(new.on_conflict_do_update(index_elements=["user_id", "page", "name"], set_={
        "query": new.excluded.query}))


def delete(session: Session, actor: Actor, view_id: int) -> None:
    session.execute(_delete(SavedView).where(SavedView.id == view_id, SavedView.user_id == actor.user_id))
