"""What becomes of a case, gathered step by step: its user tasks in turn, their limits, and what it passed.

A life is made from steps of the engine alone, so the same is known of a case as it was recorded, of the same case sent
through a draft, and of one that is tried by hand.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflows.step import ArmedTimer, OpenedTask, Step

Json = Any
Key = tuple[str, int]
"""an element and its how manyeth attempt, from 1: what stays the same when a diagram changes around a step"""


@dataclass(slots=True)
class Task:
    """A user task of a life. `due_at` is the last that it had; `closed_at` None: still open."""
    key: Key
    opened: OpenedTask
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None = None
    how: str | None = None

    def overdue(self, now: datetime) -> bool:
        """Whether its limit had lapsed when it was closed, or lapses by now."""
        return self.due_at is not None and (self.closed_at or now) > self.due_at


@dataclass(slots=True)
class Life:
    """`tasks` in the order of their opening. `timers` are those that wait now, by the engine's id; `fired` and `passed`
    count elements by (process, element); `incidents` are the elements that it stopped at."""
    tasks: dict[Key, Task] = field(default_factory=dict)
    timers: dict[str, ArmedTimer] = field(default_factory=dict)
    fired: Counter[tuple[str, str]] = field(default_factory=Counter)
    passed: Counter[tuple[str, str]] = field(default_factory=Counter)
    incidents: set[str] = field(default_factory=set)
    state: bytes = b""
    variables: Mapping[str, Json] = field(default_factory=dict)
    waiting_messages: tuple[str, ...] = ()
    ended: bool = False
    _keys: dict[str, Key] = field(default_factory=dict)
    _attempts: Counter[str] = field(default_factory=Counter)

    def take(self, step: Step, at: datetime) -> list[Task]:
        """Adds a step; the tasks that it opened."""
        for closed in step.closed:
            task = self.tasks[self._keys[closed.task_id]]
            task.closed_at, task.how = at, closed.how
        for moved in step.redated:
            self.tasks[self._keys[moved.task_id]].due_at = moved.due_at
        opened = [self._open(task, at) for task in step.opened]
        for task_id in step.disarmed:
            self.timers.pop(task_id, None)
        self.timers.update((timer.task_id, timer) for timer in step.armed)
        for trace in step.trace:
            place = (trace.process_id, trace.element_id)
            self.passed[place] += trace.what == "completed"
            self.fired[place] += trace.what == "fired"
        if step.incident is not None:
            self.incidents.add(step.incident.element_id)
        self.state, self.variables = step.state, step.variables
        self.waiting_messages, self.ended = step.waiting_messages, step.ended is not None
        return opened

    def next_fall(self, fell: Mapping[datetime, datetime]) -> datetime | None:
        """When the next limit falls: when `fell` says that its instant was noticed, else to the second."""
        return min((fell.get(timer.due_at, timer.due_at) for timer in self.timers.values()), default=None)

    def key_of(self, task_id: str) -> Key | None:
        """The key of a task by the engine's id."""
        return self._keys.get(task_id)

    def open_tasks(self) -> Iterator[Task]:
        return (task for task in self.tasks.values() if task.closed_at is None)

    def find_open(self, key: Key | None) -> Task | None:
        """The task with this key, if it is open now."""
        task = self.tasks.get(key) if key is not None else None
        return task if task is not None and task.closed_at is None else None

    def _open(self, opened: OpenedTask, at: datetime) -> Task:
        self._attempts[opened.element_id] += 1
        key = (opened.element_id, self._attempts[opened.element_id])
        self._keys[opened.task_id] = key
        self.tasks[key] = Task(key, opened, at, opened.due_at)
        return self.tasks[key]
