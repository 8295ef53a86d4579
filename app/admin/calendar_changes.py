"""Changes of the calendar as they are entered: periods of the city's own days, and whether a year's notice is out.

They are worked into a copy of the calendar in force: to be tried, and to be saved once they were looked at.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.admin.errors import AdminRefused
from app.cases import calendars
from app.db import take_turns
from app.models import CalendarVersion
from app.turns import Turn
from workflows.calendar import FIRST_YEAR, LAST_YEAR, Calendar
from workflows.sentence import Sentence, say

Days = dict[str, dict[str, Any]]
KINDS: dict[str, Sentence] = {"off": say("休息"), "worked": say("上班"), "plain": say("收回，照国家安排")}
LONGEST = 62
"""days of one period"""
MOST_ROWS = 40
"""periods that are entered at once"""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the form as it was typed."""
    first: str
    last: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """Days from `first` to `last`, both included, off, worked, or the city's own no longer (`plain`)."""
    first: date
    last: date
    kind: str
    name: str

    def days(self) -> list[str]:
        return [(self.first + timedelta(days=n)).isoformat() for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered on a year's page. `noticed`: whether the year's notice counts as out."""
    year: int
    changes: tuple[Change, ...]
    noticed: bool


def read(rows: Sequence[Row]) -> tuple[Change, ...]:
    """The lines that were filled in. Raises AdminRefused with what is wrong with the first wrong one."""
    filled = [row for row in rows if row.first or row.last or row.name]
    if len(filled) > MOST_ROWS:
        raise AdminRefused(say("一次最多填%(most)s行。", most=MOST_ROWS))
    return tuple(_change(row, number) for number, row in enumerate(filled, 1))


def newest(session: Session) -> CalendarVersion | None:
    """The version in force; None: the notices alone."""
    return session.scalar(select(CalendarVersion).order_by(CalendarVersion.id.desc()).limit(1))


def candidate(version: CalendarVersion | None, entered: Entered) -> Calendar:
    """The calendar as it would be, not yet saved. Raises AdminRefused when nothing would change."""
    overrides, noticed = _worked_in(version, entered)
    return Calendar(overrides={date.fromisoformat(day): bool(values["working"]) for day, values in overrides.items()},
                    names={date.fromisoformat(day): values["name"] for day, values in overrides.items()
                           if values.get("name")},
                    noticed_years=noticed, version=(version.id if version else 0) + 1)


def save(session: Session, entered: Entered, note: str, *, on_version: int, actor: Actor,
         now: datetime) -> CalendarVersion:
    """Saves the changes as a new version. `on_version`: the one that they were tried on (0: none); raises AdminRefused
    if somebody has saved another one since, or without a note."""
    if not note.strip():
        raise AdminRefused(say("请写明为什么改，例如放假通知的文号。"))
    take_turns(session, Turn.SAVE_CALENDAR)
    version = newest(session)
    if (version.id if version else 0) != on_version:
        raise AdminRefused(say("刚才有人改过工作日历，请重新试算后再保存。"))
    overrides, noticed = _worked_in(version, entered)
    return calendars.save(session, overrides, noticed, note.strip(), actor=actor, now=now)


def _worked_in(version: CalendarVersion | None, entered: Entered) -> tuple[Days, set[int]]:
    days: Days = dict(version.overrides) if version else {}
    noticed: set[int] = set(version.noticed_years) if version else set()
    before = dict(days), set(noticed)
    for change in entered.changes:
        for day in change.days():
            if change.kind == "plain":
                days.pop(day, None)
            else:
                days[day] = {"working": change.kind == "worked", "name": change.name}
    if entered.noticed:
        noticed.add(entered.year)
    else:
        noticed.discard(entered.year)
    if (days, noticed) == before:
        raise AdminRefused(say("没有填要改的日期，或者填的和现在一样。"))
    return days, noticed


def _change(row: Row, number: int) -> Change:
    first, last = _day(row.first, number), _day(row.last or row.first, number)
    if last < first:
        raise AdminRefused(say("第%(number)s行：结束日期不能早于开始日期。", number=number))
    if (last - first).days >= LONGEST:
        raise AdminRefused(say("第%(number)s行：一段最长%(most)s天。", number=number, most=LONGEST))
    if row.kind not in KINDS:
        raise AdminRefused(say("第%(number)s行：请选择休息还是上班。", number=number))
    if row.kind != "plain" and not row.name.strip():
        raise AdminRefused(say("第%(number)s行：请写名称，例如“那达慕”。", number=number))
    return Change(first, last, row.kind, row.name.strip()[:40])


def _day(text: str, number: int) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise AdminRefused(say("第%(number)s行：请填写日期，形如 2027-02-06。", number=number)) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise AdminRefused(say("第%(number)s行：工作日历只涵盖%(first)s年至%(last)s年。", number=number,
                               first=FIRST_YEAR, last=LAST_YEAR))
    return day
