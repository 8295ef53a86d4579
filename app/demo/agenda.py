"""The demonstration's agenda: what happens when, in the office hours of working days."""
from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import count
from random import Random

from workflows.calendar import CITY_ZONE, Calendar

OFFICE = (time(9, 0), time(17, 30))
Act = Callable[[datetime], None]


@dataclass(order=True, slots=True)
class Event:
    """Something planned; events at the same instant keep the order in which they were planned."""
    at: datetime
    order: int
    act: Act = field(compare=False)


class Agenda:
    """Planned events in order of time."""

    def __init__(self, calendar: Calendar, rng: Random) -> None:
        self.calendar, self.rng = calendar, rng
        self._events: list[Event] = []
        self._order = count()

    def next_before(self, end: datetime) -> Event | None:
        """Takes the next event off the agenda; None when nothing is left before `end`."""
        return heapq.heappop(self._events) if self._events and self._events[0].at < end else None

    def at(self, moment: datetime, act: Act) -> None:
        """Plans something for the moment, or for the next office hours after it."""
        heapq.heappush(self._events, Event(self.in_office(moment), next(self._order), act))

    def later(self, moment: datetime, hours: float, act: Act) -> None:
        """Plans something so many working hours after `moment`."""
        begin = self.in_office(moment)
        while hours > 0:
            closing = datetime.combine(begin.astimezone(CITY_ZONE).date(), OFFICE[1], CITY_ZONE)
            left = (closing - begin).total_seconds() / 3600
            if hours < left:
                begin += timedelta(hours=hours)
                break
            hours -= left
            begin = self.in_office(closing + timedelta(minutes=1))
        self.at(begin, act)

    def is_open(self, moment: datetime) -> bool:
        """Whether offices are at work."""
        local = moment.astimezone(CITY_ZONE)
        return self.calendar.is_working_day(local.date()) and OFFICE[0] <= local.time() <= OFFICE[1]

    def in_office(self, moment: datetime) -> datetime:
        """The moment itself in office hours of a working day, else some minutes into the next ones."""
        local = moment.astimezone(CITY_ZONE)
        day = local.date()
        if local.time() > OFFICE[1]:
            day += timedelta(days=1)
        if day != local.date() or local.time() < OFFICE[0] or not self.calendar.is_working_day(day):
            while not self.calendar.is_working_day(day):
                day += timedelta(days=1)
            local = datetime.combine(day, OFFICE[0], CITY_ZONE) + timedelta(minutes=self.rng.randint(2, 90))
        return local.astimezone(UTC).replace(microsecond=0)
