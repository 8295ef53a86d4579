"""Working time between two instants: the office hours of working days, to the second.

A working day has eight hours (国务院关于职工工作时间的规定, article 3): 08:30 to 12:00 and 13:30 to 18:00 in the city.
Which days are worked the calendar says, makeup days and the city's own days included. Nights, noons and days off count
nothing, so that working times of spans that follow each other add up to that of the whole. Limits are not reckoned this
way: `P5D` means whole days (`calendar`); this only tells how long something lay where.
"""
from __future__ import annotations

from datetime import date, datetime, time, timedelta

from workflows.calendar import CITY_ZONE, Calendar
from workflows.sentence import Sentence, say

OFFICE_HOURS = ((time(8, 30), time(12, 0)), (time(13, 30), time(18, 0)))
"""from and to, in the city's time"""
HOUR = 3600
"""seconds"""


def _between(earlier: time, later: time) -> int:
    """Seconds, none when they stand the other way round."""
    day = date(2001, 1, 1)
    return max(0, int((datetime.combine(day, later) - datetime.combine(day, earlier)).total_seconds()))


DAY = sum(_between(begin, end) for begin, end in OFFICE_HOURS)
"""seconds of a working day"""


def worked(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Seconds of working time from `start` to `end`, both aware; negative when `end` is earlier."""
    if end < start:
        return -worked(calendar, end, start)
    first, last = start.astimezone(CITY_ZONE), end.astimezone(CITY_ZONE)
    days = calendar.working_days_between(first.date() - timedelta(days=1), last.date() - timedelta(days=1))
    return DAY * days + _of_day(calendar, last) - _of_day(calendar, first)


def _of_day(calendar: Calendar, at: datetime) -> int:
    """Seconds of working time of its own day that lie before an instant of the city."""
    if not calendar.is_working_day(at.date()):
        return 0
    clock = at.time().replace(microsecond=0)
    return sum(min(_between(begin, clock), _between(begin, end)) for begin, end in OFFICE_HOURS)


def in_words(seconds: int) -> Sentence:
    """Working time for reading, to the minute: 26小时40分, 15分钟, 不到1分钟."""
    hours, minutes = divmod(seconds // 60, 60)
    if hours and minutes:
        return say("%(hours)s小时%(minutes)s分", hours=hours, minutes=f"{minutes:02}")
    if hours:
        return say("%(hours)s小时", hours=hours)
    return say("%(minutes)s分钟", minutes=minutes) if minutes else say("不到1分钟")
