"""Events: what they wait for, how they fire, and what they throw.

SpiffWorkflow's event definitions carry payloads through task data and compare Python objects. Ours are small values,
and what makes them fire is in `happenings`.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.event_definitions import (
    ConditionalEventDefinition,
    CycleTimerEventDefinition,
    DurationTimerEventDefinition,
    ErrorEventDefinition,
    EscalationEventDefinition,
    MessageEventDefinition,
    NoneEventDefinition,
    SignalEventDefinition,
    TerminateEventDefinition,
    TimeDateEventDefinition,
)
from SpiffWorkflow.util.task import TaskState

from workflows import timers
from workflows.sentence import say
from workflows.spiff import Token
from workflows.timers import Timer

REPEATING = ("message", "signal", "escalation")


@dataclass(frozen=True, slots=True)
class Definition:
    """What an event waits for or throws. `name` is the message's or signal's name, the error's or escalation's code,
    or the condition's expression; None catches every error or escalation."""
    kind: Literal["none", "message", "signal", "error", "escalation", "terminate", "condition"]
    name: str | None = None

    @property
    def repeats(self) -> bool:
        """Whether a non-interrupting boundary event takes it again and again."""
        return self.kind in REPEATING

    def catches(self, kind: str, name: str | None) -> bool:
        return self.kind == kind and (self.name == name or (self.name is None and kind in ("error", "escalation")))


def own_definition(given: Any) -> Definition | Timer:
    """Ours for one of SpiffWorkflow's."""
    match given:
        case TimeDateEventDefinition():
            return Timer("date", (given.expression or "").strip())
        case DurationTimerEventDefinition():
            return Timer("duration", (given.expression or "").strip())
        case CycleTimerEventDefinition():
            return Timer("cycle", (given.expression or "").strip())
        case MessageEventDefinition():
            return Definition("message", given.name)
        case SignalEventDefinition():
            return Definition("signal", given.name)
        case ErrorEventDefinition():
            return Definition("error", given.code)
        case EscalationEventDefinition():
            return Definition("escalation", given.code)
        case ConditionalEventDefinition():
            return Definition("condition", (given.expression or "").strip())
        case TerminateEventDefinition():
            return Definition("terminate")
        case NoneEventDefinition():
            return Definition("none")
    raise ValueError(say("不支持的事件类型 %(name)s", name=type(given).__name__))


class Catching:
    """A catching event waits until the clock or a message makes it fire."""
    event_definition: Definition | Timer

    def _update_hook(self, token: Token) -> bool:
        definition = self.event_definition
        if isinstance(definition, Definition) and definition.kind == "none":
            return True
        if isinstance(definition, Timer):
            start = token.internal_data.get("since")
            begin = timers.since(token) if start else token.execution.now
            due = timers.work_out(token, definition.rule, begin, definition.repeats)
            fired_then = start and due is not None and due.at <= begin
            timers.keep(token, None if fired_then else due, begin)
        token._state = TaskState.WAITING
        return False

    def _on_ready_hook(self, token: Token) -> None:
        """Nothing to unregister."""

    def _run_hook(self, token: Token) -> bool:
        return True

    def _on_cancel(self, token: Token) -> None:
        """Nothing to unregister."""


class StartEvent(Catching, defaults.StartEvent):  # type: ignore[misc]
    """A start event; only event subprocesses start by a message, and their level begins once it has come."""


class IntermediateCatchEvent(Catching, defaults.IntermediateCatchEvent):  # type: ignore[misc]
    """Waits in the flow."""


class ReceiveTask(Catching, defaults.ReceiveTask):  # type: ignore[misc]
    """Waits in the flow for a message."""


class BoundaryEvent(Catching, defaults.BoundaryEvent):  # type: ignore[misc]
    """Waits beside an activity while that is under way."""
    cancel_activity: bool


class Throwing:
    """A throwing event or an end event."""
    event_definition: Definition

    def _run_hook(self, token: Token) -> bool:
        token.execution.throw(token, self.event_definition)
        return True


class EndEvent(Throwing, defaults.EndEvent):  # type: ignore[misc]
    """An end event; a terminating one ends its level with everything under way in it."""

    def _on_complete_hook(self, token: Token) -> None:
        if self.event_definition.kind == "terminate":
            token.execution.terminate(token)


class IntermediateThrowEvent(Throwing, defaults.IntermediateThrowEvent):  # type: ignore[misc]
    """Throws and goes on."""


class SendTask(Throwing, defaults.SendTask):  # type: ignore[misc]
    """Throws a message and goes on."""

