"""Reading an instance in order to change it: locked until the transaction ends, so that one press wins.

On PostgreSQL the rows are locked, the work item's too: a join reads rows it does not lock as they were when the
statement began, before it waited. SQLite's transaction is the only writer from its BEGIN IMMEDIATE on.
What the session's objects hold unwritten is flushed first.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, select
from sqlalchemy.orm import Session

from app.cases.errors import NotFound
from app.cases.rows import run, table
from app.models import Instance, Issue, WorkItem

_INSTANCE, _ISSUE, _ITEM = table(Instance), table(Issue), table(WorkItem)
_CHILD = _ITEM.alias("child")

_HELD = (_INSTANCE.c.id, _INSTANCE.c.definition_hash, _INSTANCE.c.key, _INSTANCE.c.status, _INSTANCE.c.version,
         _INSTANCE.c.state, _INSTANCE.c.history_length, _INSTANCE.c.history_head, _INSTANCE.c.waiting_messages,
         select(_ISSUE.c.id).where(_ISSUE.c.instance_id == _INSTANCE.c.id).scalar_subquery().label("issue_id"))
_OF_ITEM = ("id", "kind", "status", "task_id", "element_id", "name", "unit_code", "position_code", "assignee_id",
            "owner_id", "closed_by", "on_behalf_of", "closed_at", "jump_back", "returned_by_item", "opened_by_item",
            "local", "answer")


def _signatures(status: str) -> Any:
    """Whether a signature with this status hangs on the item: open ones come before it, held ones after it."""
    return exists().where(_CHILD.c.parent_id == _ITEM.c.id, _CHILD.c.kind == "sign",
                          _CHILD.c.status == status).label(f"signatures_{status}")


_HOLD = select(*_HELD).where(_INSTANCE.c.id == bindparam("wanted")).with_for_update(of=_INSTANCE)
_HOLD_ITEM = (
    select(*_HELD, _signatures("open"), _signatures("held"),
           *(_ITEM.c[name].label(f"item_{name}") for name in _OF_ITEM))
    .join_from(_ITEM, _INSTANCE, _INSTANCE.c.id == _ITEM.c.instance_id)
    .where(_ITEM.c.id == bindparam("wanted")).with_for_update(of=[_INSTANCE, _ITEM]))


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


def hold(session: Session, instance_id: int) -> Held:
    """Locks an instance. Raises NotFound."""
    session.flush()
    connection = session.connection()
    row = run(connection, _HOLD, {"wanted": instance_id}).one_or_none()
    if row is None:
        raise NotFound("没有这个流程。")
    return _held(connection, row)


def hold_item(session: Session, item_id: int) -> tuple[Row[Any], Held]:
    """Locks a work item and its instance in one statement: the item's columns as item_…, whether signatures before or
    after it wait as signatures_open and signatures_held, and the instance. Raises NotFound."""
    session.flush()
    connection = session.connection()
    row = run(connection, _HOLD_ITEM, {"wanted": item_id}).one_or_none()
    if row is None:
        raise NotFound("没有这件待办，它可能已经删除。")
    return row, _held(connection, row)


def _held(connection: Connection, row: Row[Any]) -> Held:
    return Held(connection, row.id, row.definition_hash, row.key, row.status, row.version, row.state,
                row.history_length, row.history_head, row.waiting_messages, row.issue_id)
