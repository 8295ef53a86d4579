"""A case as it was recorded: its inputs lived through once more, and what of them another version can be given."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.cases.replay import RUN, Past
from app.modeler.trial.lives import Key, Life
from workflows import engine
from workflows.calendar import Calendar
from workflows.step import Step
from workflows.versions import ProcessVersion

Json = Any
MAX_WAKES = 500
"""of one case: limits that set themselves off again and again end there"""
LEFT_OUT = frozenset({"wake", "migrate", "take_back"})
"""inputs that another version is not given: its limits fall when its own rules say, and nobody moves it over"""
ON_TASKS = frozenset({"complete", "return_to", "recall", "relocate"})


@dataclass(frozen=True, slots=True)
class Input:
    """A row of the history of kind 'input'."""
    op: str
    arguments: Mapping[str, Json]
    at: datetime
    definition_hash: str
    calendar_version: int


@dataclass(frozen=True, slots=True)
class Act:
    """An input in terms that hold for any version: `keys` are the tasks that it is about; `form` the name of the form
    that a completion answered, in the version of `definition_hash`."""
    op: str
    arguments: Mapping[str, Json]
    at: datetime
    calendar_version: int
    keys: tuple[Key, ...] = ()
    form: str = ""
    definition_hash: str = ""


@dataclass(slots=True)
class Recorded:
    """A case's life as recorded, and its acts. `fell` says when a limit that was due at an instant was noticed: the
    worker comes a little late. `until` is where the record ends."""
    life: Life
    until: datetime
    acts: list[Act] = field(default_factory=list)
    fell: dict[datetime, datetime] = field(default_factory=dict)


def live_through(inputs: Sequence[Input], versions: Mapping[str, ProcessVersion], calendars: Mapping[int, Calendar], *,
                 now: datetime) -> Recorded:
    """Runs a case's inputs again, and its clock on to `now` if it has not ended. Raises what the engine raises when a
    record does not fit its version, which `zhuqi check` would find too."""
    recorded, past = Recorded(Life(), inputs[-1].at), Past()
    life = recorded.life
    for each in inputs:
        act = _act(each, life)
        step = _again(each, past, versions[each.definition_hash], calendars[each.calendar_version])
        for task_id in step.disarmed:
            due = life.timers[task_id].due_at
            if due <= each.at:
                recorded.fell.setdefault(due, each.at)
        life.take(step, each.at)
        if each.op not in LEFT_OUT:
            recorded.acts.append(act)
    if not life.ended:
        recorded.until = max(recorded.until, now)
        last = inputs[-1]
        _run_clock(life, versions[last.definition_hash], calendars[last.calendar_version], recorded.until)
    return recorded


def _again(each: Input, past: Past, version: ProcessVersion, calendar: Calendar) -> Step:
    """Runs an input again, and notes what it has led to."""
    if each.op == "migrate":
        past.before_move = past.state
    step = RUN[each.op](version, past, each.arguments, each.at, calendar)
    past.state, past.version = step.state, version
    return step


def _act(each: Input, life: Life) -> Act:
    arguments = each.arguments
    task_ids = arguments["task_ids"] if each.op == "recall" else [arguments["task_id"]] if each.op in ON_TASKS else []
    keys = tuple(key for task_id in task_ids if (key := life.key_of(task_id)) is not None)
    form = life.tasks[keys[0]].opened.form if keys else ""
    return Act(each.op, arguments, each.at, each.calendar_version, keys, form, each.definition_hash)


def _run_clock(life: Life, version: ProcessVersion, calendar: Calendar, until: datetime) -> None:
    """Lets what falls due before `until` fall, as the worker would that has not come yet."""
    for _ in range(MAX_WAKES):
        due = life.next_fall({})
        if due is None or due >= until:
            return
        life.take(engine.wake(version, life.state, now=due, calendar=calendar), due)
