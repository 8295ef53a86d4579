"""A year of the calendar as the page shows it: each day with its kind and reason, month by month; the city's own days
as periods; the versions that there were."""
from __future__ import annotations

import calendar as weeks
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import CalendarVersion, User
from workflows.calendar import Calendar, DayKind
from workflows.sentence import Sentence, say

MARKS: dict[DayKind, Sentence] = {
    DayKind.WEEKEND: say("末"), DayKind.HOLIDAY: say("休"), DayKind.MAKEUP: say("班"),
    DayKind.CITY_OFF: say("市休"), DayKind.CITY_WORKED: say("市班")}
"""what stands beside a day that is not an ordinary working day"""
NAMES: dict[DayKind, Sentence] = {
    DayKind.WORKING: say("工作日"), DayKind.WEEKEND: say("周末"), DayKind.HOLIDAY: say("节假日"),
    DayKind.MAKEUP: say("调休上班"), DayKind.CITY_OFF: say("本市休息"), DayKind.CITY_WORKED: say("本市上班")}
WORKED = frozenset({DayKind.WORKING, DayKind.MAKEUP, DayKind.CITY_WORKED})
VERSIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the year, and what is said of it."""
    date: date
    kind: DayKind
    reason: str


@dataclass(slots=True)
class Month:
    """`weeks` have seven places each, Monday first; None lies in another month."""
    number: int
    working: int = 0
    weeks: list[list[Day | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the city's own that follow each other and are alike."""
    first: date
    last: date
    working: bool
    name: str


def months(calendar: Calendar, year: int) -> list[Month]:
    """The twelve months."""
    return [_month(calendar, year, number) for number in range(1, 13)]


def periods(version: CalendarVersion | None, year: int) -> list[Period]:
    """The city's own days of a year, those that belong together as one."""
    found: list[Period] = []
    for day, values in sorted((version.overrides if version else {}).items()):
        on, working, name = date.fromisoformat(day), bool(values["working"]), str(values.get("name", ""))
        if on.year != year:
            continue
        before = found[-1] if found else None
        if before and (before.last + timedelta(days=1), before.working, before.name) == (on, working, name):
            found[-1] = Period(before.first, on, working, name)
        else:
            found.append(Period(on, on, working, name))
    return found


def versions(session: Session) -> Sequence[tuple[CalendarVersion, str | None]]:
    """The newest versions with who saved them, newest first."""
    rows = session.execute(select(CalendarVersion, User.name).outerjoin(User, User.id == CalendarVersion.created_by)
                           .order_by(CalendarVersion.id.desc()).limit(VERSIONS_SHOWN))
    return [(version, name) for version, name in rows]


def _month(calendar: Calendar, year: int, number: int) -> Month:
    month = Month(number)
    for week in weeks.monthcalendar(year, number):
        days = [Day(day, *calendar.describe(day)) if day else None
                for day in (date(year, number, each) if each else None for each in week)]
        month.weeks.append(days)
        month.working += sum(day is not None and day.kind in WORKED for day in days)
    return month
