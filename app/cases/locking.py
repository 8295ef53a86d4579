"""Reading an instance in order to change it: locked until the transaction ends, so that one press wins.

On PostgreSQL the rows are locked, the work item's too: a join reads rows it does not lock as they were when the
statement began, before it waited. SQLite's transaction is the only writer from its BEGIN IMMEDIATE on.
What the session's objects hold unwritten is flushed first.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, select
from sqlalchemy.orm import Session

from app import logs
from app.cases.errors import NotFound
from app.cases.rows import Statement, Writes, read, table
from app.db import take_turns
from app.models import CalendarVersion, Instance, Issue, WorkItem
from app.turns import Turn
from workflows.sentence import say

_INSTANCE, _ISSUE, _ITEM = table(Instance), table(Issue), table(WorkItem)

_HELD = (_INSTANCE.c.id, _INSTANCE.c.definition_hash, _INSTANCE.c.key, _INSTANCE.c.status, _INSTANCE.c.version,
         _INSTANCE.c.state, _INSTANCE.c.history_length, _INSTANCE.c.history_head, _INSTANCE.c.waiting_messages,
         _INSTANCE.c.blinding,
         select(_ISSUE.c.id).where(_ISSUE.c.instance_id == _INSTANCE.c.id).scalar_subquery().label("issue_id"))
_OF_ITEM = ("id", "kind", "status", "task_id", "element_id", "name", "unit_code", "position_code", "assignee_id",
            "owner_id", "closed_by", "on_behalf_of", "closed_at", "jump_back", "returned_by_item", "opened_by_item",
            "local", "answer")


def _signatures(status: str) -> Any:
    """Whether a signature with this status hangs on the item: open ones come before it, held ones after it."""
    return exists().where(_ITEM.c.parent_id == bindparam("wanted"), _ITEM.c.kind == "sign",
                          _ITEM.c.status == status).label(status)


IN_FORCE = select(func.coalesce(func.max(table(CalendarVersion).c.id), 0)).scalar_subquery().label("calendar_version")
"""the version of the calendar that is in force"""
_HOLD = Statement(select(*_HELD).where(_INSTANCE.c.id == bindparam("wanted")).with_for_update(of=_INSTANCE))
_HOLD_ITEM = Statement(
    select(*_HELD, *(_ITEM.c[name].label(f"item_{name}") for name in _OF_ITEM))
    .join_from(_ITEM, _INSTANCE, _INSTANCE.c.id == _ITEM.c.instance_id)
    .where(_ITEM.c.id == bindparam("wanted")).with_for_update(of=[_INSTANCE, _ITEM]))
_SINCE = Statement(select(IN_FORCE))
_SINCE_ITEM = Statement(select(_signatures("open"), _signatures("held"), IN_FORCE))
"""what may have changed while the lock was waited for"""


_BEGIN = Statement(select(func.pg_advisory_xact_lock_shared(int(Turn.BEGIN_CASES))))


@dataclass(slots=True)
class Held:
    """An instance's row under lock, and the connection whose transaction holds it. The recorder and the history move
    its counters on as they write."""
    connection: Connection
    id: int
    definition_hash: str
    key: str
    status: str
    version: int
    state: bytes
    history_length: int
    history_head: str
    waiting_messages: list[str]
    issue_id: int | None
    blinding: bytes | None
    calendar_version: int | None = None
    """the calendar that was in force once the lock was had; None where nobody has looked"""
    writes: Writes = field(init=False)
    began: float = field(default_factory=perf_counter)
    """when its step began, for the metrics"""

    def __post_init__(self) -> None:
        self.writes = Writes(self.connection)


def read_beginning(connection: Connection, statement: Statement, given: Mapping[str, Any]) -> Any:
    """The row that a statement returns by which a case begins: until the transaction ends, `wait_for_begun` waits for
    it. SQLite has one writer anyway."""
    lock: list[tuple[Statement, Mapping[str, Any]]] = [(_BEGIN, {})] if connection.dialect.name == "postgresql" else []
    return read(connection, *lock, (statement, given))[-1]


def wait_for_begun(session: Session) -> None:
    """Returns when every case that was beginning has begun, for the next statement to find."""
    take_turns(session, Turn.BEGIN_CASES)


def hold(session: Session, instance_id: int) -> Held:
    """Locks an instance. Raises NotFound."""
    session.flush()
    connection = session.connection()
    row, since = read(connection, (_HOLD, {"wanted": instance_id}), (_SINCE, {}))
    if row is None:
        raise NotFound(say("没有这个流程。"))
    return _held(connection, row, since.calendar_version)


def hold_running(session: Session, instance_ids: Sequence[int]) -> list[Held]:
    """Locks those of these instances that run and that nobody else holds, without waiting; they share their writes."""
    session.flush()
    connection = session.connection()
    rows = connection.execute(
        select(*_HELD).where(_INSTANCE.c.id.in_(instance_ids), _INSTANCE.c.status == "running")
        .order_by(_INSTANCE.c.id).with_for_update(of=_INSTANCE, skip_locked=True))
    found, writes = [_held(connection, row) for row in rows], Writes(connection)
    for held in found:
        held.writes = writes
    return found


def hold_item(session: Session, item_id: int) -> tuple[Any, Any, Held]:
    """Locks a work item and its instance: the item's columns as item_…, whether signatures before (`open`) or after it
    (`held`) wait, and the instance. The signatures are read once the lock is had: somebody may have asked for one while
    this waited, as the calendar may have changed. Raises NotFound."""
    session.flush()
    connection = session.connection()
    wanted = {"wanted": item_id}
    row, since = read(connection, (_HOLD_ITEM, wanted), (_SINCE_ITEM, wanted))
    if row is None:
        raise NotFound(say("没有这件待办，它可能已经删除。"))
    return row, since, _held(connection, row, since.calendar_version)


def _held(connection: Connection, row: Any, calendar_version: int | None = None) -> Held:
    logs.about_case(row.id)
    return Held(connection, row.id, row.definition_hash, row.key, row.status, row.version, row.state,
                row.history_length, row.history_head, row.waiting_messages, row.issue_id, row.blinding,
                calendar_version)
