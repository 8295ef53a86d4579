"""A step that is done once for each of several things, such as a plan's milestones: which of them a task is for."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a repeated step's task is for: the title, and the day if there is one."""
    title: str
    day: date | None


def occasion(local: Mapping[str, Any]) -> Occasion | None:
    """The occasion of a work item from its own variables (`WorkItem.local`): the one that is an object with a `title`,
    and its `date`. None where a task does not stand beside others of its kind."""
    for value in local.values():
        if isinstance(value, Mapping) and isinstance(value.get("title"), str) and value["title"]:
            return Occasion(value["title"], day_of(value.get("date")))
    return None


def day_of(value: Any) -> date | None:
    """The day that a text holds as forms write it: 2026-11-27. None for anything else."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == len("2026-11-27") else None
    except ValueError:
        return None
