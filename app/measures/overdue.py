"""What is open past its limit at this moment: counted live from the facts, since it changes with the clock alone."""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.dates import city_day
from app.measures.figures import percentile
from app.measures.question import Question, chosen
from app.models import CaseFact
from workflows.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Overdue:
    """How many, and how many working days past their limit: the one in the middle, and the oldest."""
    number: int = 0
    median: int | None = None
    oldest: int | None = None


def conditions(question: Question, now: datetime) -> list[ColumnElement[bool]]:
    """Which facts are overdue now, of those that the question asks for."""
    found = [CaseFact.closed_at.is_(None), CaseFact.due_at < now]
    if question.units is not None:
        found.append(CaseFact.unit.in_(question.units))
    return [*found, *chosen(question)]


def by_unit(session: Session, question: Question, now: datetime,
            calendar: Calendar) -> tuple[Overdue, Mapping[str, Overdue]]:
    """Of all units together, and of each unit that has any."""
    due = cast(InstrumentedAttribute[datetime], CaseFact.due_at)
    rows = session.execute(select(CaseFact.unit, due, func.count()).where(*conditions(question, now))
                           .group_by(CaseFact.unit, CaseFact.due_at)).all()
    ages: dict[date, int] = {}
    of_unit: dict[str, Counter[int]] = defaultdict(Counter)
    for unit, due_at, number in rows:
        day = city_day(due_at)
        if day not in ages:
            ages[day] = age(due_at, now, calendar)
        of_unit[unit][ages[day]] += number
    together: Counter[int] = sum(of_unit.values(), Counter())
    return _overdue(together), {unit: _overdue(days) for unit, days in of_unit.items()}


def age(due_at: datetime, now: datetime, calendar: Calendar) -> int:
    """Working days past a limit."""
    return calendar.working_days_between(city_day(due_at), city_day(now))


def _overdue(days: Counter[int]) -> Overdue:
    if not days:
        return Overdue()
    return Overdue(days.total(), percentile(days, 50), max(days))
