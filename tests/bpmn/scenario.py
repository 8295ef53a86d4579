"""Scenarios: stories in YAML about who answers what on which day, and what must be true after each act.

A scenario lies in `bpmn/<process>/scenarios/`. It knows nothing of how it is walked: a `Driver` acts on the engine
alone (`engine_driver`) or on the application with a database. Times are the city's; the walk wakes every timer that
falls due between two acts at its own instant, as a worker would.

    name: …                     what happens, in one line
    shows: [C2, C4]             clauses of the catalogue
    start: 2026-03-02 09:00     registration
    given: {place: dongsheng}   variables over the defaults below
    opening: {category: …}      collected, sorted, judged and dispatched on the first morning (see `_opening`)
    steps:
      - {at: 2026-03-02 10:00, do: accept_assignment, answers: {accepted: true},
         expect: {open: {handle: dongsheng/clerk}}}
      - {at: …, message: rated, payload: {…}}      - {at: …, return: handle, to: judge}      - {at: …, wait: true}
      - {at: …, notice: {2026-03-05: false}}     the holiday notice comes out: a day off, or (true) a day of work
    ended: completed            how the instance ends, null if it is still open

A step may say `where: {joint_unit: ecology}` to pick one of several open tasks by its item, and `jump_to: handle`.
`expect` takes `open` (all open tasks, element → unit/position, a list for several), `due` (element → day), `timers`
(element → day), `marks` (all marks since the step before, in order), `told` (unit/position or enterprise, at least
these), `variables` and `messages` (at least these are waited for).
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import yaml

from workflows.calendar import CITY_ZONE, Calendar
from workflows.forms import FormSpec, validate
from workflows.step import OpenedTask, Snapshot, Step

Json = Any
BPMN = Path(__file__).parents[2] / "bpmn"
CALENDAR = Calendar(noticed_years=(2026,))
DEFAULTS: dict[str, Json] = {
    "number": "2026-000123", "title": "续贷遇到困难", "channel": "portal", "place": "dongsheng", "promise_scope": True,
    "key_enterprise": False, "leader_unit": "leaders", "enterprise_difficulty": "loss", "category": None,
}
ACTS = frozenset({"do", "message", "return", "wait", "notice"})
STEP_KEYS = ACTS | {"at", "answers", "payload", "to", "where", "jump_to", "expect"}
EXPECTATIONS = frozenset({"open", "due", "timers", "marks", "told", "variables", "messages"})


class _Loader(yaml.SafeLoader):
    """YAML in which days and instants stay text, as in JSON."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story. `process` is the folder it lies in, `shows` the clauses that it claims."""
    path: Path
    process: str
    name: str
    shows: tuple[str, ...]
    start: datetime
    given: dict[str, Json]
    steps: tuple[dict[str, Json], ...]
    ended: str | None

    def __str__(self) -> str:
        return f"{self.process}/{self.path.stem}"


class Driver(Protocol):
    """What a walk needs of the thing it walks. `now` is an aware instant; every act answers with its engine step."""
    def start(self, process: str, variables: dict[str, Json], now: datetime) -> Step: ...
    def complete(self, task: OpenedTask, answers: dict[str, Json], now: datetime, jump_to: str | None) -> Step: ...
    def deliver(self, message: str, payload: dict[str, Json], now: datetime) -> Step: ...
    def send_back(self, task: OpenedTask, target: str, now: datetime) -> Step: ...
    def wake(self, now: datetime) -> Step: ...
    def notice(self, days: dict[str, bool], now: datetime) -> Step: ...
    def snapshot(self) -> Snapshot: ...
    def form(self, name: str) -> FormSpec: ...


def load_all() -> list[Scenario]:
    """Every scenario of every folder of bpmn/, in order of their paths."""
    return [load(path) for path in sorted(BPMN.glob("*/scenarios/*.yaml"))]


def load(path: Path) -> Scenario:
    """One scenario; ValueError for keys that this page does not know."""
    story = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    start = _local(story["start"])
    place = (story.get("given") or {}).get("place", DEFAULTS["place"])
    given = DEFAULTS | {"intake_unit": place, "registered_at": start.isoformat()} | (story.get("given") or {})
    steps = _opening(start, story["opening"]) if "opening" in story else []
    for step in story["steps"]:
        unknown = step.keys() - STEP_KEYS | (step.get("expect") or {}).keys() - EXPECTATIONS
        if unknown or len(step.keys() & ACTS) != 1:
            raise ValueError(f"{path.name}: {step} has unknown keys {sorted(unknown)} or not just one act")
        steps.append(step | {"at": _local(step["at"])})
    return Scenario(path, path.parent.parent.name, story["name"], tuple(story.get("shows") or ()), start, given,
                    tuple(steps), story["ended"])


