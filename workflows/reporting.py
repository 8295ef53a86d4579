"""What a step tells: the difference between what an instance held open before an input and what it holds open now."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from workflows import timers
from workflows.events import Definition
from workflows.execution import Execution, Failure
from workflows.sentence import say
from workflows.spiff import Token
from workflows.step import ArmedTimer, ClosedTask, Incident, OpenedTask, Snapshot, Step, Trace

Json = Any


@dataclass(frozen=True, slots=True)
class View:
    """What an instance holds open: task id → due instant, task id → timer, and its variables."""
    tasks: dict[str, tuple[datetime | None, bool]] = field(default_factory=dict)
    timers: dict[str, ArmedTimer] = field(default_factory=dict)
    variables: dict[str, Json] = field(default_factory=dict)


def view(execution: Execution) -> View:
    """What is open now, to compare with later. A stopped or suspended instance has no armed timers."""
    tasks = {token.id: _due(token) for token in open_tasks(execution)}
    armed = {timer.task_id: timer for timer in _timers(execution)}
    return View(tasks, armed, dict(execution.instance.scope.values))


def step(execution: Execution, state: bytes, before: View) -> Step:
    """The step that led from `before` to what the execution holds now."""
    after = view(execution)
    tokens = {token.id: token for token in open_tasks(execution)}
    variables = after.variables
    changed = frozenset(name for name in variables.keys() | before.variables.keys()
                        if name not in variables or name not in before.variables
                        or variables[name] != before.variables[name])
    return Step(
        state=state, variables=variables, changed=changed,
        opened=tuple(opened_task(token) for task_id, token in tokens.items() if task_id not in before.tasks),
        closed=tuple(ClosedTask(task_id, execution.how.get(task_id, "cancelled"))
                     for task_id in before.tasks if task_id not in tokens),
        redated=tuple(opened_task(token) for task_id, token in tokens.items()
                      if before.tasks.get(task_id, _due(token)) != _due(token)),
        armed=tuple(timer for task_id, timer in after.timers.items() if before.timers.get(task_id) != timer),
        disarmed=tuple(task_id for task_id, timer in before.timers.items() if after.timers.get(task_id) != timer),
        trace=tuple(execution.trace), notices=tuple(execution.notices),
        waiting_messages=_waiting_messages(execution), ended=execution.ended, incident=execution.incident)


def snapshot(execution: Execution) -> Snapshot:
    """What the execution holds open."""
    return Snapshot(
        open_tasks=tuple(map(opened_task, open_tasks(execution))), timers=tuple(_timers(execution)),
        waiting_messages=_waiting_messages(execution), variables=dict(execution.instance.scope.values),
        ended=execution.ended, incident=execution.incident)


def incident_of(execution: Execution, error: Exception) -> Incident:
    """The incident that an error makes, in words for an administrator."""
    if isinstance(error, Failure):
        token, code, reason = error.token, error.code, error.reason
    else:
        assert execution.current is not None
        token, code, reason = execution.current, "internal", say("执行时出错（%(name)s）", name=type(error).__name__)
    element = token.task_spec.element
    if element is None:
        return Incident("", token.workflow.spec.name, token.id, code, reason)
    return Incident(element.id, element.process_id, token.id, code,
                    say("“%(name)s”：%(reason)s", name=element.name or element.id, reason=reason))


def stuck(execution: Execution) -> Incident | None:
    """The incident of an instance that nobody and nothing can move on: what is left of it waits at joins."""
    if execution.ended is not None or execution.suspended or open_tasks(execution):
        return None
    left = [token for level in execution.instance.levels() for token in level.open_tokens()]
    waiting = [token for token in left if token._state == TaskState.WAITING]
    if any(hasattr(token.task_spec, "event_definition") for token in waiting):
        return None
    where = [*waiting, *left, execution.instance.task_tree][0]
    return incident_of(execution, Failure(where, "stuck", say("在这里等不来别的分支，流程卡住了")))


def failed(execution: Execution, incident: Incident) -> Trace:
    """The trace entry of an incident."""
    element = execution.version.elements.get(incident.element_id)
    kind, name = (element.kind, element.name) if element is not None else ("", "")
    return Trace(incident.element_id, incident.process_id, kind, name, "failed", incident.task_id or "")


def open_tasks(execution: Execution) -> list[Token]:
    """The READY user tasks, oldest first in each level, outermost level first."""
    if execution.ended:
        return []
    return [token for level in execution.instance.levels() for token in level.tasks.values()
            if token._state == TaskState.READY and token.task_spec.manual]


def opened_task(token: Token) -> OpenedTask:
    """An open user task, as the step reports it."""
    element, kept = token.task_spec.element, token.internal_data
    due_at, provisional = _due(token)
    return OpenedTask(
        task_id=token.id, element_id=element.id, process_id=element.process_id, name=element.name, stage=element.stage,
        position=element.position or "", unit=kept["unit"], form=element.form or "", due_at=due_at,
        due_rule=element.extensions.get("due"), provisional=provisional, assignee=kept.get("assignee"),
        local=token.scope.local, opened_by=kept["by"])


def _due(token: Token) -> tuple[datetime | None, bool]:
    if "due" not in token.internal_data:
        return None, False
    return timers.due_at(token), token.internal_data["provisional"]


def _at_rest(execution: Execution) -> bool:
    return execution.suspended or execution.incident is not None or execution.ended is not None


def _timers(execution: Execution) -> list[ArmedTimer]:
    if _at_rest(execution):
        return []
    return [timers.armed(token) for level in execution.instance.levels() for token in level.tasks.values()
            if token._state == TaskState.WAITING and timers.is_armed(token)]


def _waiting_messages(execution: Execution) -> tuple[str, ...]:
    if _at_rest(execution):
        return ()
    definitions = [getattr(token.task_spec, "event_definition", None)
                   for level in execution.instance.levels() for token in level.tasks.values()
                   if token._state == TaskState.WAITING]
    definitions += [spec.trigger for level in execution.instance.levels() for spec in level.spec.event_subprocesses]
    return tuple(sorted({each.name for each in definitions
                         if isinstance(each, Definition) and each.kind in ("message", "signal") and each.name}))
