"""The periods that deadlines are made of, and where they end. Pure: start and calendar decide.

A day-based period does not count the day it starts on, rolls to a working day and ends at its close (民法典 201, 203);
hours and minutes are exact. Instants are ISO text with an offset; the ones made here carry the city's +08:00.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from workflows.calendar import CITY_ZONE, FIRST_YEAR, LAST_YEAR, Calendar
from workflows.errors import ExpressionError
from workflows.sentence import say

Json = Any
Kind = Literal["working_days", "months", "days", "hours", "minutes"]

LONGEST: dict[Kind, int] = {"working_days": 2_500, "months": 120, "days": 3_650, "hours": 87_600, "minutes": 5_256_000}
"""Ten years at most, in each unit."""
_ISO_DURATION = re.compile(
    r"P(?:(?P<working_days>[0-9]{1,5})D|(?P<months>[0-9]{1,4})M|T(?P<hours>[0-9]{1,6})H|T(?P<minutes>[0-9]{1,8})M)")


@dataclass(frozen=True, slots=True)
class Duration:
    """A period of `n` working days, calendar months, calendar days, hours or minutes."""
    kind: Kind
    n: int

    def __str__(self) -> str:
        return f"{self.kind}({self.n})"


@dataclass(frozen=True, slots=True)
class Every:
    """A repeating period, for timer cycles: fires at the end of each `interval` after the one before."""
    interval: Duration

    def __str__(self) -> str:
        return f"every({self.interval})"


@dataclass(frozen=True, slots=True)
class Due:
    """An instant (UTC) and whether it crosses a year whose holiday notice is not out yet."""
    at: datetime
    provisional: bool


def make_duration(kind: Kind, n: Json) -> Duration:
    """`n` of a kind, or ExpressionError when it is no whole number or longer than ten years."""
    if type(n) is not int or not 0 <= n <= LONGEST[kind]:
        raise ExpressionError(say("%(kind)s(n) 的 n 要是 0 到 %(longest)s 的整数", kind=kind, longest=LONGEST[kind]))
    return Duration(kind, n)


def resolve(duration: Duration, start: datetime, calendar: Calendar) -> Due:
    """The end of `duration` from `start` (aware). Day-based periods do not count the day of `start`, roll to a working
    day and end at its close; hours and minutes are exact."""
    day = start.astimezone(CITY_ZONE).date()
    match duration.kind:
        case "working_days":
            end = calendar.add_working_days(day, duration.n)
        case "months":
            end = calendar.add_months(day, duration.n)
        case "days":
            end = calendar.roll_forward(day + timedelta(days=duration.n))
        case _:
            at = start + timedelta(**{duration.kind: duration.n})
            return Due(at.astimezone(UTC), False)
    return Due(calendar.end_of(end).astimezone(UTC), calendar.spans_provisional(day, end))


def due_of(value: Json | Duration, start: datetime, calendar: Calendar) -> Due:
    """The deadline that a due rule's or a timer's value means: a Duration or ISO 8601 duration text (`P5D` is five
    working days, `P1M` a month, `PT2H`, `PT30M`) counted from `start`, or an instant or a date (its close) as ISO text.
    """
    if isinstance(value, Duration):
        return resolve(value, start, calendar)
    if isinstance(value, str) and value.startswith("P"):
        return resolve(iso_duration(value), start, calendar)
    at = instant(value).astimezone(UTC)
    return Due(at, calendar.spans_provisional(start.astimezone(CITY_ZONE).date(), at.astimezone(CITY_ZONE).date()))


def literal(text: str) -> Duration | datetime:
    """What ISO 8601 text means, a period or an instant. ExpressionError for what is neither, or out of range."""
    return iso_duration(text) if text.startswith("P") else instant(text)


def iso_duration(text: str) -> Duration:
    """`P5D` in working time is five working days, never 120 hours. One unit only; anything else: ExpressionError."""
    found = _ISO_DURATION.fullmatch(text)
    if found is None:
        raise ExpressionError(say("看不懂的时长“%(text)s”，可写 P5D（五个工作日）、P1M（一个月）、PT2H 或 PT30M",
                                  text=text[:40]))
    kind, digits = next((kind, digits) for kind, digits in found.groupdict().items() if digits)
    return make_duration(kind, int(digits))  # type: ignore[arg-type]


def instant(value: Json) -> datetime:
    """The aware datetime of ISO text. A date alone means its close; a time without offset is the city's."""
    if not isinstance(value, str):
        raise ExpressionError(say("这里要的是写成文本的时间"))
    try:
        alone = len(value) == 10
        moment = Calendar.end_of(date.fromisoformat(value)) if alone else datetime.fromisoformat(value)
    except ValueError:
        raise ExpressionError(say("看不懂的时间“%(value)s”", value=value[:40])) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ExpressionError(say("时间“%(value)s”不在%(first_year)s年至%(last_year)s年之间", value=value[:40],
                                  first_year=FIRST_YEAR, last_year=LAST_YEAR))
    return moment if moment.tzinfo else moment.replace(tzinfo=CITY_ZONE)


def iso(moment: datetime) -> str:
    return moment.astimezone(CITY_ZONE).isoformat(timespec="seconds")
