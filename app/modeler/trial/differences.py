"""What differs between a case as recorded and the same case sent through another version, as JSON for a row.

A case that cannot go on is compared as far as it went: what would have come after is not known.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from app.dates import city_day
from app.modeler.trial.lives import Life, Task
from app.modeler.trial.recorded import Recorded
from app.modeler.trial.retold import Retold
from workflows.calendar import Calendar

Json = Any
KINDS = ("stopped", "route", "unit", "steps", "deadline", "breached", "kept", "unused")
"""in the order of the table: cannot go on, other steps, other unit, more or fewer steps, moved limits, limits that
would lapse, limits that would lapse no more, recorded inputs that are left over"""
VARIABLES = ("lead_unit", "joint_units")
"""who leads and who joins, where a process has these variables"""


def differences(recorded: Recorded, retold: Retold, calendar: Calendar, names: Mapping[str, str]) -> dict[str, Json]:
    """{kind: details} of what differs, {} when nothing does. Working days are counted by `calendar`; `names` are those
    of elements, by id.

    route {before, after}: names of the steps in turn · unit [{step, before, after}] · steps {before, after} ·
    deadline [{step, element, before, after, days}] · breached and kept [{step, element, timer}] ·
    stopped {step, element, reason, at} · unused [text]
    """
    before, after, stop = recorded.life, retold.life, retold.stop
    found: dict[str, Json] = {
        "unit": [*_other_posts(before, after), *_other_variables(before, after, stopped=stop is not None)],
        "deadline": list(_moved(before, after, calendar)),
        "breached": list(_lapsed_only_in(after, before, recorded.until, names)),
        "unused": [str(text) for text in retold.unused],
    }
    if stop is not None:
        found["stopped"] = {"step": stop.name, "element": stop.element_id, "reason": str(stop.reason),
                            "at": stop.at.isoformat()}
        found["kept"] = [each for each in _lapsed_only_in(before, after, recorded.until, names)
                         if _closed(after, each)]
    else:
        routes = [[task.opened.element_id for task in life.tasks.values()] for life in (before, after)]
        if routes[0] != routes[1]:
            found["route"] = {"before": _names(before), "after": _names(after)}
        if len(routes[0]) != len(routes[1]):
            found["steps"] = {"before": len(routes[0]), "after": len(routes[1])}
        found["kept"] = list(_lapsed_only_in(before, after, recorded.until, names))
    return {kind: found[kind] for kind in KINDS if found.get(kind)}


def passes(life: Life) -> dict[str, int]:
    """{element: how many times it was passed}; ids of elements are unique in a version."""
    return {element: count for (_, element), count in life.passed.items() if count}


def _names(life: Life) -> list[str]:
    return [task.opened.name for task in life.tasks.values()]


def _common(before: Life, after: Life) -> Iterator[tuple[Task, Task]]:
    return ((task, after.tasks[key]) for key, task in before.tasks.items() if key in after.tasks)


def _other_posts(before: Life, after: Life) -> Iterator[dict[str, Json]]:
    for old, new in _common(before, after):
        posts = [[task.opened.unit, task.opened.position] for task in (old, new)]
        if posts[0] != posts[1]:
            yield {"step": new.opened.name, "element": new.key[0], "before": posts[0], "after": posts[1]}


def _other_variables(before: Life, after: Life, *, stopped: bool) -> Iterator[dict[str, Json]]:
    """Lead and joint units at the end; of a case that stopped, only what it had come to."""
    for name in VARIABLES:
        old, new = before.variables.get(name), after.variables.get(name)
        if old != new and not (stopped and not new):
            yield {"variable": name, "before": old, "after": new}


def _moved(before: Life, after: Life, calendar: Calendar) -> Iterator[dict[str, Json]]:
    for old, new in _common(before, after):
        if old.due_at != new.due_at:
            yield {"step": new.opened.name, "element": new.key[0], "before": _text(old.due_at),
                   "after": _text(new.due_at), "days": _days(old.due_at, new.due_at, calendar)}


def _days(old: datetime | None, new: datetime | None, calendar: Calendar) -> int | None:
    """By how many working days a limit moves; None when there is one only on one side."""
    return calendar.working_days_between(city_day(old), city_day(new)) if old and new else None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _lapsed_only_in(one: Life, other: Life, until: datetime, names: Mapping[str, str]) -> Iterator[dict[str, Json]]:
    """Limits that lapsed in one life and not in the other: overdue steps, and timers that fired (more often)."""
    for key, task in one.tasks.items():
        counterpart = other.tasks.get(key)
        if task.overdue(until) and not (counterpart is not None and counterpart.overdue(until)):
            yield {"step": task.opened.name, "element": key[0], "attempt": key[1], "timer": False}
    for (process, element), count in one.fired.items():
        if count > other.fired[process, element]:
            yield {"step": names.get(element) or element, "element": element, "attempt": 0, "timer": True}


def _closed(life: Life, lapsed: Mapping[str, Json]) -> bool:
    """Whether a case that stopped has got past a limit of a step."""
    task = life.tasks.get((lapsed["element"], lapsed["attempt"]))
    return task is not None and task.closed_at is not None
