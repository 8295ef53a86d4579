"""Working time: what lies in an office's hours on working days, and that its parts add up."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.calendar import CITY_ZONE, Calendar
from workflows.working_time import DAY, HOUR, OFFICE_HOURS, working_seconds

CALENDAR = Calendar(version=0)
MOMENTS = st.integers(0, 360 * 24 * 3600).map(lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
    seconds=seconds))


def city(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


def test_a_working_day_has_eight_hours():
    assert working_seconds(CALENDAR, city("2026-03-02T00:00"), city("2026-03-03T00:00")) == DAY == 8 * HOUR


def test_lunch_and_night_are_nobodys():
    assert working_seconds(CALENDAR, city("2026-03-02T11:30"), city("2026-03-02T14:00")) == HOUR
    assert working_seconds(CALENDAR, city("2026-03-02T17:30"), city("2026-03-03T09:00")) == HOUR


def test_a_weekend_counts_nothing_and_a_makeup_day_counts():
    assert working_seconds(CALENDAR, city("2026-03-06T18:00"), city("2026-03-09T08:30")) == 0
    assert working_seconds(CALENDAR, city("2026-02-28T00:00"), city("2026-03-01T00:00")) == DAY, "调休上班"


def test_time_that_runs_backwards_is_none():
    assert working_seconds(CALENDAR, city("2026-03-03T10:00"), city("2026-03-02T10:00")) == 0


@given(st.lists(MOMENTS, min_size=2, max_size=8))
def test_parts_add_up_to_the_whole(moments):
    moments.sort()
    parts = [working_seconds(CALENDAR, *pair) for pair in pairwise(moments)]
    assert sum(parts) == working_seconds(CALENDAR, moments[0], moments[-1])


@settings(deadline=None, max_examples=30)
@given(MOMENTS, st.integers(0, 5 * 24 * 60))
def test_it_is_what_a_count_of_minutes_finds(start, minutes):
    start = start.replace(second=0, microsecond=0)
    each = [(start + timedelta(minutes=number)).astimezone(CITY_ZONE) for number in range(minutes)]
    open_minutes = sum(CALENDAR.is_working_day(at.date()) and any(opens <= at.time() < closes
                                                                  for opens, closes in OFFICE_HOURS) for at in each)
    assert working_seconds(CALENDAR, start, start + timedelta(minutes=minutes)) == open_minutes * 60
