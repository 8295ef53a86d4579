"""Instances that are moved to another version, for tests."""
from __future__ import annotations

from typing import Any

from tests.workflows.diagrams import (
    diagram,
    end,
    files,
    flow,
    start,
    user,
)
from tests.workflows.play import Play, load
from workflows import engine
from workflows.step import Step
from workflows.versions import ProcessVersion, load_version


def play(*parts: str, **given: Any) -> Play:
    return load(files(diagram(*parts, **given)))


def version(*parts: str, **given: Any) -> ProcessVersion:
    return load_version("p", files(diagram(*parts, **given)))


def move(p: Play, to: ProcessVersion, entered: dict[str, str] | None = None, **mapping: str) -> Step:
    step = engine.migrate(p.version, to, p.state, mapping, now=p.now, calendar=p.calendar, entered=entered)
    p.version = to
    return p.keep(step)


def in_a_row(*tasks: str, also: str = "") -> tuple[str, ...]:
    """A diagram of user tasks one after another, each given as its element's text or its id."""
    return (start(), *(user(task) for task in tasks), also, end(), flow("start", *tasks, "end"))
