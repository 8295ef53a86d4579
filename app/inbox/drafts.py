"""Drafts: what a person has typed into a task's form and not sent. Nothing typed is ever lost."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete
from sqlalchemy.orm import Session

from app.db import insert_into
from app.models import Draft

Json = Any
_DRAFT = cast(Table, Draft.__table__)
_FORGET = delete(_DRAFT).where(_DRAFT.c.work_item_id == bindparam("of_item"))


def save(session: Session, item_id: int, user_id: int, values: Mapping[str, Json], now: datetime) -> Draft:
    """Keeps the newest of what was typed; two windows may save for the first time at once."""
    new = insert_into(session, Draft).values(work_item_id=item_id, user_id=user_id, values=dict(values), saved_at=now)
    session.execute(new.on_conflict_do_update(index_elements=["work_item_id", "user_id"], set_={
        "values": new.excluded["values"], "saved_at": new.excluded.saved_at}))
    return session.get_one(Draft, (item_id, user_id), populate_existing=True)


def find(session: Session, item_id: int, user_id: int | None) -> Draft | None:
    """The person's draft of a task."""
    return session.get(Draft, (item_id, user_id)) if user_id is not None else None


def forget(session: Session, item_id: int) -> None:
    """After a task is finished its drafts are of no use."""
    session.connection().execute(_FORGET, {"of_item": item_id})
