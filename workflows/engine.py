"""The engine: pure functions of (version, state, input, now, calendar) to a `Step`.

Every input first fires what is due at `now`: the clock wins over the worker's lateness. When that closes the very task
that the input is about, `TaskNotReady` is raised and nothing is kept; the caller then wakes the instance in its own
right. An error in a diagram is not raised: the step carries an incident, the state goes as far as the element before,
and the instance takes no input but `retry` and `cancel` until the incident is lifted.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from SpiffWorkflow.util.task import TaskState

from workflows import reporting
from workflows.calendar import Calendar
from workflows.compaction import compact
from workflows.errors import InstanceStopped, MessageNotExpected, TaskNotReady, WorkflowError
from workflows.execution import Execution, Halted
from workflows.reporting import View
from workflows.scope import Scope
from workflows.spiff import Token
from workflows.state import dump, load
from workflows.step import Snapshot, Step
from workflows.versions import ProcessVersion

Json = Any
Act = Callable[[Execution], None]
Begin = Callable[[int | None], Execution]


def start(version: ProcessVersion, variables: Mapping[str, Json], *, now: datetime, calendar: Calendar) -> Step:
    """A new instance with these variables, as far as it goes by itself."""
    given = _json(variables)

    def begin(limit: int | None) -> Execution:
        execution = Execution(version, Scope(dict(given)), now=now, calendar=calendar, limit=limit)
        execution.declare(execution.instance.scope, version.spec.name)
        return execution

    return _play(begin, lambda execution: execution.instance.begin(), View())


def complete(version: ProcessVersion, state: bytes, task_id: str, answers: Mapping[str, Json], *, now: datetime,
             calendar: Calendar, jump_to: str | None = None) -> Step:
    """A person finishes an open task; the answers become variables (of the item, inside a multi-instance).

    `jump_to` is the element id to go straight to instead of the task's own next one. When an incident comes before the
    completion (a timer that was due fails), the step's `closed` lacks the task and nothing of the answers is kept.
    """
    given = _json(answers)

    def act(execution: Execution) -> None:
        token = _open_task(execution, task_id)
        execution.opened_by = task_id

        def finish(token: Token) -> None:
            for name, value in given.items():
                token.scope.write(name, value)
            execution.how[task_id] = "completed"
            token.run()

        execution.micro(finish, token)

    return _step(version, state, act, now=now, calendar=calendar)


def deliver(version: ProcessVersion, state: bytes, message: str, payload: Mapping[str, Json], *, now: datetime,
            calendar: Calendar) -> Step:
    """A message or signal from outside; its payload becomes variables. MessageNotExpected when nothing waits for it."""
    given = _json(payload)

    def act(execution: Execution) -> None:
        def take(_: Token) -> None:
            taken = [execution.receive(kind, message, given) for kind in ("message", "signal")]
            if not any(taken):
                raise MessageNotExpected(f"流程现在不等待消息“{message}”")

        execution.micro(take, execution.instance.task_tree)

    return _step(version, state, act, now=now, calendar=calendar)


def wake(version: ProcessVersion, state: bytes, *, now: datetime, calendar: Calendar) -> Step:
    """Fires every timer that is due."""
    return _step(version, state, None, now=now, calendar=calendar)


def inspect(version: ProcessVersion, state: bytes) -> Snapshot:
    """What a state holds open, read without changing it."""
    execution = load(version, state, now=datetime.min.replace(tzinfo=UTC), calendar=Calendar())
    return reporting.snapshot(execution)


def _step(version: ProcessVersion, state: bytes, act: Act | None, *, now: datetime,
          calendar: Calendar) -> Step:
    """An input to a running instance: what is due, then the act."""
    before = load(version, state, now=now, calendar=calendar)
    _require_running(before)
    view = reporting.view(before)
    first: list[Execution] = [before]

    def begin(limit: int | None) -> Execution:
        return first.pop() if first and limit is None else load(version, state, now=now, calendar=calendar, limit=limit)

    def due_first(execution: Execution) -> None:
        execution.work()
        if act is not None:
            if execution.ended is not None:
                raise InstanceStopped("流程已经结束")
            act(execution)

    return _play(begin, due_first, view)


def _play(begin: Begin, act: Act, before: View) -> Step:
    """Works an input out; if an element fails, again as far as the element before it, with an incident."""
    execution = begin(None)
    try:
        act(execution)
        execution.work()
    except WorkflowError:
        raise
    except Exception as error:
        incident = reporting.incident_of(execution, error)
        execution = begin(execution.micro_steps - 1)
        try:
            act(execution)
            execution.work()
        except Halted:
            execution.incident = incident
            execution.trace.append(reporting.failed(execution, incident))
    compact(execution.instance)
    return reporting.step(execution, dump(execution), before)


def _require_running(execution: Execution) -> None:
    if execution.ended is not None:
        raise InstanceStopped("流程已经结束")
    if execution.suspended:
        raise InstanceStopped("流程已经挂起")
    if execution.incident is not None:
        raise InstanceStopped(f"流程停在一个故障上：{execution.incident.message}")


def _open_task(execution: Execution, task_id: str) -> Token:
    token = execution.instance.token(task_id)
    if token is None or token._state != TaskState.READY or not token.task_spec.manual:
        raise TaskNotReady("这件事已经办完、取消，或还没有办到")
    return token


def _json(values: Mapping[str, Json]) -> dict[str, Json]:
    """A copy of its own, of JSON values only."""
    try:
        return orjson.loads(orjson.dumps(dict(values), option=orjson.OPT_PASSTHROUGH_DATETIME))  # type: ignore[no-any-return]
    except TypeError as error:
        raise WorkflowError(f"只接受 JSON 值：{error}") from None
