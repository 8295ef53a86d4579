"""What the engine answers: one `Step` for one input.

A step is a value. The same (version, state, input, now, calendar) always gives the same step, byte for byte; replay,
simulation and audit rest on that. The recorder turns a step into rows; nothing else writes instance state.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = Any

Closing = Literal["completed", "cancelled", "returned", "recalled"]
Ending = Literal["completed", "terminated", "cancelled"]


@dataclass(frozen=True, slots=True)
class OpenedTask:
    """A user task that became READY: the recorder makes a work item of it (WfMC).

    `task_id` is the engine's id of this attempt, unique in its instance and never used again.
    `unit` is the code that the lane's unit expression gave; `position` the lane's position code.
    `assignee` is a username when the task's `assignee` property names one, else None (anyone in the post may claim).
    `local` holds the variables of the innermost multi-instance item, {} outside one.
    `opened_by` is the task_id of the user task whose completion led here, None after a start, a timer or a message.
    """
    task_id: str
    element_id: str
    process_id: str
    name: str
    stage: str | None
    position: str
    unit: str
    form: str
    due_at: datetime | None
    due_rule: str | None
    provisional: bool
    assignee: str | None
    local: dict[str, Json]
    opened_by: str | None


@dataclass(frozen=True, slots=True)
class ClosedTask:
    """A user task that is no longer READY, and how it left."""
    task_id: str
    how: Closing


@dataclass(frozen=True, slots=True)
class RewrittenTask:
    """An open task that another version describes otherwise: its element, name, form, stage or place. `elsewhere`: it
    lies in another inbox now, or is given to somebody else by rule."""
    task: OpenedTask
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class ArmedTimer:
    """A waiting timer. `rule` and `started_at` are kept so that `retime` can work the deadline out again.

    `provisional` tells that the deadline crosses a year whose holiday notice is not out yet.
    """
    task_id: str
    element_id: str
    due_at: datetime
    rule: str
    started_at: datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing that happened on the diagram, in order. `what` is entered, completed, cancelled, fired, received,
    thrown, escalated, moved, marked or failed. `mark` carries the element's `record` property (`plan_breached`)."""
    element_id: str
    process_id: str
    kind: str
    name: str
    what: str
    task_id: str
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Somebody must be told: from an element's `notify` property. `unit` is a unit code, or 'enterprise'."""
    element_id: str
    unit: str
    position: str | None
    text: str
    kind: Literal["inform", "remind", "urge", "escalate"] = "inform"


@dataclass(frozen=True, slots=True)
class Incident:
    """An error in a diagram stopped this instance. `message` is for the administrator, in Chinese, no stack trace."""
    element_id: str
    process_id: str
    task_id: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Step:
    """The answer to one input. `state` is opaque bytes in the engine's own format.

    `variables` are the instance's variables after the step (JSON values); `changed` the names whose value differs.
    `waiting_messages` names the messages that the instance would take now. `redated` are open tasks whose deadline has
    moved, `rewritten` those that a move to another version describes otherwise. A timer
    whose deadline has moved is both in `disarmed` and, with its new deadline, in `armed`.
    """
    state: bytes
    variables: dict[str, Json]
    changed: frozenset[str] = frozenset()
    opened: tuple[OpenedTask, ...] = ()
    closed: tuple[ClosedTask, ...] = ()
    redated: tuple[OpenedTask, ...] = ()
    rewritten: tuple[RewrittenTask, ...] = ()
    armed: tuple[ArmedTimer, ...] = ()
    disarmed: tuple[str, ...] = ()
    trace: tuple[Trace, ...] = ()
    notices: tuple[Notice, ...] = ()
    waiting_messages: tuple[str, ...] = ()
    ended: Ending | None = None
    incident: Incident | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a state holds open, read without changing it: for `zhuqi check` and for pages."""
    open_tasks: tuple[OpenedTask, ...]
    timers: tuple[ArmedTimer, ...]
    waiting_messages: tuple[str, ...]
    variables: dict[str, Json] = field(default_factory=dict)
    ended: Ending | None = None
    incident: Incident | None = None
