"""SpiffWorkflow's task and workflow, without its randomness, its clock and its look-ahead.

`Token` is SpiffWorkflow's Task with an id from the instance's own counter and no time stamp. It makes its children when
it runs, not ahead of time: predicted tasks cost most of a step and nothing here needs them. `Instance` and
`SubInstance` hold the tokens of one process level. What a token does when it is entered and run is in
`activities`, `events` and `gateways`. No global of SpiffWorkflow is patched, so threads do not meet.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins import BoundaryEventMixin as BoundaryEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from workflows.scope import Scope

if TYPE_CHECKING:
    from workflows.execution import Execution
    from workflows.versions import ProcessVersion

Spec = Any  # a task specification of SpiffWorkflow, which is untyped
OPEN = TaskState.FUTURE | TaskState.WAITING | TaskState.READY | TaskState.STARTED


class Token(Task):  # type: ignore[misc]
    """A task of one instance: FUTURE until it is entered, then WAITING, READY or STARTED, at last finished."""

    workflow: Level

    def __init__(self, workflow: Level, task_spec: Spec, parent: Token | None = None, state: int = TaskState.FUTURE,
                 id: str | None = None):
        self.id = id or workflow.top_workflow.execution.next_id()
        workflow.tasks[self.id] = self
        self.workflow = workflow
        self._parent = parent.id if parent is not None else ""
        self._children: list[str] = []
        self._state = state
        self.triggered = False
        self.task_spec = task_spec
        self.thread_id = 0
        self.data: dict[str, Any] = {}
        self.internal_data: dict[str, Any] = {}
        self.last_state_change = 0.0
        self.scope: Scope = parent.scope if parent is not None else workflow.scope
        if parent is not None:
            parent._children.append(self.id)

    @property
    def execution(self) -> Execution:
        return self.workflow.top_workflow.execution

    @property
    def alive(self) -> bool:
        """Whether it is still in its level and unfinished."""
        return bool(self._state & OPEN) and not self.workflow.completed and self.id in self.workflow.tasks

    @property
    def split(self) -> Token | None:
        """The split that stands over an activity with boundary events, or over one of those events."""
        over: Token | None = self.parent
        return over if over is not None and isinstance(over.task_spec, BoundaryEventSplit) else None

    @property
    def repetition(self) -> Token | None:
        """The token of the loop or multi-instance that this token is an instance of."""
        over: Token | None = self.parent
        return over if over is not None and getattr(over.task_spec, "task_spec", None) == self.task_spec.name else None

    def _add_child(self, task_spec: Spec, state: int = TaskState.FUTURE) -> Token:
        return Token(self.workflow, task_spec, self, state)

    def _set_state(self, value: int) -> None:
        self._state = value
        if value == TaskState.READY and not self.task_spec.manual:
            self.execution.run_soon(self)

    def _inherit_data(self) -> None:
        """Nothing to copy: variables live in scopes."""

    def run(self) -> bool | None:
        self.task_spec._predict_hook(self)
        return super().run()

    def complete(self) -> None:
        if not self.alive:
            return  # what it has thrown has cancelled it
        self._state = TaskState.COMPLETED
        self.task_spec._on_complete_hook(self)
        self.execution.left(self)
        if not isinstance(self.task_spec, BoundaryEvent):
            self.cancel_siblings()
        for child in self.children:
            if child._state & OPEN:
                if getattr(child.task_spec, "counts_arrivals", False):
                    child.internal_data["via"] = self.task_spec.name
                if "path" in self.internal_data and not isinstance(child.task_spec, BoundaryEvent):
                    child.internal_data["path"] = self.internal_data["path"]
                self.execution.enter_soon(child)
        self.workflow._task_completed_notify(self)

    def cancel_siblings(self) -> None:
        """Cancels what is unfinished beside this token under its split: the activity and its waiting boundary events.

        What a non-interrupting event has set going is not touched: it lives on its own.
        """
        split = self.split
        for other in split.children if split is not None else ():
            if other is not self and other._state & OPEN:
                other.cancel()

    def cancel(self) -> None:
        """Cancels this token and everything unfinished below it, without recursion: trees may be deep."""
        below = [self]
        for token in below:
            below.extend(token.children)
        for token in below:
            if token._state & OPEN:
                token._state = TaskState.CANCELLED
                token.task_spec._on_cancel(token)
                self.execution.cancelled(token)


class ScriptEngine(PythonScriptEngine):  # type: ignore[misc]
    """Conditions and scripts run in our own evaluator, never in Python's."""

    def __init__(self) -> None:
        self.environment = None

    def evaluate(self, task: Token, expression: str, external_context: object = None) -> Any:
        return task.execution.evaluate(task, expression.strip())

    def execute(self, task: Token, script: str, external_context: object = None) -> bool:
        task.execution.run_script(task, script)
        return True


