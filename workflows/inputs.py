"""How one input is worked out: what is due first, then the act, then as far as it goes; an error makes an incident."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from SpiffWorkflow.util.task import TaskState

from workflows import reporting, timers
from workflows.calendar import Calendar
from workflows.characters import all_storable
from workflows.compaction import compact
from workflows.errors import InstanceStopped, TaskNotReady, WorkflowError
from workflows.execution import Execution, Halted
from workflows.reporting import View
from workflows.scope import Scope
from workflows.sentence import say
from workflows.spiff import Token
from workflows.state import dump, load
from workflows.step import Incident, Step
from workflows.versions import ProcessVersion

Json = Any
Act = Callable[[Execution], None]
Begin = Callable[[int | None], Execution]


def work_out_again(execution: Execution) -> None:
    """What follows from variables and every deadline again, each in a micro-step of its own."""
    for scope in execution.instance.scopes():
        execution.micro(partial(_derive_all, scope), execution.instance.task_tree)
    for level in execution.instance.levels():
        for token in level.open_tokens():
            if "since" in token.internal_data:
                execution.micro(timers.work_out_again, token)


def _derive_all(scope: Scope, root: Token) -> None:
    root.execution.derive(scope, scope.values)


def administer(version: ProcessVersion, state: bytes, act: Act, *, now: datetime, calendar: Calendar) -> Step:
    """An input to an instance that may be stopped: the act comes before anything that is due."""
    view = reporting.view(load(version, state, now=now, calendar=calendar))
    return play(lambda limit: load(version, state, now=now, calendar=calendar, limit=limit), act, view)


def step(version: ProcessVersion, state: bytes, act: Act | None, *, now: datetime,
          calendar: Calendar) -> Step:
    """An input to a running instance: what is due, then the act."""
    before = load(version, state, now=now, calendar=calendar)
    require_running(before)
    view = reporting.view(before)
    first: list[Execution] = [before]

    def begin(limit: int | None) -> Execution:
        return first.pop() if first and limit is None else load(version, state, now=now, calendar=calendar, limit=limit)

    def due_first(execution: Execution) -> None:
        execution.work()
        if act is not None:
            if execution.ended is not None:
                raise InstanceStopped(say("流程已经结束"))
            act(execution)

    return play(begin, due_first, view)


def play(begin: Begin, act: Act, before: View) -> Step:
    """Works an input out; if an element fails, again as far as the element before it, with an incident."""
    execution = begin(None)
    try:
        act(execution)
        execution.work()
    except WorkflowError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever an element does, nobody else may feel it
        incident = reporting.incident_of(execution, error)
        execution = begin(execution.micro_steps - 1)
        try:
            act(execution)
            execution.work()
        except Halted:
            _note(execution, incident)
    compact(execution.instance)
    if execution.incident is None:
        _note(execution, reporting.stuck(execution))
    return reporting.step(execution, dump(execution), before)


def _note(execution: Execution, incident: Incident | None) -> None:
    if incident is not None:
        execution.incident = incident
        execution.trace.append(reporting.failed(execution, incident))


def require_running(execution: Execution) -> None:
    if execution.ended is not None:
        raise InstanceStopped(say("流程已经结束"))
    if execution.suspended:
        raise InstanceStopped(say("流程已经挂起"))
    if execution.incident is not None:
        raise InstanceStopped(say("流程停在一个故障上：%(message)s", message=execution.incident.message))


def open_task(execution: Execution, task_id: str) -> Token:
    token = execution.instance.token(task_id)
    if token is None or token._state != TaskState.READY or not token.task_spec.manual:
        raise TaskNotReady(say("这件事已经办完、取消，或还没有办到"))
    return token


def json_copy(values: Mapping[str, Json]) -> dict[str, Json]:
    """A copy of its own, of JSON values only, with sorted keys: a database may give them back in another order, and
    the state must not depend on it."""
    try:
        text = orjson.dumps(dict(values), option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise WorkflowError(say("只接受 JSON 值：%(error)s", error=error)) from None
    copied: dict[str, Json] = orjson.loads(text)
    if b"\\u0000" in text and not all_storable(copied):
        raise WorkflowError(say("文本里有不成字符的编码"))
    return copied
