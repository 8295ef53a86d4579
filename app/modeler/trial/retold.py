"""A recorded case sent through another version: its answers by step and attempt, its messages by name, its clock.

Nothing is guessed. An answer waits for its step and is given when that opens; a step that the case never had, an answer
that the version's form refuses, or an incident ends the telling there, with where and why. What the version has no use
for is noted and left out.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.cases.replay import RUN, Past
from app.modeler.trial.lives import Key, Life, Task
from app.modeler.trial.recorded import MAX_WAKES, ON_TASKS, Act, Recorded
from workflows import engine
from workflows.calendar import Calendar
from workflows.errors import InstanceStopped, MessageNotExpected, TaskNotReady, WorkflowError
from workflows.forms import FormSpec, validate
from workflows.sentence import say, sentence_of
from workflows.step import Step
from workflows.versions import ProcessVersion

Json = Any
AS_RECORDED = frozenset({"start", "assign_variables", "set_variables", "skip", "retime", "suspend", "resume", "retry",
                         "cancel"})
"""inputs that are about a case as a whole, and mean the same in any version"""
CalendarOf = Callable[[int], Calendar]
"""the calendar to reckon with where the record used this version of it"""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as its text and what was read from it: equal texts ask the same."""
    text: str
    spec: FormSpec


@dataclass(frozen=True, slots=True)
class Forms:
    """Forms by name: of each recorded version, by its hash, and of the version that is tried."""
    recorded: Mapping[str, Mapping[str, Form]]
    tried: Mapping[str, Form]


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a case cannot go on, and why. `element_id` is '' where that is no single element."""
    element_id: str
    name: str
    reason: str
    at: datetime


@dataclass(slots=True)
class Retold:
    """What became of a case in another version. `unused` are recorded inputs that it had no use for, in words."""
    life: Life = field(default_factory=Life)
    stop: Stop | None = None
    unused: list[str] = field(default_factory=list)


class _Ended(Exception):
    """The telling ends here."""


def retell(recorded: Recorded, version: ProcessVersion, forms: Forms, calendar_of: CalendarOf, *,
           recalculate: bool, too_long: Callable[[], bool]) -> Retold:
    """Sends a case through `version`. `recalculate`: recorded changes of the calendar are lived through as well; not
    where one calendar holds from the start. `too_long` is asked before each step whether to give up."""
    telling = _Telling(recorded, version, forms, calendar_of, recalculate, too_long)
    with suppress(_Ended):
        telling.run()
    return telling.told


class _Telling:
    def __init__(self, recorded: Recorded, version: ProcessVersion, forms: Forms, calendar_of: CalendarOf,
                 recalculate: bool, too_long: Callable[[], bool]) -> None:
        self.too_long = too_long
        self.recorded, self.version, self.forms = recorded, version, forms
        self.calendar_of, self.recalculate = calendar_of, recalculate
        self.calendar = calendar_of(recorded.acts[0].calendar_version)
        self.told = Retold()
        self.life = self.told.life
        self.early: dict[Key, Act] = {}
        """answers whose step has not opened yet"""
        self.at = recorded.acts[0].at
        self.wakes = 0

    def run(self) -> None:
        for act in self.recorded.acts:
            self._run_clock(act.at)
            self.at = act.at  # as recorded, also where a machine's clock was set back
            self.calendar = self.calendar_of(act.calendar_version)
            self._do(act)
        self._run_clock(self.recorded.until)
        self.at = self.recorded.until
        if self.recorded.life.ended and not self.life.ended:
            self._stop_short()

    # The clock

    def _run_clock(self, until: datetime) -> None:
        while True:
            due = self.life.next_fall(self.recorded.fell)
            if due is None or due >= until:
                return
            self.wakes += 1
            if self.wakes > MAX_WAKES:
                self._stop("", "", say("时限一再触发，没有尽头"))
            self.at = due
            self._take(lambda: engine.wake(self.version, self.life.state, now=self.at, calendar=self.calendar))

    # What was recorded

    def _do(self, act: Act) -> None:
        if act.op == "complete":
            self._answer(act)
        elif act.op == "deliver":
            self._deliver(act)
        elif act.op in ON_TASKS:
            self._move_tasks(act)
        elif act.op in AS_RECORDED:
            if act.op != "retime" or self.recalculate:
                self._from_outside(lambda: RUN[act.op](self.version, Past(self.life.state), act.arguments, self.at,
                                                       self.calendar))
        else:
            self.told.unused.append(say("管理员的处理“%(op)s”", op=act.op))

    def _answer(self, act: Act) -> None:
        """Gives an answer to its step, now or when it opens."""
        (key,) = act.keys
        task = self.life.find_open(key)
        if task is not None:
            self._complete(task, act)
        elif key not in self.life.tasks and not self.life.ended:
            self.early[key] = act
        else:
            self._unused_answer(key)

    def _complete(self, task: Task, act: Act) -> None:
        answers = self._judged(task, act)
        try:
            self._take(lambda: engine.complete(
                self.version, self.life.state, task.opened.task_id, answers, now=self.at, calendar=self.calendar,
                jump_to=act.arguments["jump_to"]))
        except (TaskNotReady, InstanceStopped):  # what is due at this very instant closes it, or it is suspended
            self._from_outside(lambda: engine.wake(self.version, self.life.state, now=self.at, calendar=self.calendar))
            self._unused_answer(task.key)

    def _judged(self, task: Task, act: Act) -> Mapping[str, Json]:
        """The recorded answers as the version's form takes them. What the form of its time would refuse as well, such
        as an officer's empty first step, is no difference."""
        given: Mapping[str, Json] = act.arguments["answers"]
        own = self.forms.recorded[act.definition_hash].get(act.form)
        tried = self.forms.tried[task.opened.form]
        if own is not None and own.text == tried.text:
            return given
        scope = {**self.life.variables, **task.opened.local}
        outcome = validate(tried.spec, given, scope, now=self.at, calendar=self.calendar)
        before = validate(own.spec, given, scope, now=self.at, calendar=self.calendar).errors if own else {}
        faults = [message for name, message in outcome.errors.items() if before.get(name) != message]
        if faults:
            self._stop(task.opened.element_id, task.opened.name,
                       say("记录里的答案不合这一步的表单：%(faults)s", faults=faults))
        return outcome.answers

    def _deliver(self, act: Act) -> None:
        message = act.arguments["message"]
        try:
            self._take(lambda: engine.deliver(self.version, self.life.state, message, act.arguments["payload"],
                                              now=self.at, calendar=self.calendar))
        except (MessageNotExpected, InstanceStopped):
            self.told.unused.append(say("消息“%(message)s”来时流程不等它", message=message))

    def _move_tasks(self, act: Act) -> None:
        """A return, a recall or a repair, where the steps that it was about are open."""
        found = [task.opened.task_id for key in act.keys if (task := self.life.find_open(key)) is not None]
        if not found or len(found) < len(act.keys):
            self.told.unused.append(say("退回、撤回或转走时，那一步不在办"))
            return
        ids = {"task_ids": found} if act.op == "recall" else {"task_id": found[0]}
        self._from_outside(lambda: RUN[act.op](self.version, Past(self.life.state), {**act.arguments, **ids}, self.at,
                                               self.calendar))

    def _from_outside(self, run: Callable[[], Step]) -> None:
        """What people did to the case as a whole; where it does not apply any more, it is left out."""
        try:
            self._take(run)
        except (InstanceStopped, TaskNotReady) as error:
            self.told.unused.append(sentence_of(error))

    def _unused_answer(self, key: Key) -> None:
        known = self.recorded.life.tasks[key].opened.name
        self.told.unused.append(say("“%(step)s”的答案没有用上", step=known))

    # What came of it

    def _take(self, run: Callable[[], Step]) -> None:
        """A step, and every answer that was waiting for what it opened. Raises _Ended."""
        if self.too_long():
            self._stop("", "", say("这件事项算得太久，没有算完"))
        try:
            step = run()
        except (TaskNotReady, InstanceStopped, MessageNotExpected):
            raise
        except WorkflowError as error:
            self._stop("", "", sentence_of(error))
        opened = self.life.take(step, self.at)
        if step.incident is not None and step.incident.element_id not in self.recorded.life.incidents:
            element = self.version.elements.get(step.incident.element_id)
            self._stop(step.incident.element_id, element.name if element else "", step.incident.message)
        for task in opened:
            if task.key not in self.recorded.life.tasks:
                self._stop(task.opened.element_id, task.opened.name,
                           say("走到“%(step)s”，记录里没有答案", step=task.opened.name))
        for task in opened:
            waiting = self.early.pop(task.key, None)
            if waiting is not None and self.life.find_open(task.key) is not None:
                self._complete(task, waiting)

    def _stop_short(self) -> None:
        """The record is over, the case is not."""
        task = next(self.life.open_tasks(), None)
        if task is not None:
            self._stop(task.opened.element_id, task.opened.name,
                       say("走到“%(step)s”，记录里没有答案", step=task.opened.name))
        self._stop("", "", say("记录到头了，流程还在等时限或消息"))

    def _stop(self, element_id: str, name: str, reason: str) -> None:
        self.told.stop = Stop(element_id, name, reason, self.at)
        raise _Ended
