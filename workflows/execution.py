"""One input worked out: the queue of micro-steps, and everything that a step will tell about them.

A micro-step enters one token, runs one token, merges one instance or fires one event. They run one after another from a
queue, oldest first, until only people, clocks and messages remain. Each is small enough that an error belongs to one
element: then the input is worked out again and halted just before it (`Halted`), and the instance waits for `retry`.
"""
from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NoReturn

from SpiffWorkflow.util.task import TaskState

from workflows import timers
from workflows.activities import CallActivity
from workflows.calendar import Calendar
from workflows.compaction import compact
from workflows.derived import no_period, work_out
from workflows.errors import ExpressionError, WorkflowError
from workflows.events import BoundaryEvent
from workflows.expressions import evaluate, run_script
from workflows.gateways import JOINS
from workflows.happenings import Happenings
from workflows.operators import Budget
from workflows.scope import Scope
from workflows.sentence import say, sentence_of
from workflows.spiff import Instance, Token
from workflows.step import Closing, Ending, Incident, Notice, Trace

Json = Any
MAX_PASSES = 1_000
"""Runs of one element within one step."""
STEP_WORK = 2_000_000
"""Units of work that the expressions of one step may spend together: about a second."""
MAX_NOTICES = 2_000
"""Notices of one step."""
COMPACT_EVERY = 200
"""Micro-steps after which the tree is compacted on the way, so that a long step stays cheap."""


class Halted(Exception):
    """The limit of micro-steps is reached: the next one is known to fail."""


class Failure(Exception):
    """An element cannot do what its diagram says. `code` is for programs, `reason` a Chinese clause for people."""

    def __init__(self, token: Token, code: str, reason: str):
        self.token, self.code, self.reason = token, code, reason
        super().__init__(reason)


