"""Days and instants as parts of sentences, in the city's time. Pages say them by `app/presentation.py`, which builds on
these."""
from __future__ import annotations

from datetime import date, datetime, time

from workflows.calendar import CITY_ZONE
from workflows.sentence import Sentence, say

WEEKDAYS = (say("一"), say("二"), say("三"), say("四"), say("五"), say("六"), say("日"))
"""Monday first"""


def city_day(at: datetime) -> date:
    """The day of the city on which an instant falls."""
    return at.astimezone(CITY_ZONE).date()


def midnight(day: date) -> datetime:
    """The first instant of a day of the city."""
    return datetime.combine(day, time(), CITY_ZONE)


def city_minute(at: datetime | None) -> str | None:
    """2026-11-27 10:20, as workbooks and records have it; None where there is no instant."""
    return None if at is None else f"{at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"


def with_weekday(day: date, today: date) -> Sentence:
    """11月27日（周五）, with the year when it is not today's."""
    weekday = WEEKDAYS[day.weekday()]
    if day.year == today.year:
        return say("%(month)s月%(day)s日（周%(weekday)s）", month=day.month, day=day.day, weekday=weekday)
    return say("%(year)s年%(month)s月%(day)s日（周%(weekday)s）", year=day.year, month=day.month, day=day.day,
               weekday=weekday)


def in_full(day: date) -> Sentence:
    """2026年3月9日"""
    return say("%(year)s年%(month)s月%(day)s日", year=day.year, month=day.month, day=day.day)


def month_and_day(day: date) -> Sentence:
    """03月09日"""
    return say("%(month)s月%(day)s日", month=f"{day:%m}", day=f"{day:%d}")


def day_and_clock(at: datetime) -> Sentence:
    """03月09日 10:20"""
    local = at.astimezone(CITY_ZONE)
    return say("%(day)s %(clock)s", day=month_and_day(local.date()), clock=f"{local:%H:%M}")
