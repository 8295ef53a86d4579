"""The engine: pure functions of (version, state, input, now, calendar) to a `Step`.

Every input first fires what is due at `now`: the clock wins over the worker's lateness. When that closes the very task
that the input is about, `TaskNotReady` is raised and nothing is kept; the caller then wakes the instance in its own
right. An error in a diagram is not raised: the step carries an incident, the state goes as far as the element before,
and the instance takes no input but `retry`, `cancel`, a repair (`repairs`) and a move to another version (`migration`)
until the incident is lifted.
"""
from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from workflows import inputs, moves, reporting
from workflows.calendar import Calendar
from workflows.errors import InstanceStopped, MessageNotExpected
from workflows.execution import Execution
from workflows.migration import asks_when_entered as asks_when_entered
from workflows.migration import migrate as migrate
from workflows.migration import take_back as take_back
from workflows.migration import under_way as under_way
from workflows.repairs import relocate as relocate
from workflows.repairs import set_variables as set_variables
from workflows.repairs import skip as skip
from workflows.reporting import View
from workflows.scope import Scope
from workflows.sentence import say
from workflows.spiff import Token
from workflows.state import load
from workflows.step import Closing, Snapshot, Step
from workflows.versions import ProcessVersion

Json = Any
_NEVER, _NO_CALENDAR = datetime.min.replace(tzinfo=UTC), Calendar()
"""For what neither reads the time nor counts days."""


def start(version: ProcessVersion, variables: Mapping[str, Json], *, now: datetime, calendar: Calendar) -> Step:
    """A new instance with these variables, as far as it goes by itself."""
    given = inputs.json_copy(variables)

    def begin(limit: int | None) -> Execution:
        execution = Execution(version, Scope(dict(given)), now=now, calendar=calendar, limit=limit)
        execution.declare(execution.instance.scope, version.spec.name)
        return execution

    return inputs.play(begin, lambda execution: execution.instance.begin(), View())


def complete(version: ProcessVersion, state: bytes, task_id: str, answers: Mapping[str, Json], *, now: datetime,
             calendar: Calendar, jump_to: str | None = None) -> Step:
    """A person finishes an open task; the answers become variables (of the item, inside a multi-instance).

    `jump_to` is the element id to go straight to instead of the task's own next one. When an incident comes before the
    completion (a timer that was due fails), the step's `closed` lacks the task and nothing of the answers is kept.
    """
    given = inputs.json_copy(answers)

    def act(execution: Execution) -> None:
        token = inputs.open_task(execution, task_id)
        execution.opened_by = task_id

        def finish(token: Token) -> None:
            execution.write(token.scope, given)
            execution.how[task_id] = "completed"
            if jump_to is None:
                token.run()
            else:
                token._state = TaskState.COMPLETED
                execution.note(token, "completed")
                moves.move(execution, [token], jump_to, "begin")

        execution.micro(finish, token)

    return inputs.step(version, state, act, now=now, calendar=calendar)


def deliver(version: ProcessVersion, state: bytes, message: str, payload: Mapping[str, Json], *, now: datetime,
            calendar: Calendar) -> Step:
    """A message or signal from outside; its payload becomes variables. MessageNotExpected when nothing waits for it."""
    given = inputs.json_copy(payload)

    def act(execution: Execution) -> None:
        def take(_: Token) -> None:
            taken = [execution.receive(kind, message, given) for kind in ("message", "signal")]
            if not any(taken):
                raise MessageNotExpected(say("流程现在不等待消息“%(message)s”", message=message))

        execution.micro(take, execution.instance.task_tree)

    return inputs.step(version, state, act, now=now, calendar=calendar)


def wake(version: ProcessVersion, state: bytes, *, now: datetime, calendar: Calendar) -> Step:
    """Fires every timer that is due."""
    return inputs.step(version, state, None, now=now, calendar=calendar)


def return_to(version: ProcessVersion, state: bytes, task_id: str, target_element: str, *, now: datetime,
              calendar: Calendar) -> Step:
    """退回: the task is closed as returned and the target opened again, as a new attempt; MoveRefused if it cannot.

    Leaving a branch of a fork ends all its branches; leaving an instance ends its whole multi-instance.
    """
    return _move(version, state, [task_id], target_element, "returned", now=now, calendar=calendar)


