"""Figures of steps and posts: how often, how long they waited and were worked on, and what lies open now."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.mining.asked import Asked, Show
from app.models import CasePass, CaseRoute, CaseStep

LEVELS = 5
"""shades of the heat map"""
MOST = 30
"""posts at steps that a page shows"""


@dataclass(frozen=True, slots=True)
class Figure:
    """A step, or a post. `cases` are those whose first attempt at a step is among these: of a step, all. Seconds are of
    the attempts that are `closed`; `oldest` is since when the oldest of the `open` ones has been open. `share` is of
    all working time that steps took, 0 to 1."""
    element: str
    cases: int
    attempts: int
    closed: int
    waiting: int
    working: int
    oldest: datetime | None
    unit: str = ""
    position: str = ""
    share: float = 0.0

    @property
    def open(self) -> int:
        return self.attempts - self.closed

    @property
    def mean_waiting(self) -> int | None:
        return self.waiting // self.closed if self.closed else None

    @property
    def mean_working(self) -> int | None:
        return self.working // self.closed if self.closed else None

    def of(self, show: Show) -> int | None:
        """The number that a figure colours by."""
        return {"count": self.attempts, "waiting": self.mean_waiting, "working": self.mean_working}[show]


@dataclass(frozen=True, slots=True)
class Count:
    """How many cases are looked at, and how many of them have ended."""
    cases: int
    ended: int


def count(session: Session, asked: Asked) -> Count:
    """How many cases a page looks at."""
    row = session.execute(select(func.count(), func.count(CaseRoute.seconds)).where(*asked.cases)).one()
    return Count(row[0], row[1])


def by_step(session: Session, asked: Asked) -> list[Figure]:
    """Each step's figures, the most frequent first."""
    found = _figures(session, asked, [CaseStep.element_id])
    return sorted(found, key=lambda figure: (-figure.attempts, figure.element))


def by_post(session: Session, asked: Asked) -> list[Figure]:
    """The figures of each post over all steps, what took the most time first. `element` is '' in them."""
    return _longest_first(_figures(session, asked, [CaseStep.unit, CaseStep.position]))


def by_post_and_step(session: Session, asked: Asked) -> list[Figure]:
    """The figures of each post at each step, what took the most time first."""
    return _longest_first(_figures(session, asked, [CaseStep.element_id, CaseStep.unit, CaseStep.position]))


def _longest_first(found: list[Figure]) -> list[Figure]:
    return sorted(found, key=lambda figure: (-figure.waiting - figure.working, -figure.open, figure.element,
                                             figure.unit, figure.position))


def passes(session: Session, asked: Asked) -> dict[str, int]:
    """How often each event of the diagram was passed."""
    return dict(session.execute(
        select(CasePass.element_id, func.sum(CasePass.times)).join(CaseRoute, CaseRoute.issue_id == CasePass.issue_id)
        .where(*asked.cases).group_by(CasePass.element_id)).all())


def shades(numbers: Mapping[str, int | None]) -> dict[str, int]:
    """The shade of each element that has any: 1 to LEVELS, by its part of the largest number."""
    most = max((number for number in numbers.values() if number), default=0)
    return {element: max(1, -(-number * LEVELS // most)) for element, number in numbers.items() if number}


def _figures(session: Session, asked: Asked, by: Sequence[InstrumentedAttribute[str]]) -> list[Figure]:
    open_since = cast(Any, func.min(CaseStep.opened_at).filter(CaseStep.working.is_(None)))
    rows = session.execute(
        select(*by, func.count().filter(CaseStep.first).label("cases"), func.count().label("attempts"),
               func.count(CaseStep.working).label("closed"),
               func.coalesce(func.sum(CaseStep.waiting), 0).label("waited"),
               func.coalesce(func.sum(CaseStep.working), 0).label("worked"), open_since.label("oldest"))
        .join(CaseRoute, CaseRoute.issue_id == CaseStep.issue_id).where(*asked.cases).group_by(*by)).all()
    total = sum(int(row.waited) + int(row.worked) for row in rows)
    return [_figure(row, total) for row in rows]


def _figure(row: Any, total: int) -> Figure:
    told = row._mapping
    waiting, working = int(row.waited), int(row.worked)
    return Figure(told.get("element_id", ""), row.cases, row.attempts, row.closed, waiting, working, row.oldest,
                  told.get("unit", ""), told.get("position", ""), (waiting + working) / total if total else 0.0)
