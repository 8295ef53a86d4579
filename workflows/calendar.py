"""The working-day calendar: the State Council's notices (package `holidays`) with the city's own days over them.

The day something starts is not counted; a period that ends on a day off ends on the next working day (民法典 201, 203);
makeup days (调休上班) are working days. A year whose notice is not out falls back to weekdays less the statutory
holidays and their compensation (《全国年节及纪念日放假办法》), and is provisional.
"""
from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from workflows.china import China, ChinaStaticHolidays
from workflows.errors import WorkflowError
from workflows.sentence import say

CITY_ZONE = ZoneInfo("Asia/Shanghai")
FIRST_YEAR, LAST_YEAR = 2001, 2099
"""The notices begin in 2001; the library's lunar tables end in 2099."""

_CLOSE = time(23, 59, 59)
_MAKEUP_OF = re.compile(r"休息日（由 (?P<makeup>[\d-]+) 调休）")


class CalendarError(WorkflowError):
    """A date or a number of days that the calendar cannot count."""


class DayExplanation(NamedTuple):
    """One day of a count: whether it was counted, and why (周末, 春节, 调休上班, 工作日, 当日不计 …)."""
    date: date
    counted: bool
    reason: str


class DayKind(StrEnum):
    """What a day is, and who says so: the week, a notice (or the law, in a provisional year), or the city."""
    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"
    CITY_OFF = "city_off"
    CITY_WORKED = "city_worked"


@dataclass(frozen=True, slots=True)
class _Year:
    """A year without the city's days: the reason of each day that differs from its weekday."""
    off: Mapping[date, str]
    makeup: frozenset[date]


class Calendar:
    """An immutable calendar. Two with equal content give equal answers; `version` is stored with each deadline.

    `overrides` says of single days whether they are worked (True) or not (False), and wins over everything;
    `names` may say why. `noticed_years` are years whose notice an administrator has entered as overrides, beyond
    those that the library carries. Dates are days of the city (Asia/Shanghai).
    """
    __slots__ = ("_names", "_overrides", "_own_days", "noticed_years", "version")

    def __init__(self, overrides: Mapping[date, bool] | None = None, noticed_years: Iterable[int] = (),
                 version: int = 1, names: Mapping[date, str] | None = None) -> None:
        self.version = version
        self.noticed_years = frozenset(noticed_years)
        self._overrides = dict(overrides or {})
        self._names = dict(names or {})
        self._own_days = {year: frozenset(item for item in self._overrides.items() if item[0].year == year)
                          for year in {day.year for day in self._overrides}}

    @property
    def overrides(self) -> Mapping[date, bool]:
        return MappingProxyType(self._overrides)

    def provisional(self, year: int) -> bool:
        """Whether the notice of `year` is not out yet."""
        return year not in ChinaStaticHolidays.special_public_holidays and year not in self.noticed_years

    def spans_provisional(self, start: date, end: date) -> bool:
        """Whether any year from `start` to `end` is provisional: a deadline between them may still move."""
        return any(self.provisional(year) for year in range(start.year, end.year + 1))

    def is_working_day(self, day: date) -> bool:
        days = self._days(day.year)
        index = bisect_left(days, day)
        return index < len(days) and days[index] == day

    def describe(self, day: date) -> tuple[DayKind, str]:
        """What a day is, and its reason in Chinese."""
        reason = self._reason(day)
        if day in self._overrides:
            return DayKind.CITY_WORKED if self._overrides[day] else DayKind.CITY_OFF, reason
        year = _national(day.year)
        if day in year.makeup:
            return DayKind.MAKEUP, reason
        if day in year.off:
            return DayKind.HOLIDAY, reason
        return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKING, reason

    def add_working_days(self, start: date, n: int) -> date:
        """The `n`-th working day after `start`, which is not counted. 0 gives the first working day from `start` on."""
        if n < 0:
            raise CalendarError(say("工作日数不能是负数：%(n)s", n=n))
        if n == 0:
            return self.roll_forward(start)
        year = start.year
        days = self._days(year)
        index = bisect_right(days, start) + n - 1
        while index >= len(days):
            index -= len(days)
            year += 1
            days = self._days(year)
        return days[index]

    def subtract_working_days(self, start: date, n: int) -> date:
        """The `n`-th working day before `start`, which is not counted. 0 gives the last working day up to `start`."""
        if n < 0:
            raise CalendarError(say("工作日数不能是负数：%(n)s", n=n))
        year = start.year
        days = self._days(year)
        index = bisect_right(days, start) - 1 if n == 0 else bisect_left(days, start) - n
        while index < 0:
            year -= 1
            days = self._days(year)
            index += len(days)
        return days[index]

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; negative when `end` is earlier."""
        if end < start:
            return -self.working_days_between(end, start)
        count = bisect_right(self._days(end.year), end) - bisect_right(self._days(start.year), start)
        return count + sum(len(self._days(year)) for year in range(start.year, end.year))

    def roll_forward(self, day: date) -> date:
        """`day` itself when worked, else the next working day (民法典 203)."""
        return day if self.is_working_day(day) else self.add_working_days(day, 1)

    def add_months(self, start: date, n: int) -> date:
        """The corresponding day `n` calendar months later, or that month's last day, rolled to a working day."""
        if n < 0:
            raise CalendarError(say("月数不能是负数：%(n)s", n=n))
        months = start.year * 12 + start.month - 1 + n
        year, month = months // 12, months % 12 + 1
        _check_year(year)
        return self.roll_forward(date(year, month, min(start.day, _month_length(year, month))))

    def explain(self, start: date, n: int) -> list[DayExplanation]:
        """Every day from `start` to the `n`-th working day after it, in order, with its reason in Chinese."""
        end = self.add_working_days(start, n)
        first = DayExplanation(start, False, say("当日不计（%(reason)s）", reason=self._reason(start)))
        days = _each_day(start + timedelta(days=1), end)
        return [first, *(DayExplanation(day, self.is_working_day(day), self._reason(day)) for day in days)]

    @staticmethod
    def end_of(day: date) -> datetime:
        """The close of the day in the city: 23:59:59, aware."""
        return datetime.combine(day, _CLOSE, CITY_ZONE)

    def _days(self, year: int) -> tuple[date, ...]:
        return _working_days(year, self._own_days.get(year, frozenset()))

    def _reason(self, day: date) -> str:
        if day in self._overrides:
            return self._names.get(day) or (say("调休上班") if self._overrides[day] else say("本市安排休息"))
        year = _national(day.year)
        if day in year.makeup:
            return say("调休上班")
        if day in year.off:
            return year.off[day]
        return say("周末") if day.weekday() >= 5 else say("工作日")


