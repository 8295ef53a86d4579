"""A form's one-time key: a submit that is sent twice has one effect and gets the same answer twice.

The key is kept bound to the person and to what they acted on: sending somebody else's key gets nobody their answer.
"""
from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases.rows import Statement, Writes, table
from app.models import IdempotencyKey

Json = Any


def _replacing(insert: Any) -> Statement:
    new = insert(table(IdempotencyKey))
    return Statement(new.on_conflict_do_update(index_elements=["key"], set_={
        "at": new.excluded.at, "outcome": new.excluded.outcome}))


_REMEMBER = {"postgresql": _replacing(postgresql.insert), "sqlite": _replacing(sqlite.insert)}


def bound(form_key: str, actor: Actor, target: str) -> str:
    """The key as it is kept, 64 hex digits: of this form, for this person and this target ('complete/17')."""
    return hashlib.sha256(orjson.dumps([form_key, actor.user_id, actor.name, target])).hexdigest()


def remember(session: Session, key: str, outcome: Mapping[str, Json], now: datetime) -> None:
    """Keeps where a submit led, in the submit's own transaction. A form whose submit was taken back is sent anew with
    the same key, and leads elsewhere."""
    connection = session.connection()
    writes = Writes(connection)
    writes.add(_REMEMBER[connection.dialect.name], {"key": key, "at": now, "outcome": dict(outcome)})
    writes.send()


def earlier(session: Session, key: str) -> dict[str, Json] | None:
    """Where the first submit with this key led; None if this is the first. Ask under the target's lock: a submit that
    is under way has then either committed or left nothing."""
    return session.scalar(select(IdempotencyKey.outcome).where(IdempotencyKey.key == key))
