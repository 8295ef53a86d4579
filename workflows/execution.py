"""One input worked out: the queue of micro-steps, and everything that a step will tell about them.

A micro-step enters one token, runs one token, merges one instance or fires one event. They run one after another from a
queue, oldest first, until only people, clocks and messages remain. Each is small enough that an error belongs to one
element: then the input is worked out again and halted just before it (`Halted`), and the instance waits for `retry`.
"""
from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NoReturn

from SpiffWorkflow.util.task import TaskState

from workflows import timers
from workflows.activities import CallActivity, Repeated
from workflows.calendar import Calendar
from workflows.compaction import compact
from workflows.errors import WorkflowError
from workflows.events import BoundaryEvent, Definition
from workflows.expressions import evaluate, run_script
from workflows.gateways import JOINS
from workflows.scope import Scope
from workflows.spiff import Instance, Level, Token
from workflows.step import Closing, Ending, Incident, Notice, Trace
from workflows.timers import Timer

Json = Any
MAX_PASSES = 1_000
"""Runs of one element within one step."""
COMPACT_EVERY = 200
"""Micro-steps after which the tree is compacted on the way, so that a long step stays cheap."""
THROWN = {"escalation": "escalated"}


class Halted(Exception):
    """The limit of micro-steps is reached: the next one is known to fail."""


class Failure(Exception):
    """An element cannot do what its diagram says. `code` is for programs, `reason` a Chinese clause for people."""

    def __init__(self, token: Token, code: str, reason: str):
        self.token, self.code, self.reason = token, code, reason
        super().__init__(reason)