SCRIPT_ENGINE = ScriptEngine()


class Level:
    """What the instance and its live subprocesses have in common."""

    tasks: dict[str, Token]
    task_tree: Token
    top_workflow: Instance
    spec: Spec
    scope: Scope
    completed: bool
    depth: int
    parent_token: Token | None

    def begin(self, path: list[str] | None = None) -> None:
        """Puts the first token on the start of the level, or at the end of a path into it (see `hang`)."""
        self.task_tree = Token(self, self.spec.start, state=TaskState.COMPLETED)
        if path:
            self.hang(path)
        else:
            self.task_tree._set_state(TaskState.READY)

    def hang(self, path: list[str], inside: int = 0) -> None:
        """Puts a token on the second item of a path; the subprocess that it is begins further along the path.

        The first item says what becomes of the branches beside, where the path leads into a fork: they "begin" as well,
        or are "done" and have already arrived at their join. `inside` counts the outer regions that are not entered,
        since something is under way in them.
        """
        beside, element, *further = path
        regions = self.top_workflow.execution.version.regions[self.spec.name]
        token = self._hang(regions.entry(element).name)
        if further:
            token.internal_data["path"] = [beside, *further]
        for region in regions.path(element)[inside:]:
            for name, via in regions.beginnings(region) if beside == "begin" else regions.arrivals(region):
                self._hang(name).internal_data["via"] = via

    def _hang(self, name: str) -> Token:
        token = self.task_tree._add_child(self.spec.task_specs[name])
        token.triggered = True
        self.top_workflow.execution.enter_soon(token)
        return token

    def open_tokens(self) -> list[Token]:
        return [token for token in self.tasks.values() if token._state & OPEN]

    def cancel_all(self) -> None:
        """Cancels every unfinished token of the level."""
        for token in list(self.tasks.values()):
            if token._state & OPEN:
                token.cancel()

    def remove(self, token: Token) -> None:
        """Takes a token out of the level, as if it had never come."""
        del self.tasks[token.id]
        if token.parent is not None:
            token.parent._children.remove(token.id)

    def _task_completed_notify(self, task: Token) -> None:
        if task.task_spec.name == "End":
            self.finish()

    def finish(self) -> None:
        """The level has come to its end, or was terminated."""
        self.completed = True
        if self.parent_token is not None:
            self.top_workflow.subprocesses.pop(self.parent_token.id, None)
            self.parent_token._set_state(TaskState.READY)
        else:
            self.top_workflow.execution.finished()


class SubInstance(Level, BpmnSubWorkflow):  # type: ignore[misc]
    """A running subprocess, event subprocess or called process."""

    def __init__(self, spec: Spec, parent: Token):
        self.parent_token = parent
        self.scope = parent.scope
        super().__init__(spec, parent.id, parent.workflow.top_workflow, deserializing=True)

    def _calculate_depth(self) -> int:
        assert self.parent_token is not None
        return self.parent_token.workflow.depth + 1


class Instance(Level, BpmnWorkflow):  # type: ignore[misc]
    """A process instance while a step is worked out."""

    parent_token = None

    def __init__(self, version: ProcessVersion, execution: Execution, scope: Scope):
        self.execution = execution
        self.scope = scope
        super().__init__(version.spec, version.subprocess_specs, script_engine=SCRIPT_ENGINE, deserializing=True)

    def scopes(self) -> list[Scope]:
        """The scopes in use, an outer one before its inner ones."""
        found: dict[int, Scope] = {id(self.scope): self.scope}
        for level in self.levels():
            for token in level.tasks.values():
                chain = []
                scope: Scope | None = token.scope
                while scope is not None and id(scope) not in found:
                    chain.append(scope)
                    scope = scope.outer
                found.update((id(each), each) for each in reversed(chain))
        return list(found.values())

    def levels(self) -> list[Level]:
        """The live levels, outermost first."""
        return [self, *self.subprocesses.values()]

    def create_subprocess(self, my_task: Token, spec_name: str) -> SubInstance:
        level = SubInstance(self.subprocess_specs[spec_name], my_task)
        self.subprocesses[my_task.id] = level
        return level

    def token(self, task_id: str) -> Token | None:
        """The token with this id in any live level."""
        for level in self.levels():
            if task_id in level.tasks:
                return level.tasks[task_id]
        return None
