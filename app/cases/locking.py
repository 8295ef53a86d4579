"""Reading an instance in order to change it: locked until the transaction ends, so that one press wins.

On PostgreSQL the rows are locked, the work item's too: a join reads rows it does not lock as they were when the
statement began, before it waited. SQLite's transaction is the only writer from its BEGIN IMMEDIATE on.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, exists, select
from sqlalchemy.orm import Session

from app.cases.errors import NotFound
from app.models import Instance, Issue, WorkItem

_INSTANCE = (Instance.id, Instance.definition_hash, Instance.key, Instance.status, Instance.version, Instance.state,
             Instance.history_length, Instance.history_head)
_ISSUE = select(Issue.id).where(Issue.instance_id == Instance.id).scalar_subquery().label("issue_id")
_ITEM = WorkItem.__table__.c


@dataclass(slots=True)
class Held:
    """An instance's row under lock. The recorder and the history move its counters on as they write."""
    id: int
    definition_hash: str
    key: str
    status: str
    version: int
    state: bytes
    history_length: int
    history_head: str
    issue_id: int | None


def hold(session: Session, instance_id: int) -> Held:
    """Locks an instance. Raises NotFound."""
    query = select(*_INSTANCE, _ISSUE).where(Instance.id == instance_id).with_for_update(of=Instance)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("没有这个流程。")
    return Held(*row)


def hold_item(session: Session, item_id: int) -> tuple[Row[Any], Held, bool]:
    """Locks the instance of a work item: the item's columns, the instance, and whether signatures that come before
    the task are still open. One statement. Raises NotFound."""
    child = WorkItem.__table__.alias()
    unsigned = exists().where(child.c.parent_id == WorkItem.id, child.c.kind == "sign",
                              child.c.status == "open").label("unsigned")
    query = (select(*_INSTANCE, _ISSUE, unsigned, *(column.label(f"item_{column.name}") for column in _ITEM))
             .join(WorkItem, WorkItem.instance_id == Instance.id).where(WorkItem.id == item_id)
             .with_for_update(of=[Instance, WorkItem]))
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("没有这件待办，它可能已经删除。")
    return row, Held(*row[:9]), bool(row.unsigned)

