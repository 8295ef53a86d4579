"""History: append-only, one hash chain per instance over the canonical JSON of each entry."""
from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import commitments
from app.cases.errors import Stale
from app.cases.locking import Held, hold
from app.cases.rows import Missed, Statement, table
from app.models import History, Instance, PersonalValue
from workflows.sentence import say
from workflows.step import Trace

Json = Any
Kind = Literal["input", "act", "system"]
CHAINED = ("instance_id", "seq", "at", "kind", "op", "actor_id", "on_behalf_of", "unit_code", "position_code",
           "work_item_id", "element_id", "definition_hash", "calendar_version", "input", "trace", "text", "state_hash",
           "prev_hash")
"""the columns that the hash covers, in no order: the canonical form sorts them"""
_INSTANCE = table(Instance)
_APPEND = Statement(insert(table(History)))
_KEEP = Statement(insert(table(PersonalValue)))
_ADVANCE = Statement(update(_INSTANCE).where(_INSTANCE.c.id == bindparam("held_id"),
                                             _INSTANCE.c.version == bindparam("held_version")))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry before it has its place in the chain. `op` and `input` of an 'input' entry are enough to run the
    engine again; `text` is the plain Chinese sentence of the timeline. `personal` are names in the input that hold
    personal data, besides those that the process's forms call so."""
    kind: Kind
    op: str
    at: datetime
    actor: Actor
    text: str
    calendar_version: int
    input: Mapping[str, Json] = field(default_factory=dict)
    post: tuple[str, str] | None = None
    on_behalf_of: int | None = None
    work_item_id: int | None = None
    element_id: str | None = None
    personal: frozenset[str] = frozenset()


def canonical(content: Mapping[str, Json], chained_names: Iterable[str] = CHAINED) -> bytes:
    """What is hashed of an entry: its canonical JSON (sorted keys, no spaces, UTF-8, instants in UTC)."""
    chained = {name: content[name] for name in chained_names}
    chained["at"] = chained["at"].astimezone(UTC).isoformat()
    return orjson.dumps(chained, option=orjson.OPT_SORT_KEYS)


def digest(content: Mapping[str, Json]) -> str:
    """SHA-256 of an entry's canonical JSON, as 64 hex digits."""
    return hashlib.sha256(canonical(content)).hexdigest()


def state_digest(state: bytes, blinding: bytes | None = None) -> str:
    """What an entry keeps of the state after it. Once personal data may be in a state its hash is blinded: from the
    bare hash of a state all but known, a telephone number is soon guessed."""
    return hashlib.sha256((blinding or b"") + state).hexdigest()


def is_digest(state_hash: str, state: bytes, blinding: bytes | None) -> bool:
    """Whether an entry's hash is of this state: blinded, or bare as of entries from before there was a blinding."""
    return state_hash in (state_digest(state, blinding), state_digest(state))


def append(held: Held, entry: Entry, *, trace: Iterable[Trace] = (), state: bytes | None = None,
           personal: Collection[str] = ()) -> None:
    """Adds an entry to the end of a held instance's chain. The caller writes the instance's new head. `state` is what
    came out of an input; `personal` as in an entry."""
    post = entry.post or entry.actor.acting
    given, kept = commitments.commit(entry.input, entry.personal.union(personal), _algorithm(held))
    if kept and held.blinding is None:
        held.blinding = secrets.token_bytes(commitments.SALT)
    row: dict[str, Json] = {
        "instance_id": held.id, "seq": held.history_length + 1, "at": entry.at, "kind": entry.kind, "op": entry.op,
        "actor_id": entry.actor.user_id, "on_behalf_of": entry.on_behalf_of,
        "unit_code": post[0] if post else None, "position_code": post[1] if post else None,
        "work_item_id": entry.work_item_id, "element_id": entry.element_id, "definition_hash": held.definition_hash,
        "calendar_version": entry.calendar_version, "input": given,
        "trace": [[t.element_id, t.process_id, t.kind, t.name, t.what, t.task_id, t.mark] for t in trace],
        "text": entry.text, "state_hash": "" if state is None else state_digest(state, held.blinding),
        "prev_hash": held.history_head}
    row["hash"] = digest(row)
    held.writes.add(_APPEND, row)
    if kept:
        held.writes.add(_KEEP, {"instance_id": held.id, "seq": row["seq"], "kept": kept})
    held.history_length, held.history_head = row["seq"], row["hash"]


def note_act(session: Session, instance: int | Held, op: str, *, actor: Actor, now: datetime, text: str,
             facts: Mapping[str, Json] | None = None, work_item_id: int | None = None, element_id: str | None = None,
             on_behalf_of: int | None = None, post: tuple[str, str] | None = None,
             personal: frozenset[str] = frozenset()) -> Held:
    """Enters what somebody did around the engine (claim, transfer, urge …): the state stays as it is. Locks the
    instance unless it is held already, and returns it held."""
    held = instance if isinstance(instance, Held) else hold(session, instance)
    append(held, Entry("act" if actor.user_id is not None else "system", op, now, actor, text, 0, facts or {}, post,
                       on_behalf_of, work_item_id, element_id, personal))
    advance(held, {})
    send(held)
    return held


def _algorithm(held: Held) -> str:
    return str(held.connection.get_execution_options().get(commitments.OPTION, commitments.DEFAULT))


def advance(held: Held, values: Mapping[str, Json]) -> None:
    """Writes the instance's row: its new head and `values`. Hits the one row of the version that was read, or none."""
    held.writes.add(_ADVANCE, {
        "held_id": held.id, "held_version": held.version, "version": held.version + 1,
        "history_length": held.history_length, "history_head": held.history_head, "measured": False,
        "blinding": held.blinding, **values}, one=True)
    held.version += 1


def send(held: Held) -> list[Any]:
    """Carries out what is noted to be written; what it returns, in order. Raises Stale when somebody was quicker."""
    try:
        return held.writes.send()
    except Missed:
        raise Stale(say("这件事刚刚有了变化，您的操作没有生效，请看过最新情况再办。")) from None


def send_alike(held: Held) -> None:
    """Carries out what is noted for very many instances that share their writes. Raises Missed, which cannot be: they
    are held."""
    held.writes.send_alike()
