"""What administrators do to an instance whose diagram cannot help itself: skip, set a variable, move a token.

They go into the history as inputs of their own; who may ask and who has to agree is for the caller.
"""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from workflows import inputs, moves
from workflows.calendar import Calendar
from workflows.errors import InstanceStopped, MoveRefused
from workflows.events import BoundaryEvent
from workflows.execution import Execution
from workflows.gateways import EventBasedGateway, ExclusiveGateway, InclusiveGateway, ParallelGateway
from workflows.sentence import say
from workflows.spiff import Token
from workflows.step import Step
from workflows.versions import ProcessVersion

Json = Any
_DECIDING = (ExclusiveGateway, InclusiveGateway, EventBasedGateway, ParallelGateway)


def skip(version: ProcessVersion, state: bytes, *, now: datetime, calendar: Calendar) -> Step:
    """After an incident: what failed counts as done, without what it would have done, and the instance goes on behind
    it. MoveRefused for what decides where to go."""
    def act(execution: Execution) -> None:
        incident = execution.incident
        if incident is None:
            raise InstanceStopped(say("流程没有故障"))
        token = execution.instance.token(incident.task_id or "")
        if token is None or not token.alive or isinstance(token.task_spec, _DECIDING):
            raise MoveRefused(say("停在的这里不是能跳过的一步：请改变量后重试，或者转到别的步骤"))
        execution.incident = None
        execution.micro(_pass, token)
        inputs.work_out_again(execution)

    return inputs.administer(version, state, act, now=now, calendar=calendar)


def set_variables(version: ProcessVersion, state: bytes, values: Mapping[str, Json], *, now: datetime,
                  calendar: Calendar) -> Step:
    """Writes instance variables, and what follows from them. An instance at an incident stays there until it is tried
    again, a suspended one stays suspended."""
    given = inputs.json_copy(values)

    def act(execution: Execution) -> None:
        if execution.ended is not None:
            raise InstanceStopped(say("流程已经结束"))
        execution.micro(lambda root: execution.write(root.scope, given), execution.instance.task_tree)

    return inputs.administer(version, state, act, now=now, calendar=calendar)


def relocate(version: ProcessVersion, state: bytes, task_id: str, target: str, *, now: datetime,
             calendar: Calendar) -> Step:
    """Takes a token away, or the one that an incident stands at, and opens the user task `target` in its stead, as
    `return_to` does. MoveRefused if it cannot be entered from there."""
    def act(execution: Execution) -> None:
        token = execution.instance.token(task_id)
        if execution.ended is not None or execution.suspended:
            raise InstanceStopped(say("流程已经结束或挂起"))
        if token is None or not token.alive:
            raise MoveRefused(say("要转走的这一步已经不在办理"))
        if execution.incident is not None and execution.incident.task_id != task_id:
            raise MoveRefused(say("流程停在故障上，先处理停下的那一步"))
        execution.incident = None
        execution.micro(lambda token: moves.move(execution, [token], target, "done"), token)

    return inputs.administer(version, state, act, now=now, calendar=calendar)


def _pass(token: Token) -> None:
    """Lets a token through as if it had run. A boundary event that cannot wait does not: its activity goes on."""
    if isinstance(token.task_spec, BoundaryEvent):
        token.cancel()
        return
    token._state = TaskState.READY
    token.task_spec._predict_hook(token)
    token.complete()
