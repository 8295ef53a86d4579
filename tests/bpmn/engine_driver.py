"""Walks scenarios on the engine alone: kept in memory, or stored and read again before every act."""
from __future__ import annotations

import json
import sqlite3
from datetime import date, datetime
from typing import Any

from tests.bpmn.scenario import BPMN, CALENDAR
from workflows import engine, versions
from workflows.calendar import Calendar
from workflows.content import read_folder
from workflows.forms import FormSpec
from workflows.step import OpenedTask, Snapshot, Step
from workflows.versions import ProcessVersion, load_version

Json = Any


class EngineDriver:
    """Keeps version and state."""
    version: ProcessVersion
    state: bytes
    calendar = CALENDAR

    def start(self, process: str, variables: dict[str, Json], now: datetime) -> Step:
        self.version = load_version(process, read_folder(BPMN, process))
        return self._keep(engine.start(self.version, variables, now=now, calendar=self.calendar))

    def complete(self, task: OpenedTask, answers: dict[str, Json], now: datetime, jump_to: str | None) -> Step:
        return self._act("complete", task.task_id, answers, now=now, jump_to=jump_to)

    def deliver(self, message: str, payload: dict[str, Json], now: datetime) -> Step:
        return self._act("deliver", message, payload, now=now)

    def send_back(self, task: OpenedTask, target: str, now: datetime) -> Step:
        return self._act("return_to", task.task_id, target, now=now)

    def wake(self, now: datetime) -> Step:
        return self._act("wake", now=now)

    def notice(self, days: dict[str, bool], now: datetime) -> Step:
        self.calendar = Calendar({date.fromisoformat(day): working for day, working in days.items()},
                                 noticed_years=CALENDAR.noticed_years)
        return self._act("retime", now=now)

    def snapshot(self) -> Snapshot:
        return engine.inspect(self.version, self.state)

    def form(self, name: str) -> FormSpec:
        return self.version.forms[name]

    def _act(self, name: str, *args: Any, **kwargs: Any) -> Step:
        return self._keep(getattr(engine, name)(self.version, self.state, *args, calendar=self.calendar, **kwargs))

    def _keep(self, step: Step) -> Step:
        self.state = step.state
        return step


class SavingDriver(EngineDriver):
    """Stores files and state in a database after every act, and begins the next with nothing but what is stored there:
    the version is parsed anew, as in a process that has never seen it."""

    def __init__(self) -> None:
        self.store = sqlite3.connect(":memory:")
        self.store.execute("CREATE TABLE kept (process TEXT, files TEXT, state BLOB)")

    def start(self, process: str, variables: dict[str, Json], now: datetime) -> Step:
        self.store.execute("INSERT INTO kept VALUES (?, ?, NULL)", (process, json.dumps(read_folder(BPMN, process))))
        return super().start(process, json.loads(json.dumps(variables)), now)

    def _keep(self, step: Step) -> Step:
        self.store.execute("UPDATE kept SET state = ?", (step.state,))
        process, files, self.state = self.store.execute("SELECT * FROM kept").fetchone()
        versions._loaded.clear()
        self.version = load_version(process, json.loads(files))
        return step


class MovingDriver(EngineDriver):
    """Moves the instance after every act to a copy of its version whose files differ in white space, and back."""

    def start(self, process: str, variables: dict[str, Json], now: datetime) -> Step:
        step = super().start(process, variables, now)
        files = read_folder(BPMN, process)
        copy = {path: text.replace("<bpmn:userTask", "\n<bpmn:userTask") for path, text in files.items()}
        self.copies = [load_version(process, copy), self.version]
        return self._move(step, now)

    def _act(self, name: str, *args: Any, **kwargs: Any) -> Step:
        return self._move(super()._act(name, *args, **kwargs), kwargs["now"])

    def _move(self, step: Step, now: datetime) -> Step:
        if step.ended is None:
            to = self.copies[0]
            moved = engine.migrate(self.version, to, self.state, {}, now=now, calendar=self.calendar)
            told = (moved.opened, moved.closed, moved.redated, moved.rewritten, moved.armed, moved.disarmed,
                    moved.trace)
            assert not any(told), told
            self.state, self.version = moved.state, to
            self.copies.reverse()
        return step
