"""The single writer: turns an engine's step into state, work items, timers, history, copies and mail.

Everything happens in the caller's transaction, in as few statements as there are kinds of change.
"""
from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from time import perf_counter
from typing import Any

from sqlalchemy import bindparam, delete, insert, literal, select, update
from sqlalchemy.orm import Session

from app import metrics
from app.cases import children, definitions, history, incidents, notices, projection
from app.cases.history import Entry
from app.cases.locking import IN_FORCE, Held, read_beginning
from app.cases.rows import Statement, table
from app.models import Definition, Instance, Timer, WorkItem
from workflows.step import ArmedTimer, Step

Json = Any
_STATUS_OF_ENDING = {"completed": "completed", "terminated": "completed", "cancelled": "cancelled"}
_STATUS_OF_CLOSING = {"completed": "done", "cancelled": "cancelled", "returned": "returned", "recalled": "recalled"}

_DEFINITION, _INSTANCE, _ITEM, _TIMER = table(Definition), table(Instance), table(WorkItem), table(Timer)
_OPEN_ITEM = Statement(insert(_ITEM).returning(_ITEM.c.id))
_CHANGE_ITEM = Statement(update(_ITEM).where(_ITEM.c.instance_id == bindparam("held_id"),
                                             _ITEM.c.task_id == bindparam("of_task")))
_DISARM = Statement(delete(_TIMER).where(_TIMER.c.instance_id == bindparam("held_id"),
                                         _TIMER.c.task_id == bindparam("of_task")))
_ARM = Statement(insert(_TIMER))
_NEW = {"status": "running", "version": 0, "state": b"", "history_length": 0, "history_head": "",
        "waiting_messages": [], "measured": False}
_CREATE = Statement(
    insert(_INSTANCE).from_select(
        ["definition_hash", "key", "started_at", "changed_at", *_NEW],
        select(_DEFINITION.c.hash, _DEFINITION.c.key, *[bindparam("began", type_=_INSTANCE.c.started_at.type)] * 2,
               *(literal(value, _INSTANCE.c[name].type) for name, value in _NEW.items()))
        .where(_DEFINITION.c.key == bindparam("of_key"), _DEFINITION.c.current))
    .returning(_INSTANCE.c.id, _INSTANCE.c.definition_hash, IN_FORCE))
_MOVE = Statement(update(_INSTANCE).where(_INSTANCE.c.id == bindparam("held_id")))
_MOVE_TIMER = Statement(update(_TIMER).where(_TIMER.c.instance_id == bindparam("held_id"),
                                             _TIMER.c.task_id == bindparam("of_task")))


def record(session: Session, held: Held, step: Step, entry: Entry, *, status: str | None = None,
           closing: Mapping[str, Json] | None = None,
           opening: Mapping[str, Mapping[str, Json]] | None = None, version: str | None = None) -> list[int]:
    """Writes a step. Returns the ids of the work items that it opened, in the step's order.

    `closing` are columns of the work item that the entry is about, if the step closes it (who, on whose behalf, what
    was answered); `opening` columns of the items that it opens, by their element (where they came back from): a limit
    that passed at the same moment opens others. `status` is the instance's new status where the step alone does not
    tell: suspended, or running again; `version` the hash of the version
    that the step has moved it to. Raises Stale when somebody was quicker.
    """
    if version is not None:
        held.definition_hash = version
    _note(session, held, step, entry, status, closing or {}, opening or {})
    if version is not None:
        held.writes.add(_MOVE, {"held_id": held.id, "definition_hash": version})
    opened = history.send(held)
    _follow(session, held, step, entry)
    return opened


def record_together(session: Session, steps: Sequence[tuple[Held, Step, Entry]]) -> None:
    """Writes steps of several instances that share their writes, as if one after the other."""
    for held, step, entry in steps:
        _note(session, held, step, entry, None, {}, {})
    if steps:
        history.send(steps[0][0])
    for held, step, entry in steps:
        _follow(session, held, step, entry)


def only_moves_deadlines(step: Step) -> bool:
    """Whether nothing is opened, closed or told by a step."""
    return not (step.opened or step.closed or step.notices or step.trace or step.ended or step.incident)


def record_moved(session: Session, steps: Sequence[tuple[Held, Step, Entry]]) -> None:
    """Writes steps that only move deadlines, of instances that share their writes, all at once."""
    for held, step, entry in steps:
        _enter(held, step, entry, None, ())
        _move_deadlines(held, step, entry)
        projection.project(held, step, entry.at)
    if steps:
        history.send_alike(steps[0][0])
        parents = children.instances_with_waiting(session, [held.id for held, _, _ in steps])
        for held, step, entry in steps:
            if held.id in parents:
                children.follow(session, held, step, entry.at)


def _note(session: Session, held: Held, step: Step, entry: Entry, status: str | None, closing: Mapping[str, Json],
          opening: Mapping[str, Mapping[str, Json]]) -> None:
    _enter(held, step, entry, status, definitions.version_of(session, held.definition_hash).personal)
    _close_items(held, step, entry, closing)
    _open_items(session, held, step, entry, opening)
    _rewrite_items(session, held, step)
    _move_deadlines(held, step, entry)
    projection.project(held, step, entry.at, status)


