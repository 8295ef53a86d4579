"""Work items and variables as they follow from a history, held against the rows that are stored."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import definitions
from app.cases.recorded import given
from app.cases.replay import Past
from app.models import History, Instance, WorkItem
from workflows import engine
from workflows.forms import value_fields
from workflows.sentence import Sentence, say
from workflows.step import OpenedTask, Step

Json = Any
_CLOSED: Mapping[str, str] = MappingProxyType({
    "completed": "done", "cancelled": "cancelled", "returned": "returned", "recalled": "recalled"})
_COLUMNS: Mapping[str, Sentence] = MappingProxyType({
    "element_id": say("步骤"), "unit_code": say("单位"), "position_code": say("岗位"), "opened_at": say("开始时间"),
    "due_at": say("到期时间"), "status": say("状态"), "closed_at": say("办结时间"), "closed_by": say("办理人"),
    "answer": say("填写的内容")})
"""what is compared of a work item, in the order in which it is told"""


@dataclass(slots=True)
class ItemRows:
    """The user tasks of an instance by the engine's id: the columns that their work items must have, and the entry that
    wrote them last."""
    tasks: dict[str, dict[str, Json]] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)

    def take(self, step: Step, entry: History) -> None:
        """Adds a step, as the recorder has written it."""
        ended = [task.task_id for task in step.closed if _CLOSED[task.how] in ("done", "returned")]
        for task in step.closed:
            self._write(entry, task.task_id, status=_CLOSED[task.how], closed_at=entry.at)
            if len(ended) == 1 and task.task_id == ended[0] and entry.op in ("complete", "return_to"):
                self._write(entry, task.task_id, closed_by=entry.actor_id)
                if entry.op == "complete":
                    self._write(entry, task.task_id, answer=given(entry)["answers"])
        for opened in step.opened:
            self._write(entry, opened.task_id, opened_at=entry.at, status="open", closed_at=None,
                        due_at=opened.due_at, **_place(opened))
        for each in step.rewritten:
            self._write(entry, each.task.task_id, **(_place(each.task) if each.elsewhere else
                                                     {"element_id": each.task.element_id}))
        for task_moved in step.redated:
            self._write(entry, task_moved.task_id, due_at=task_moved.due_at)

    def faults(self, session: Session, instance_id: int) -> Iterator[tuple[int | None, Sentence]]:
        """Where the stored work items differ: the entry that it shows at, and what differs."""
        rows = {row.task_id: row for row in session.scalars(
            select(WorkItem).where(WorkItem.instance_id == instance_id, WorkItem.kind == "task").order_by(WorkItem.id)
            .execution_options(populate_existing=True))}
        for task_id, row in rows.items():
            if task_id not in self.tasks:
                yield None, say("待办“%(name)s”在历史里没有来由", name=row.name)
        for task_id, wanted in self.tasks.items():
            if task_id not in rows:
                yield self.entries[task_id], say("历史里打开的一件待办不在了")
            else:
                yield from self._compare(task_id, wanted, rows[task_id])

    def _compare(self, task_id: str, wanted: Mapping[str, Json],
                 row: WorkItem) -> Iterator[tuple[int | None, Sentence]]:
        for name, label in _COLUMNS.items():
            stored = getattr(row, name)
            if name == "status" and stored == "held":
                stored = "open"
            if name in wanted and stored != wanted[name]:
                yield self.entries[task_id], say(
                    "待办“%(step)s”的%(label)s：存着%(stored)s，历史得出%(again)s", step=row.name, label=label,
                    stored=_shown(stored), again=_shown(wanted[name]))

    def _write(self, entry: History, task_id: str, **values: Json) -> None:
        self.tasks.setdefault(task_id, {}).update(values)
        self.entries[task_id] = entry.seq


def differing_variables(session: Session, instance: Instance, past: Past) -> Iterator[Sentence]:
    """What the stored state and the replayed one hold differently, as far as it can be read."""
    if past.version is None:
        return
    try:
        stored = engine.inspect(definitions.version_of(session, instance.definition_hash), instance.state).variables
    except Exception:  # noqa: BLE001 - a state that was written by hand may be anything
        yield say("保存的状态读不出来")
        return
    again = engine.inspect(past.version, past.state).variables
    for name in sorted(stored.keys() | again.keys()):
        if stored.get(name) != again.get(name):
            yield say("变量%(name)s：存着%(stored)s，历史得出%(again)s", name=name, stored=_shown(stored.get(name)),
                      again=_shown(again.get(name)))


def other_answers(session: Session, entry: History) -> Iterator[Sentence]:
    """Where a finished task's work item keeps other answers than the entry that finished it."""
    item = session.get(WorkItem, entry.work_item_id, populate_existing=True) if entry.work_item_id else None
    if item is None or entry.op != "complete" or item.answer is None:
        return
    form = definitions.version_of(session, entry.definition_hash).forms.get(item.form)
    labels = {field.key: field.label for field in value_fields(form.fields)} if form is not None else {}
    noted: Mapping[str, Json] = given(entry).get("answers", {})
    for name in sorted(noted.keys() | item.answer.keys()):
        if noted.get(name) != item.answer.get(name):
            yield say("“%(field)s”：历史里是%(noted)s，办结时存下的是%(stored)s", field=labels.get(name) or name,
                      noted=_shown(noted.get(name)), stored=_shown(item.answer.get(name)))


def _place(task: OpenedTask) -> dict[str, Json]:
    return {"element_id": task.element_id, "unit_code": task.unit, "position_code": task.position}


def _shown(value: Json) -> str:
    if value is None:
        return say("空")
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value if isinstance(value, str) else orjson.dumps(value).decode()
