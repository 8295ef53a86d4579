"""The administrators' log: every act of one of the three, appended in the act's own transaction, in one chain.

Each entry carries the hash of its content and of its predecessor, as the history of a case does, so that a changed,
left out or moved entry is found (`faults`).
"""
from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Select, func, or_, select
from sqlalchemy.orm import Session

from app.cases.history import canonical
from app.dates import midnight
from app.db import insert_into, take_turns
from app.models import AdminAct, AdminLog
from app.turns import Turn
from workflows.sentence import say

Json = Any
CHAINED = ("seq", "at", "actor_id", "name", "position", "op", "what", "subject", "before", "after", "address",
           "prev_hash")
COMMAND_LINE = say("命令行")


@dataclass(frozen=True, slots=True)
class Act:
    """What is entered. `before` and `after` give the fields that changed, by their codes."""
    op: str
    what: str
    subject: str = ""
    before: Mapping[str, Json] | None = None
    after: Mapping[str, Json] | None = None
    actor_id: int | None = None
    name: str = str(COMMAND_LINE)
    position: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the page; '' and None are no filter. Days are the city's, both included."""
    position: str = ""
    q: str = ""
    first: date | None = None
    last: date | None = None


def digest(row: Mapping[str, Json]) -> str:
    """SHA-256 of an entry's canonical JSON, as 64 hex digits."""
    return hashlib.sha256(canonical(row, CHAINED)).hexdigest()


def append(session: Session, act: Act, now: datetime) -> None:
    """Adds an act to the end of the chain; who appends next waits until this transaction is over. After acts that were
    cut off it leaves a gap, so that they go on being missed."""
    take_turns(session, Turn.NOTE_ACTS)
    length, previous = end(session.connection())
    last = session.execute(select(AdminAct.seq, AdminAct.hash).order_by(AdminAct.seq.desc()).limit(1)).first()
    if last and last.seq > length:
        length, previous = last.seq, last.hash
    row = {"seq": length + 1, "at": now, "actor_id": act.actor_id, "name": act.name[:40],
           "position": act.position, "op": act.op, "what": str(act.what), "subject": str(act.subject)[:200],
           "before": _plain(act.before), "after": _plain(act.after), "address": act.address[:64],
           "prev_hash": previous}
    entered = AdminAct(**row, hash=digest(row))
    session.add(entered)
    ended = insert_into(session, AdminLog).values(id=1, length=entered.seq, head=entered.hash)
    session.execute(ended.on_conflict_do_update(index_elements=["id"], set_={
        "length": ended.excluded.length, "head": ended.excluded.head}))
    session.flush()


def end(connection: Connection) -> tuple[int, str]:
    """How many acts there are and the hash of the last, as was written down beside them; hosts of a release that does
    not write it down may have appended more since. (0, '') before the first."""
    row = connection.execute(select(AdminLog.length, AdminLog.head)).first()
    return (row.length, row.head) if row else (0, "")


def find(session: Session, wanted: Wanted, *, page: int, size: int) -> tuple[list[AdminAct], int]:
    """A page of entries, the newest first, and how many there are."""
    selected = _filtered(wanted)
    total = session.scalar(select(func.count()).select_from(selected.subquery())) or 0
    return list(session.scalars(selected.order_by(AdminAct.seq.desc()).limit(size).offset((page - 1) * size))), total


def faults(session: Session) -> Iterator[str]:
    """What is wrong with the chain: a line each. Reads all of it, a thousand entries at a time."""
    expected, previous = 1, ""
    for act in session.scalars(select(AdminAct).order_by(AdminAct.seq).execution_options(yield_per=1000)):
        row = {name: getattr(act, name) for name in CHAINED}
        if act.seq != expected or act.prev_hash != previous:
            yield say("管理日志第%(seq)s条之前有缺失或改动", seq=act.seq)
        if act.hash != digest(row):
            yield say("管理日志第%(seq)s条被改动过", seq=act.seq)
        expected, previous = act.seq + 1, act.hash
    length, head = end(session.connection())
    if expected <= length:
        yield say("管理日志第%(seq)s条缺失，末尾被截断", seq=expected)
    elif length == expected - 1 and previous != head:
        yield say("管理日志第%(seq)s条被改动过", seq=length)


def _filtered(wanted: Wanted) -> Select[AdminAct]:
    selected = select(AdminAct)
    if wanted.position:
        selected = selected.where(AdminAct.position == wanted.position)
    if wanted.q:
        selected = selected.where(or_(*(column.icontains(wanted.q, autoescape=True)
                                        for column in (AdminAct.name, AdminAct.subject, AdminAct.what))))
    if wanted.first:
        selected = selected.where(AdminAct.at >= midnight(wanted.first))
    if wanted.last:
        selected = selected.where(AdminAct.at < midnight(wanted.last) + timedelta(days=1))
    return selected


def _plain(values: Mapping[str, Json] | None) -> dict[str, Json]:
    """As JSON keeps it: dates and sentences as text."""
    kept: dict[str, Json] = orjson.loads(orjson.dumps({
        name: value if isinstance(value, bool | int | float | type(None) | list | dict) else str(value)
        for name, value in (values or {}).items()}))
    return kept