def _follow(session: Session, held: Held, step: Step, entry: Entry) -> None:
    """What follows from a step that is written."""
    children.follow(session, held, step, entry.at)
    incidents.follow(session, held, step, entry)
    notices.send(session, held, step, entry.at)
    held.state, held.waiting_messages = step.state, list(step.waiting_messages)
    metrics.STEPS.labels(entry.op).observe(perf_counter() - held.began)


def _enter(held: Held, step: Step, entry: Entry, status: str | None, personal: Collection[str]) -> None:
    """`personal` are the names that the forms call so; the entry may know of others."""
    history.append(held, entry, trace=step.trace, state=step.state, personal=personal)
    history.advance(held, {
        "state": step.state, "changed_at": entry.at, "status": _status(held, step, status),
        "waiting_messages": list(step.waiting_messages), "ended_at": entry.at if step.ended else None})


def _status(held: Held, step: Step, given: str | None) -> str:
    if step.ended:
        return _STATUS_OF_ENDING[step.ended]
    if step.incident:
        return "incident"
    return given or ("running" if held.status == "incident" else held.status)


def _close_items(held: Held, step: Step, entry: Entry, closing: Mapping[str, Json]) -> None:
    """The item that the entry is about also gets `closing`."""
    by_status: dict[str, list[str]] = {}
    for task in step.closed:
        by_status.setdefault(_STATUS_OF_CLOSING[task.how], []).append(task.task_id)
    for status, task_ids in by_status.items():
        own = closing if status in ("done", "returned") and len(task_ids) == 1 else {}
        for task_id in task_ids:
            held.writes.add(_CHANGE_ITEM, {"held_id": held.id, "of_task": task_id, "status": status,
                                           "closed_at": entry.at, **own})


def _open_items(session: Session, held: Held, step: Step, entry: Entry,
                opening: Mapping[str, Mapping[str, Json]]) -> None:
    users = notices.user_ids(session, {task.assignee for task in step.opened if task.assignee})
    for task in step.opened:
        held.writes.add(_OPEN_ITEM, {
            "instance_id": held.id, "issue_id": held.issue_id, "kind": "task", "task_id": task.task_id,
            "element_id": task.element_id, "process_id": task.process_id, "name": task.name, "stage": task.stage,
            "form": task.form, "unit_code": task.unit, "position_code": task.position,
            "assignee_id": users.get(task.assignee) if task.assignee else None, "status": "open",
            "green_lane": bool(step.variables.get("green_lane")), "opened_at": entry.at, "due_at": task.due_at,
            "due_rule": task.due_rule, "due_provisional": task.provisional, "local": task.local,
            "opened_by_item": entry.work_item_id, "jump_back": False, "returned_by_item": None, "return_reason": None,
            "urged": 0, **opening.get(task.element_id, {})})


def _rewrite_items(session: Session, held: Held, step: Step) -> None:
    """Open items that another version describes otherwise. Who had one in another inbox has it no more."""
    users = notices.user_ids(session, {each.task.assignee for each in step.rewritten if each.task.assignee})
    for each in step.rewritten:
        task = each.task
        place = {"unit_code": task.unit, "position_code": task.position, "owner_id": None,
                 "assignee_id": users.get(task.assignee) if task.assignee else None} if each.elsewhere else {}
        held.writes.add(_CHANGE_ITEM, {
            "held_id": held.id, "of_task": task.task_id, "element_id": task.element_id, "process_id": task.process_id,
            "name": task.name, "stage": task.stage, "form": task.form, "due_rule": task.due_rule, **place})


def _move_deadlines(held: Held, step: Step, entry: Entry) -> None:
    """Dates of open items, and timers: one that is armed anew under the same task has only moved."""
    for task in step.redated:
        held.writes.add(_CHANGE_ITEM, {"held_id": held.id, "of_task": task.task_id, "due_at": task.due_at,
                                       "due_provisional": task.provisional})
    armed = {timer.task_id: timer for timer in step.armed}
    for task_id in step.disarmed:
        if task_id not in armed:
            held.writes.add(_DISARM, {"held_id": held.id, "of_task": task_id})
    for timer in step.armed:
        if timer.task_id in step.disarmed:
            held.writes.add(_MOVE_TIMER, {"held_id": held.id, "of_task": timer.task_id, "not_before": None,
                                          **_timer_values(timer, entry.calendar_version)})
        else:
            held.writes.add(_ARM, {"instance_id": held.id, "task_id": timer.task_id,
                                   **_timer_values(timer, entry.calendar_version)})


def _timer_values(timer: ArmedTimer, calendar_version: int) -> dict[str, Json]:
    return {"element_id": timer.element_id, "due_at": timer.due_at, "rule": timer.rule,
            "started_at": timer.started_at, "provisional": timer.provisional, "calendar_version": calendar_version,
            "attempts": 0}


def create_instance(session: Session, key: str, now: datetime) -> Held:
    """The row of a new instance of the current version of `key`, held by the transaction that makes it; its first step
    is recorded next. Raises NotFound for a process that has not been published, Blocked for
    a retired one."""
    connection = session.connection()
    row = read_beginning(connection, _CREATE, {"of_key": key, "began": now})
    if row is None:
        raise definitions.missing(session, key)
    return Held(connection, row.id, row.definition_hash, key, "running", 0, b"", 0, "", [], None,
                None, row.calendar_version)
