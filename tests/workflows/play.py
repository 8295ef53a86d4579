"""Plays an instance in tests: keeps its state bytes and its clock, and finds open tasks by element id."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from workflows import engine
from workflows.calendar import Calendar
from workflows.step import OpenedTask, Step
from workflows.versions import ProcessVersion, load_version

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""Monday noon in the city, in a year whose holidays are known."""
CALENDAR = Calendar(noticed_years=(2026,))


class Play:
    def __init__(self, version: ProcessVersion):
        self.version, self.now, self.state = version, NOON, b""
        self.calendar = CALENDAR
        self.steps: list[Step] = []

    def keep(self, step: Step) -> Step:
        self.state = step.state
        self.steps.append(step)
        return step

    def act(self, name: str, *args: Any, **kwargs: Any) -> Step:
        function = getattr(engine, name)
        return self.keep(function(self.version, self.state, *args, now=self.now, calendar=self.calendar, **kwargs))

    def act_without_calendar(self, name: str) -> Step:
        return self.keep(getattr(engine, name)(self.version, self.state, now=self.now))

    def start(self, **variables: Any) -> Step:
        return self.keep(engine.start(self.version, variables, now=self.now, calendar=self.calendar))

    def complete(self, element: str, *, which: int = 0, jump_to: str | None = None, **answers: Any) -> Step:
        return self.act("complete", self.task(element, which).task_id, answers, jump_to=jump_to)

    def deliver(self, message: str, **payload: Any) -> Step:
        return self.act("deliver", message, payload)

    def wake(self, **later: float) -> Step:
        self.now += timedelta(**later)
        return self.act("wake")

    @property
    def tasks(self) -> list[OpenedTask]:
        return list(engine.inspect(self.version, self.state).open_tasks)

    @property
    def open(self) -> list[str]:
        return sorted(task.element_id for task in self.tasks)

    @property
    def timers(self) -> list[str]:
        return sorted(timer.element_id for timer in engine.inspect(self.version, self.state).timers)

    def task(self, element: str, which: int = 0) -> OpenedTask:
        return [task for task in self.tasks if task.element_id == element][which]


def load(files: dict[str, str], key: str = "p") -> Play:
    return Play(load_version(key, files))
