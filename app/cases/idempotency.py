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
from app.models import IdempotencyKey

Json = Any


def bound(form_key: str, actor: Actor, target: str) -> str:
    """The key as it is kept, 64 hex digits: of this form, for this person and this target ('complete/17')."""
    return hashlib.sha256(orjson.dumps([form_key, actor.user_id, actor.name, target])).hexdigest()


def remember(session: Session, key: str, outcome: Mapping[str, Json], now: datetime) -> None:
    """Keeps where a submit led, in the submit's own transaction. A form whose submit was taken back is sent anew with
    the same key, and leads elsewhere."""
    values = {"key": key, "at": now, "outcome": dict(outcome)}
    insert = (postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert)(IdempotencyKey)
    replaced = {"at": insert.excluded.at, "outcome": insert.excluded.outcome}
    session.execute(insert.on_conflict_do_update(index_elements=[IdempotencyKey.key], set_=replaced), values)


def earlier(session: Session, key: str) -> dict[str, Json] | None:
    """Where the first submit with this key led; None if this is the first. Ask under the target's lock: a submit that
    is under way has then either committed or left nothing."""
    return session.scalar(select(IdempotencyKey.outcome).where(IdempotencyKey.key == key))