def _opening(start: datetime, judged: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The first morning of most stories. `judged` holds what differs from a general financing issue of a banner."""
    answers: dict[str, Json] = {
        "category": "financing", "level": "general", "scope_place": "banner", "judge_reason": "按职责办理", **judged}
    dispatch = {"assign_mode": "as_proposed"}
    acts = [("collect", {}), ("sort", {"sort_result": "proceed", "category": answers["category"]}), ("judge", answers)]
    if not answers.get("undisputed_arrears"):
        acts.append(("dispatch", dispatch))
    return [{"at": start + timedelta(minutes=10 * number), "do": element, "answers": given}
            for number, (element, given) in enumerate(acts, 1)]


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


@dataclass(slots=True)
class Walk:
    """A scenario being walked: after each act, what was expected is compared with what is."""
    scenario: Scenario
    driver: Driver
    steps: list[Step] = field(default_factory=list)
    _since: int = 0

    def run(self) -> list[Step]:
        """Walks to the end; AssertionError names scenario, step and difference. The engine's steps, in order."""
        self._keep(self.driver.start(self.scenario.process, self.scenario.given, self.scenario.start))
        for number, step in enumerate(self.scenario.steps, 1):
            where = f"{self.scenario}, step {number} at {step['at']:%m-%d %H:%M}"
            self._wake_until(step["at"])
            self._act(step, where)
            self._compare(step.get("expect") or {}, where)
            self._since = len(self.steps)
        ended = self.driver.snapshot().ended
        assert ended == self.scenario.ended, f"{self.scenario}: ended {ended!r}"
        return self.steps

    def _keep(self, step: Step) -> None:
        assert step.incident is None, f"{self.scenario}: {step.incident}"
        self.steps.append(step)

    def _wake_until(self, at: datetime) -> None:
        while due := [timer.due_at for timer in self.driver.snapshot().timers if timer.due_at <= at]:
            self._keep(self.driver.wake(min(due)))

    def _act(self, step: dict[str, Json], where: str) -> None:
        now = step["at"]
        if "wait" in step:
            return
        if "message" in step:
            self._keep(self.driver.deliver(step["message"], step.get("payload") or {}, now))
            return
        if "notice" in step:
            self._keep(self.driver.notice(step["notice"], now))
            return
        task = self._task(step.get("do") or step["return"], step.get("where") or {}, where)
        if "return" in step:
            self._keep(self.driver.send_back(task, step["to"], now))
        else:
            answers = self._judged(task, step.get("answers") or {}, now, where)
            self._keep(self.driver.complete(task, answers, now, step.get("jump_to")))

    def _task(self, element: str, local: Mapping[str, Json], where: str) -> OpenedTask:
        tasks = self.driver.snapshot().open_tasks
        found = [task for task in tasks if task.element_id == element and local.items() <= task.local.items()]
        assert len(found) == 1, f"{where}: {element} is open {len(found)} times among {_shown(tasks)}"
        return found[0]

    def _judged(self, task: OpenedTask, answers: dict[str, Json], now: datetime, where: str) -> dict[str, Json]:
        """The answers as the task's form takes them."""
        scope = self.driver.snapshot().variables | task.local
        judged = validate(self.driver.form(task.form), answers, scope, now=now, calendar=CALENDAR)
        assert not judged.errors, f"{where}: {task.form} refuses {judged.errors}"
        unasked = answers.keys() - judged.answers.keys()
        assert not unasked, f"{where}: {task.form} does not ask for {sorted(unasked)}"
        return judged.answers

    def _compare(self, expect: Mapping[str, Json], where: str) -> None:
        seen = self.driver.snapshot()
        since = self.steps[self._since:]
        if "open" in expect:
            wanted = {element: sorted([who] if isinstance(who, str) else who)
                      for element, who in expect["open"].items()}
            assert _shown(seen.open_tasks) == wanted, f"{where}: open"
        if "marks" in expect:
            marks = [trace.mark for step in since for trace in step.trace if trace.mark]
            assert marks == expect["marks"], f"{where}: marks"
        told = {notice.unit + (f"/{notice.position}" if notice.position else "")
                for step in since for notice in step.notices}
        assert set(expect.get("told", ())) <= told, f"{where}: told {sorted(told)}"
        assert set(expect.get("messages", ())) <= set(self.steps[-1].waiting_messages), f"{where}: messages"
        for element, day in expect.get("due", {}).items():
            assert _days(seen.open_tasks, element) == {day}, f"{where}: due of {element}"
        for element, day in expect.get("timers", {}).items():
            assert _days(seen.timers, element) == {day}, f"{where}: timer {element}"
        for name, value in expect.get("variables", {}).items():
            assert seen.variables[name] == value, f"{where}: {name} is {seen.variables[name]!r}"


def _shown(tasks: tuple[OpenedTask, ...]) -> dict[str, list[str]]:
    shown: dict[str, list[str]] = {}
    for task in tasks:
        shown.setdefault(task.element_id, []).append(f"{task.unit}/{task.position}")
    return {element: sorted(who) for element, who in shown.items()}


def _days(rows: tuple[Any, ...], element: str) -> set[str]:
    """The local days on which what belongs to an element falls due."""
    return {row.due_at.astimezone(CITY_ZONE).date().isoformat() for row in rows
            if row.element_id == element and row.due_at is not None}