def recall(version: ProcessVersion, state: bytes, task_ids: Collection[str], target_element: str, *, now: datetime,
           calendar: Calendar) -> Step:
    """撤回: the tasks that one's completion has opened are closed as recalled and one's own is opened again."""
    return _move(version, state, sorted(task_ids, key=int), target_element, "recalled", now=now, calendar=calendar)


def return_targets(version: ProcessVersion, state: bytes, task_id: str) -> tuple[str, ...]:
    """The element ids that the diagram allows as target of `return_to`: user tasks before this one, inner levels first.
    Whether somebody has really done them is for the caller to look up."""
    execution = load(version, state, now=_NEVER, calendar=_NO_CALENDAR)
    return moves.targets(execution, inputs.open_task(execution, task_id))


def assign_variables(version: ProcessVersion, state: bytes, values: Mapping[str, Json], *, now: datetime,
                     calendar: Calendar) -> Step:
    """A decision from outside the diagram, such as an extension: sets instance variables. Deadlines whose rules mention
    them move, as they do whenever such a variable is written; what is due after that fires in the same step."""
    given = inputs.json_copy(values)

    def act(execution: Execution) -> None:
        def assign(_: Token) -> None:
            execution.write(execution.instance.scope, given)

        execution.micro(assign, execution.instance.task_tree)

    return inputs.step(version, state, act, now=now, calendar=calendar)


def retime(version: ProcessVersion, state: bytes, *, now: datetime, calendar: Calendar) -> Step:
    """The calendar has changed: every armed timer and open due date is worked out again from its rule and start."""
    return inputs.step(version, state, inputs.work_out_again, now=now, calendar=calendar)


def suspend(version: ProcessVersion, state: bytes, *, now: datetime) -> Step:
    """挂起: the instance takes no input but `resume` and `cancel`; its timers are disarmed, its tasks stay open."""
    def act(execution: Execution) -> None:
        inputs.require_running(execution)
        execution.suspended = True

    return inputs.administer(version, state, act, now=now, calendar=_NO_CALENDAR)


def resume(version: ProcessVersion, state: bytes, *, now: datetime, calendar: Calendar) -> Step:
    """恢复: every deadline is worked out again, since the calendar may have changed meanwhile; what is due by now fires
    in the same step."""
    def act(execution: Execution) -> None:
        if execution.ended is not None or not execution.suspended:
            raise InstanceStopped(say("流程没有挂起"))
        execution.suspended = False
        inputs.work_out_again(execution)

    return inputs.administer(version, state, act, now=now, calendar=calendar)


def cancel(version: ProcessVersion, state: bytes, *, now: datetime) -> Step:
    """Ends an instance in whatever state; everything open in it is cancelled."""
    def act(execution: Execution) -> None:
        if execution.ended is not None:
            raise InstanceStopped(say("流程已经结束"))
        execution.queue.clear()
        execution.suspended, execution.incident = False, None
        execution.instance.cancel_all()
        execution.ended = "cancelled"

    return inputs.administer(version, state, act, now=now, calendar=_NO_CALENDAR)


def retry(version: ProcessVersion, state: bytes, *, now: datetime, calendar: Calendar) -> Step:
    """After an incident: goes on where the instance stopped, its deadlines worked out again. If the same fails again,
    so does the step."""
    def act(execution: Execution) -> None:
        if execution.incident is None:
            raise InstanceStopped(say("流程没有故障"))
        execution.incident = None
        inputs.work_out_again(execution)

    return inputs.administer(version, state, act, now=now, calendar=calendar)


def inspect(version: ProcessVersion, state: bytes) -> Snapshot:
    """What a state holds open, read without changing it."""
    execution = load(version, state, now=_NEVER, calendar=_NO_CALENDAR)
    return reporting.snapshot(execution)


def _move(version: ProcessVersion, state: bytes, task_ids: Collection[str], target: str, how: Closing, *, now: datetime,
          calendar: Calendar) -> Step:
    def act(execution: Execution) -> None:
        tokens = [inputs.open_task(execution, task_id) for task_id in task_ids]

        def go(_: Token) -> None:
            execution.how.update(dict.fromkeys(task_ids, how))
            moves.move(execution, tokens, target, "done")

        execution.micro(go, execution.instance.task_tree)

    return inputs.step(version, state, act, now=now, calendar=calendar)
