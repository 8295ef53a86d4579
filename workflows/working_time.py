"""Working time: the hours in which an office is open, on the calendar's working days.

Deadlines never count in hours (`P5D` is five working days, to the close of the fifth). Hours only say how long
something took or lay with somebody, so they count what can be worked in: eight hours of each working day. What a case
takes is the difference of two readings of one running count, so that parts always add up to the whole.
"""
from __future__ import annotations

from datetime import datetime, time

from workflows.calendar import CITY_ZONE, Calendar

OFFICE_HOURS = ((time(8, 30), time(12, 0)), (time(13, 30), time(18, 0)))
"""of every working day, in the city's time"""
HOUR = 3600
"""seconds"""


def _second(at: time) -> int:
    return at.hour * HOUR + at.minute * 60 + at.second


_OPEN = tuple((_second(opens), _second(closes)) for opens, closes in OFFICE_HOURS)
DAY = sum(closes - opens for opens, closes in _OPEN)
"""seconds of working time in a working day"""


def working_seconds(calendar: Calendar, start: datetime, end: datetime) -> int:
    """The whole seconds of working time from `start` to `end`, both aware; 0 when `end` is not later."""
    if end <= start:
        return 0
    first, last = start.astimezone(CITY_ZONE), end.astimezone(CITY_ZONE)
    begun, done = _worked(calendar, first), _worked(calendar, last)
    days = calendar.working_days_between(first.date(), last.date())
    full = days + calendar.is_working_day(first.date()) - calendar.is_working_day(last.date())
    return full * DAY + done - begun


def _worked(calendar: Calendar, at: datetime) -> int:
    """The working time of its day that is over at this instant, in seconds."""
    if not calendar.is_working_day(at.date()):
        return 0
    now = _second(at.time())
    return sum(min(max(now - opens, 0), closes - opens) for opens, closes in _OPEN)