class Execution(Happenings):
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
        self.written: set[str] = set()
        self.budget = Budget(STEP_WORK)
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
        """Micro-steps until nothing moves: the queue, then joins that may fire now, deadlines that changed variables
        move, and what is due."""
        while self.ended is None and not self.suspended and self.incident is None:
            while self.queue and self.ended is None:
                action, token = self.queue.popleft()
                if token.alive or "unmerged" in token.internal_data:
                    self.micro(action, token)
            if not (self._recheck_joins() or self._move_deadlines() or self.fire_due()):
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
            self.fail(token, "endless",
                      say("一步之内经过了 %(max_passes)s 次，流程图里可能有绕不出去的环", max_passes=MAX_PASSES))
        token.run()

    def merge(self, token: Token) -> None:
        """An instance of a loop or multi-instance has finished."""
        del token.internal_data["unmerged"]
        repetition = token.repetition
        if repetition is not None and repetition.alive:
            repetition.task_spec.merge(repetition, token)

    def _recheck_joins(self) -> bool:
        """Looks again at tokens that wait at a join, after others have moved or gone. One firing at a time."""
        for level in self.instance.levels():
            for token in level.open_tokens():
                waits = token._state == TaskState.WAITING and isinstance(token.task_spec, JOINS)
                if waits and token.task_spec._update_hook(token):
                    token._ready()
                    return True
        return False

    def _move_deadlines(self) -> bool:
        """Works out again the deadlines whose rules mention a variable that has been written."""
        names, self.written = self.written, set()
        for level in self.instance.levels() if names else ():
            for token in level.open_tokens():
                if timers.mentions(token, names):
                    self.micro(timers.work_out_again, token)
        return bool(names)

    def write(self, scope: Scope, values: Mapping[str, Json]) -> None:
        """Writes variables into a scope, and what follows from them."""
        scope.values.update(values)
        self.written.update(values)
        self.derive(scope, values)

    def derive(self, scope: Scope, names: Iterable[str]) -> None:
        """Works out the derived variables that follow from these, or are among them, in this scope. A rule of a process
        that has not begun lacks variables, and waits."""
        visible, changed = scope.names(), set(names)
        for name, rule in self.version.derived.items():
            if (name in changed or not changed.isdisjoint(rule.names)) and all(each in visible for each in rule.names):
                with self.failing(self.current, "expression", say("推算“%(name)s”", name=name)):
                    scope.values[name] = work_out(rule, visible, now=self.now, calendar=self.calendar,
                                                  budget=self.budget)
                changed.add(name)
                self.written.add(name)

    # What tokens call

    def left(self, token: Token) -> None:
        """A token has completed."""
        self.note(token, "completed")
        if token.repetition is not None:
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
        names, declared = scope.names(), self.version.variables_of(process_id)
        scope.values.update((name, value) for name, value in declared.items() if name not in names)
        self.written.update(declared)
        self.derive(scope, declared)

    def open_user_task(self, token: Token) -> None:
        """Works out unit, assignee and due date of a user task."""
        token.internal_data |= {"unit": "", "by": self.opened_by}
        self.place(token)
        rule = token.task_spec.element.extensions.get("due")
        if rule:
            timers.keep(token, timers.work_out(token, rule, self.now, optional=True), self.now)

    def place(self, token: Token) -> None:
        """Works out whose inbox a user task lies in: the unit of its lane, and its assignee."""
        element = token.task_spec.element
        unit = self.evaluate(token, element.unit_expression or "None")
        if not unit or not isinstance(unit, str):
            self.fail(token, "no_unit",
                      say("泳道的单位“%(unit_expression)s”没有结果", unit_expression=element.unit_expression))
        token.internal_data["unit"] = unit
        assignee = element.extensions.get("assignee")
        if assignee:
            token.internal_data["assignee"] = self.evaluate(token, assignee) or None

    def decide(self, token: Token, decision: str) -> None:
        """Evaluates a decision table and writes its outputs."""
        table = self.version.decisions[decision]
        with self.failing(token, "decision"):
            outputs = table.evaluate(token.scope.names(), now=self.now, calendar=self.calendar, budget=self.budget)
            for value in outputs.values():
                no_period(value)
        self.write(token.scope, outputs)

    def evaluate(self, token: Token, text: str, *, at: datetime | None = None,
                 extra: Mapping[str, Json] | None = None) -> Json:
        """An expression's value in a token's scope; `at` lets a timer be worked out as of its start."""
        names = token.scope.names()
        if extra:
            names = {**names, **extra}
        with self.failing(token, "expression"):
            return evaluate(text, names, now=at or self.now, calendar=self.calendar, started_at=at,
                            budget=self.budget)

    def run_script(self, token: Token, script: str) -> None:
        """Runs assignments in a token's scope."""
        with self.failing(token, "expression"):
            assigned = run_script(script, token.scope.names(), now=self.now, calendar=self.calendar,
                                  budget=self.budget)
        self.write(token.scope, assigned)

    @contextmanager
    def failing(self, token: Token | None, code: str, what: str = "") -> Iterator[None]:
        """Errors of expressions and tables become failures of this token's element. Before there is any token, nothing
        can stop there: the instance is not started."""
        try:
            yield
        except WorkflowError as error:
            reason = say("%(what)s：%(error)s", what=what, error=error) if what else sentence_of(error)
            if token is None:
                raise ExpressionError(reason) from error
            raise Failure(token, code, reason) from error

    def fail(self, token: Token, code: str, reason: str) -> NoReturn:
        raise Failure(token, code, reason)

    def finished(self) -> None:
        """The outermost level has ended."""
        self.ended = self.ended or "completed"

    # What the step tells

    def note(self, token: Token, what: Any) -> None:
        """A trace entry for a visible element; its `record` and `notify` go with the entry that counts for its kind."""
        spec = token.task_spec
        element = spec.element
        if element is None or (isinstance(spec, BoundaryEvent) and what in ("entered", "cancelled")):
            return  # that a boundary event waits is told by the activity under it, and by its timer
        told = what in spec.told_when
        mark = element.extensions.get("record") if told else None
        self.trace.append(Trace(element.id, element.process_id, element.kind, element.name, what, token.id, mark))
        if told and spec.notify is not None:
            self.notices.extend(islice(spec.notify.render(token), MAX_NOTICES + 1))
            if len(self.notices) > MAX_NOTICES:
                self.fail(token, "notices", say("一步之内要通知的超过%(most)s处", most=MAX_NOTICES))