class Execution:
    """An instance at work. Made for one input, thrown away with it."""

    instance: Instance

    def __init__(self, version: Any, scope: Scope, *, now: datetime, calendar: Calendar, limit: int | None = None):
        self.version = version
        self.now = now.astimezone(UTC)
        self.calendar = calendar
        self.limit = limit
        self.counter = 0
        self.micro_steps = 0
        self.queue: deque[tuple[Callable[[Token], None], Token]] = deque()
        self.passes: Counter[str] = Counter()
        self.current: Token | None = None
        self.opened_by: str | None = None
        self.suspended = False
        self.ended: Ending | None = None
        self.incident: Incident | None = None
        self.trace: list[Trace] = []
        self.notices: list[Notice] = []
        self.how: dict[str, Closing] = {}
        self.redated: set[str] = set()
        self.instance = Instance(version, self, scope)

    def next_id(self) -> str:
        self.counter += 1
        return str(self.counter)

    # The queue

    def enter_soon(self, token: Token) -> None:
        self.queue.append((self._enter, token))

    def run_soon(self, token: Token) -> None:
        """What an event has interrupted must not go on first, so fired boundary events run at once."""
        if isinstance(token.task_spec, BoundaryEvent):
            self.queue.appendleft((self._run, token))
        else:
            self.queue.append((self._run, token))

    def work(self) -> None:
        """Micro-steps until nothing moves: the queue, then joins that may fire now, then what is due."""
        while self.ended is None and not self.suspended:
            while self.queue and self.ended is None:
                action, token = self.queue.popleft()
                if token.alive or "unmerged" in token.internal_data:
                    self.micro(action, token)
            if not (self._recheck_joins() or self._fire_due()):
                return

    def micro(self, action: Callable[[Token], None], token: Token) -> None:
        """One micro-step, counted."""
        if self.micro_steps == self.limit:
            raise Halted
        self.micro_steps += 1
        self.current = token
        action(token)
        if self.micro_steps % COMPACT_EVERY == 0:
            compact(self.instance)

    def _enter(self, token: Token) -> None:
        if token._state != TaskState.FUTURE:
            return
        ready = token.task_spec._update_hook(token)
        if not ready or token.task_spec.manual:
            self.note(token, "entered")
        if ready:
            token._ready()

    def _run(self, token: Token) -> None:
        if token._state != TaskState.READY:
            return
        key = f"{token.workflow.spec.name}/{token.task_spec.name}"
        self.passes[key] += 1
        if self.passes[key] > MAX_PASSES:
            self.fail(token, "endless", f"一步之内经过了 {MAX_PASSES} 次，流程图里可能有绕不出去的环")
        token.run()

    def merge(self, token: Token) -> None:
        """An instance of a loop or multi-instance has finished."""
        del token.internal_data["unmerged"]
        parent = token.parent
        if parent is not None and parent.alive and isinstance(parent.task_spec, Repeated):
            parent.task_spec.merge(parent, token)

    def _recheck_joins(self) -> bool:
        """Looks again at tokens that wait at a join, after others have moved or gone. One firing at a time."""
        for level in self.instance.levels():
            for token in level.open_tokens():
                if token._state == TaskState.WAITING and isinstance(token.task_spec, JOINS):
                    if token.task_spec._update_hook(token):
                        token._ready()
                        return True
        return False

    def _fire_due(self) -> bool:
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
                before = len(self.trace)
                self.micro(self._fire_if, token)
                if len(self.trace) > before:
                    return True
        return False

    def _fire_if(self, token: Token) -> None:
        if self.evaluate(token, token.task_spec.event_definition.name):
            self.fire(token, "fired")

    # What tokens call

    def left(self, token: Token) -> None:
        """A token has completed."""
        self.note(token, "completed")
        parent = token.parent
        if parent is not None and isinstance(parent.task_spec, Repeated):
            if parent.task_spec.task_spec == token.task_spec.name:
                token.internal_data["unmerged"] = True
                self.queue.append((self.merge, token))

    def cancelled(self, token: Token) -> None:
        """A token has been cancelled."""
        self.note(token, "cancelled")

    def enter_level(self, token: Token, spec_name: str) -> None:
        """Begins the level of a subprocess or called process; a called process's new variables get their values."""
        if isinstance(token.task_spec, CallActivity):
            self.declare(token.scope, spec_name)
        self.instance.create_subprocess(token, spec_name).begin(token.internal_data.pop("path", None))

    def declare(self, scope: Scope, process_id: str) -> None:
        """Gives the declared variables of a process that do not exist yet their initial values."""
        names = scope.names()
        for name, value in self.version.variables_of(process_id).items():
            if name not in names:
                scope.write(name, value)

    def open_user_task(self, token: Token) -> None:
        """Works out unit, assignee and due date of a user task."""
        element = token.task_spec.element
        unit = self.evaluate(token, element.unit_expression or "None")
        if not unit or not isinstance(unit, str):
            self.fail(token, "no_unit", f"泳道的单位“{element.unit_expression}”没有结果")
        token.internal_data |= {"unit": unit, "by": self.opened_by}
        assignee = element.extensions.get("assignee")
        if assignee:
            token.internal_data["assignee"] = self.evaluate(token, assignee) or None
        rule = element.extensions.get("due")
        if rule:
            timers.keep(token, timers.work_out(token, rule, self.now), self.now)

    def decide(self, token: Token, decision: str) -> None:
        """Evaluates a decision table and writes its outputs."""
        table = self.version.decisions[decision]
        with self.failing(token, "decision", f"决策表“{table.name or decision}”"):
            outputs = table.evaluate(token.scope.names(), now=self.now, calendar=self.calendar)
        for name, value in outputs.items():
            token.scope.write(name, value)

    def evaluate(self, token: Token, text: str, *, at: datetime | None = None,
                 extra: Mapping[str, Json] | None = None) -> Json:
        """An expression's value in a token's scope; `at` lets a timer be worked out as of its start."""
        names = token.scope.names()
        if extra:
            names = {**names, **extra}
        with self.failing(token, "expression"):
            return evaluate(text, names, now=at or self.now, calendar=self.calendar, started_at=at)

    def run_script(self, token: Token, script: str) -> None:
        """Runs assignments in a token's scope."""
        with self.failing(token, "expression"):
            assigned = run_script(script, token.scope.names(), now=self.now, calendar=self.calendar)
        for name, value in assigned.items():
            token.scope.write(name, value)

    @contextmanager
    def failing(self, token: Token, code: str, what: str = "") -> Iterator[None]:
        """Errors of expressions and tables become failures of this token's element."""
        try:
            yield
        except WorkflowError as error:
            raise Failure(token, code, f"{what}：{error}" if what else str(error)) from error

    def fail(self, token: Token, code: str, reason: str) -> NoReturn:
        raise Failure(token, code, reason)

    # Events

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

    def receive(self, kind: str, name: str, payload: Mapping[str, Json]) -> bool:
        """Gives a message or signal to everything that waits for it; False if nothing does."""
        taken = False
        for level in self.instance.levels():
            for token in level.open_tokens():
                if token._state == TaskState.WAITING and self._waits_for(token, kind, name) and token.alive:
                    self._write(token.scope, payload)
                    self.fire(token, "received")
                    taken = True
            for spec in level.spec.event_subprocesses:
                if not level.completed and spec.trigger.catches(kind, name):
                    self._write(level.scope, payload)
                    child = level.task_tree._add_child(spec)
                    child.triggered = True
                    self.enter_soon(child)
                    taken = True
        return taken

    @staticmethod
    def _write(scope: Scope, payload: Mapping[str, Json]) -> None:
        for name, value in payload.items():
            scope.write(name, value)

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
            self.fail(token, "uncaught", f"错误“{definition.name}”没有边界事件接住")

    def _propagate(self, level: Level, definition: Definition) -> bool:
        """Offers an error or escalation to the boundary events around the level, then around the next one out."""
        activity = level.parent_token
        while activity is not None:
            over = activity.parent
            host = over if over is not None and isinstance(over.task_spec, Repeated) else activity
            split = host.split
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

    def finished(self) -> None:
        """The outermost level has ended."""
        self.ended = self.ended or "completed"

    # What the step tells

    def note(self, token: Token, what: Any) -> None:
        """A trace entry for a visible element; its `record` and `notify` go with the entry that counts for its kind."""
        spec = token.task_spec
        element = spec.element
        if element is None:
            return
        told = what in spec.told_when
        mark = element.extensions.get("record") if told else None
        self.trace.append(Trace(element.id, element.process_id, element.kind, element.name, what, token.id, mark))
        if told and spec.notify is not None:
            self.notices.extend(spec.notify.render(token))
