"""What happens to waiting events: time comes, messages arrive, errors and escalations travel outwards.

A part of `Execution`, apart because it is one idea: whatever makes an event fire ends in `fire`.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from SpiffWorkflow.util.task import TaskState

from workflows import timers
from workflows.events import BoundaryEvent, Definition
from workflows.scope import Scope
from workflows.sentence import say
from workflows.spiff import Instance, Level, Token
from workflows.step import Ending, Trace
from workflows.timers import Timer

Json = Any
THROWN = {"escalation": "escalated"}


class Happenings:
    """The events of an execution."""
    instance: Instance
    now: datetime
    ended: Ending | None
    trace: list[Trace]

    if TYPE_CHECKING:
        def enter_soon(self, token: Token) -> None: ...
        def micro(self, action: Callable[[Token], None], token: Token) -> None: ...
        def write(self, scope: Scope, values: Mapping[str, Json]) -> None: ...
        def note(self, token: Token, what: Any) -> None: ...
        def evaluate(self, token: Token, text: str) -> Json: ...
        def fail(self, token: Token, code: str, reason: str) -> NoReturn: ...

    def fire_due(self) -> bool:
        """Fires the timer that is due longest, or a condition that holds."""
        waiting = [token for level in self.instance.levels() for token in level.open_tokens()
                   if token._state == TaskState.WAITING and hasattr(token.task_spec, "event_definition")]
        due = [(timers.due_at(token), int(token.id), token) for token in waiting if timers.is_armed(token)]
        due = [entry for entry in due if entry[0] <= self.now]
        if due:
            self.micro(lambda token: self.fire(token, "fired"), min(due)[2])
            return True
        for token in waiting:
            definition = token.task_spec.event_definition
            if isinstance(definition, Definition) and definition.kind == "condition":
                self.micro(self._fire_if, token)
                if token._state != TaskState.WAITING:
                    return True
        return False

    def _fire_if(self, token: Token) -> None:
        if self.evaluate(token, token.task_spec.event_definition.name):
            self.fire(token, "fired")

    def fire(self, token: Token, what: str) -> None:
        """A waiting event happens: what it interrupts is cancelled, what it repeats waits again, and it goes on."""
        spec = token.task_spec
        self.note(token, what)
        gate = token.internal_data.get("gate")
        if gate is not None:
            for other in token.workflow.open_tokens():
                if other is not token and other.internal_data.get("gate") == gate:
                    other.cancel()
        if isinstance(spec, BoundaryEvent):
            if spec.cancel_activity:
                token.cancel_siblings()
            elif spec.event_definition.repeats:
                self._wait_again(token)
        token._ready()

    def _wait_again(self, token: Token) -> None:
        split = token.split
        assert split is not None
        again = split._add_child(token.task_spec)
        if isinstance(token.task_spec.event_definition, Timer):
            again.internal_data["since"] = token.internal_data["due"]
            self.enter_soon(again)
        else:
            again._state = TaskState.WAITING  # at once: the same may be thrown again before the queue comes round

    def receive(self, kind: str, name: str, payload: Mapping[str, Json]) -> bool:
        """Gives a message or signal to everything that waits for it; False if nothing does."""
        taken = False
        for level in self.instance.levels():
            for token in level.open_tokens():
                if token._state == TaskState.WAITING and self._waits_for(token, kind, name) and token.alive:
                    self.write(token.scope, payload)
                    self.fire(token, "received")
                    taken = True
            for spec in level.spec.event_subprocesses:
                if not level.completed and spec.trigger.catches(kind, name):
                    self.write(level.scope, payload)
                    child = level.task_tree._add_child(spec)
                    child.triggered = True
                    self.enter_soon(child)
                    taken = True
        return taken

    @staticmethod
    def _waits_for(token: Token, kind: str, name: str | None) -> bool:
        definition = getattr(token.task_spec, "event_definition", None)
        return isinstance(definition, Definition) and definition.catches(kind, name)

    def throw(self, token: Token, definition: Definition) -> None:
        """A throwing event: messages and signals go to the instance, errors and escalations outwards."""
        if definition.kind in ("none", "terminate"):
            return
        self.note(token, THROWN.get(definition.kind, "thrown"))
        if definition.kind in ("message", "signal"):
            self.receive(definition.kind, definition.name or "", {})
        elif not self._propagate(token.workflow, definition) and definition.kind == "error":
            self.fail(token, "uncaught", say("错误“%(name)s”没有边界事件接住", name=definition.name))

    def _propagate(self, level: Level, definition: Definition) -> bool:
        """Offers an error or escalation to the boundary events around the level, then around the next one out."""
        activity = level.parent_token
        while activity is not None:
            split = (activity.repetition or activity).split
            for other in split.children if split is not None else ():
                if other._state == TaskState.WAITING and self._waits_for(other, definition.kind, definition.name):
                    self.fire(other, "received")
                    return True
            activity = activity.workflow.parent_token
        return False

    def terminate(self, token: Token) -> None:
        """A terminating end event: its level ends with everything in it."""
        level = token.workflow
        level.cancel_all()
        if level is self.instance:
            self.ended = "terminated"
        level.finish()
