"""Instance state as bytes: one JSON array in a format of our own, compressed when large.

[format, version, counter, suspended, ended, incident, scopes, levels]
scope: [values, index of the outer scope or -1], the instance's own first
level: [name, id of the token that it runs under or 0, id and state of its root, tokens], outermost first
token: [id, specification, state, position of its parent or -1 for the root, scope, internal data or 0], oldest first
A specification is its place in the sorted names of its level. Only live tokens are there (`compaction`).
"""
from __future__ import annotations

import zlib
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from SpiffWorkflow.util.task import TaskState

from workflows.activities import Repeated
from workflows.calendar import Calendar
from workflows.errors import StateRefused
from workflows.execution import Execution
from workflows.scope import Scope
from workflows.sentence import say
from workflows.spiff import Level, SubInstance, Token
from workflows.step import Incident

if TYPE_CHECKING:
    from workflows.versions import ProcessVersion

FORMAT = 1
COMPRESS_FROM = 16_384
"""Bytes from which a state is compressed; below it the time costs more than the room."""
_PLAIN, _PACKED = b"j", b"z"


def dump(execution: Execution) -> bytes:
    """The state of an instance whose tree is compact."""
    scopes = execution.instance.scopes()
    index = {id(scope): number for number, scope in enumerate(scopes)}
    tables = execution.version.spec_numbers
    document = [
        FORMAT, execution.version.hash[:16], execution.counter, execution.suspended, execution.ended,
        asdict(execution.incident) if execution.incident is not None else None,
        [[scope.values, index[id(scope.outer)] if scope.outer is not None else -1] for scope in scopes],
        [] if execution.ended else [_dump_level(level, index, tables) for level in execution.instance.levels()]]
    return packed(document)


def packed(document: list[Any]) -> bytes:
    """A document as it is kept."""
    data = orjson.dumps(document)
    return _PLAIN + data if len(data) < COMPRESS_FROM else _PACKED + zlib.compress(data, 1)


def load(version: ProcessVersion, state: bytes, *, now: datetime, calendar: Calendar,
         limit: int | None = None) -> Execution:
    """An execution in this state. StateRefused for another format or another version."""
    document = read(state)
    if document[1] != version.hash[:16]:
        raise StateRefused(say("实例状态属于流程的另一个版本"))
    return restore(version, document, now=now, calendar=calendar, limit=limit)


def read(state: bytes) -> list[Any]:
    """The document that a state holds. StateRefused for another format."""
    try:
        document: list[Any] = orjson.loads(zlib.decompress(state[1:]) if state[:1] == _PACKED else state[1:])
        if state[:1] not in (_PLAIN, _PACKED) or document[0] != FORMAT:
            raise StateRefused(say("实例状态不是本版本的格式"))
    except (zlib.error, orjson.JSONDecodeError, IndexError, TypeError, KeyError):
        raise StateRefused(say("实例状态不是本版本的格式")) from None
    return document


def restore(version: ProcessVersion, document: list[Any], *, now: datetime, calendar: Calendar,
            limit: int | None = None) -> Execution:
    """An execution of what a document holds, whose specifications are those of this version."""
    _, _, counter, suspended, ended, incident, scopes, levels = document
    made: list[Scope] = []
    for values, outer in scopes:
        made.append(Scope(values, made[outer] if outer >= 0 else None))
    execution = Execution(version, made[0], now=now, calendar=calendar, limit=limit)
    execution.counter, execution.suspended, execution.ended = counter, suspended, ended
    execution.incident = Incident(**incident) if incident is not None else None
    tokens: dict[str, Token] = {}
    for level in levels:
        _load_level(execution, level, made, tokens)
    _queue_unfinished(execution, tokens)
    return execution


def _dump_level(level: Level, scopes: dict[int, int], tables: dict[str, dict[str, int]]) -> list[Any]:
    numbers = tables[level.spec.name]
    positions: dict[str, int] = {}
    rows: list[list[Any]] = []
    for token in level.tasks.values():
        if token is level.task_tree:
            continue
        positions[token.id] = len(rows)
        row = [int(token.id), numbers[token.task_spec.name], token._state, positions.get(token._parent, -1),
               scopes[id(token.scope)], token.internal_data or 0]
        rows.append(row)
    parent = level.parent_token
    return [level.spec.name, int(parent.id) if parent is not None else 0, int(level.task_tree.id),
            level.task_tree._state, rows]


def _load_level(execution: Execution, document: list[Any], scopes: list[Scope], tokens: dict[str, Token]) -> None:
    name, parent_id, root_id, root_state, rows = document
    level: Level = execution.instance
    if parent_id:
        level = SubInstance(execution.instance.subprocess_specs[name], tokens[str(parent_id)])
        execution.instance.subprocesses[str(parent_id)] = level
    level.task_tree = Token(level, level.spec.start, state=root_state, id=str(root_id))
    if root_state == TaskState.READY:
        execution.run_soon(level.task_tree)
    specs = execution.version.spec_lists[name]
    made: list[Token] = []
    for token_id, number, state, parent, scope, internal_data in rows:
        above = made[parent] if parent >= 0 else level.task_tree
        token = Token(level, specs[number], above, state, str(token_id))
        token.scope = scopes[scope]
        token.internal_data = internal_data or token.internal_data
        token.triggered = isinstance(above.task_spec, Repeated)
        tokens[token.id] = token
        made.append(token)


def _queue_unfinished(execution: Execution, tokens: dict[str, Token]) -> None:
    """After an incident some tokens stand in the middle of things: they go on where they were. Finished instances are
    merged first, since the multi-instance that they belong to may be about to go on."""
    for token in tokens.values():
        if "unmerged" in token.internal_data:
            execution.queue.append((execution.merge, token))
    for token in tokens.values():
        if token._state == TaskState.FUTURE:
            execution.enter_soon(token)
        elif token._state == TaskState.READY and not token.task_spec.manual:
            execution.run_soon(token)