@lru_cache(maxsize=512)
def _working_days(year: int, own_days: frozenset[tuple[date, bool]]) -> tuple[date, ...]:
    """The sorted working days of a year. Cached, so that a recount of every open deadline is a walk of bisections."""
    national, own = _national(year), dict(own_days)
    return tuple(day for day in _each_day(date(year, 1, 1), date(year, 12, 31))
                 if own.get(day, day in national.makeup or (day.weekday() < 5 and day not in national.off)))


@lru_cache(maxsize=128)
def _national(year: int) -> _Year:
    """What the notices and the law say of a year. The neighbours are asked too: the notice of 2006 made 2005-12-31
    a working day."""
    _check_year(year)
    around = [y for y in (year - 1, year, year + 1) if FIRST_YEAR <= y <= LAST_YEAR]
    china = China(years=around, language="zh_CN", expand=False)  # type: ignore[no-untyped-call]
    names = {day: name for day, name in china.items() if abs((day - date(year, 7, 1)).days) < 240}
    return _Year(off={day: _reason_off(day, names) for day in names if day.year == year},
                 makeup=frozenset(day for day in china.weekend_workdays if day.year == year))


def _reason_off(day: date, names: Mapping[date, str]) -> str:
    """The holiday's name; a weekday exchanged for a makeup day is named after the holiday that it lengthens."""
    swapped = _MAKEUP_OF.fullmatch(names[day])
    if swapped is None:
        return names[day]
    near = min((other for other, name in names.items() if not _MAKEUP_OF.fullmatch(name)),
               key=lambda other: abs((other - day).days))
    return say("%(holiday)s假期（%(makeup)s上班）", holiday=names[near].removesuffix("（补假）"),
               makeup=swapped["makeup"])


def _each_day(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _month_length(year: int, month: int) -> int:
    return ((date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CalendarError(say("工作日历只涵盖%(first_year)s年至%(last_year)s年，算不到%(year)s年",
                                first_year=FIRST_YEAR, last_year=LAST_YEAR, year=year))
