"""Activities: user tasks, scripts, decisions, subprocesses, called processes, loops and multi-instances."""
from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

from workflows.scope import Scope
from workflows.sentence import say
from workflows.spiff import OPEN, Token

Json = Any
MAX_INSTANCES = 200
"""Items of one multi-instance, and turns of one standard loop."""


class UserTask(defaults.UserTask):  # type: ignore[misc]
    """A person's task: who it is for and until when is worked out when it opens."""

    def _update_hook(self, token: Token) -> bool:
        token.execution.open_user_task(token)
        return True


class PassTask(defaults.NoneTask):  # type: ignore[misc]
    """A task without a type: passes at once, and is there for its `record` and `notify`."""

    def _run_hook(self, token: Token) -> bool:
        return True


class BusinessRuleTask(BpmnSpecMixin):  # type: ignore[misc]
    """Evaluates a decision table; its outputs become variables."""
    decision: str = ""

    def _run_hook(self, token: Token) -> bool:
        token.execution.decide(token, self.decision)
        return True


class Scoped:
    """A subprocess, event subprocess or called process: a level of its own under this token."""
    spec: str

    def _update_hook(self, token: Token) -> bool:
        token._state = TaskState.STARTED
        token.execution.enter_level(token, self.spec)
        return False

    def _on_cancel(self, token: Token) -> None:
        level = token.workflow.top_workflow.subprocesses.pop(token.id, None)
        if level is not None:
            level.completed = True
            level.cancel_all()


class SubProcess(Scoped, defaults.SubWorkflowTask):  # type: ignore[misc]
    """An embedded subprocess."""


class EventSubProcess(Scoped, defaults.EventSubprocess):  # type: ignore[misc]
    """A subprocess that a message or signal starts while its level is under way; `trigger` says which."""


class CallActivity(Scoped, defaults.CallActivity):  # type: ignore[misc]
    """A called process; it shares the caller's variables."""


class Repeated:
    """An activity that is done several times: its instances are children of its own token."""
    task_spec: str

    def _instance(self, token: Token, scope: Scope, number: int) -> None:
        child = token._add_child(self._wf_spec.task_specs[self.task_spec])  # type: ignore[attr-defined]
        child.triggered = True
        child.scope = scope
        child.internal_data["number"] = number
        token.execution.enter_soon(child)

    def under_way(self, token: Token) -> list[Token]:
        return [child for child in token.children if child._state & OPEN and child.task_spec.name == self.task_spec]

    @abstractmethod
    def merge(self, token: Token, child: Token) -> None:
        """An instance has finished: begin the next one, or be done."""


class MultiInstance(Repeated):
    """One instance for each item of a list, or for each of a number; `output` collects what each has written.

    `completionCondition` is asked after each instance, in that instance's scope; it may also use nrOfInstances,
    nrOfCompletedInstances and nrOfActiveInstances (BPMN 2.0.2, table 10.30).
    """
    sequential = False
    input_expression: str
    item_name: str | None
    output: str | None
    condition: str | None

    def _update_hook(self, token: Token) -> bool:
        items = self._items(token)
        if self.output:
            token.execution.write(token.scope, {self.output: []})
        token.internal_data |= {"total": len(items), "done": 0}
        if not items:
            return True
        token._state = TaskState.STARTED
        first, rest = (items[:1], items[1:]) if self.sequential else (items, [])
        token.internal_data["rest"] = rest
        for number, item in enumerate(first):
            self._begin(token, item, number)
        return False

    def _items(self, token: Token) -> list[Json]:
        value = token.execution.evaluate(token, self.input_expression)
        if isinstance(value, bool) or not isinstance(value, (int, list, Mapping)):
            token.execution.fail(token, "multi_instance", say("“%(input_expression)s”不是清单，也不是个数",
                                                              input_expression=self.input_expression))
        length = value if isinstance(value, int) else len(value)
        if length > MAX_INSTANCES:
            token.execution.fail(token, "multi_instance", say("要办 %(length)s 份，超过 %(max_instances)s 份的上限",
                                                              length=length, max_instances=MAX_INSTANCES))
        return list(range(value)) if isinstance(value, int) else list(value)

    def _begin(self, token: Token, item: Json, number: int) -> None:
        values = {self.item_name: item} if self.item_name else {}
        self._instance(token, Scope(values, token.scope), number)

    def merge(self, token: Token, child: Token) -> None:
        """An instance has finished: collect what it wrote, then go on, or be done."""
        state = token.internal_data
        if state.get("satisfied"):
            return  # finished beside the instance that was enough
        if self.output:
            collected = [*token.scope.names()[self.output], child.scope.local]
            token.execution.write(token.scope, {self.output: collected})
        state["done"] += 1
        if self._satisfied(token, child):
            for other in self.under_way(token):
                other.cancel()
            state |= {"rest": [], "satisfied": True}
        elif state["rest"]:
            item, *state["rest"] = state["rest"]
            self._begin(token, item, state["done"])
        if not state["rest"] and not self.under_way(token):
            token._set_state(TaskState.READY)

    def _satisfied(self, token: Token, child: Token) -> bool:
        if not self.condition:
            return False
        total, done = token.internal_data["total"], token.internal_data["done"]
        counts = {"nrOfInstances": total, "nrOfCompletedInstances": done,
                  "nrOfActiveInstances": len(self.under_way(token))}
        return bool(token.execution.evaluate(child, self.condition, extra=counts))


class ParallelMultiInstance(MultiInstance, defaults.ParallelMultiInstanceTask):  # type: ignore[misc]
    """All items at the same time."""


class SequentialMultiInstance(MultiInstance, defaults.SequentialMultiInstanceTask):  # type: ignore[misc]
    """One item after another."""
    sequential = True


class StandardLoop(Repeated, defaults.StandardLoopTask):  # type: ignore[misc]
    """Again and again while its condition holds, at most `maximum` times."""

    def _update_hook(self, token: Token) -> bool:
        token.internal_data["done"] = 0
        if self.test_before and self._finished(token):
            return True
        token._state = TaskState.STARTED
        self._instance(token, token.scope, 0)
        return False

    def merge(self, token: Token, child: Token) -> None:
        token.internal_data["done"] += 1
        if self._finished(token):
            token._set_state(TaskState.READY)
        else:
            self._instance(token, token.scope, token.internal_data["done"])

    def _finished(self, token: Token) -> bool:
        if token.internal_data["done"] >= min(self.maximum or MAX_INSTANCES, MAX_INSTANCES):
            return True
        return self.condition is not None and not token.execution.evaluate(token, self.condition)
