"""Working time: office hours of working days."""
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.calendar import CITY_ZONE, Calendar
from workflows.working_time import DAY, HOUR, OFFICE_HOURS, in_words, worked

CALENDAR = Calendar()


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=CITY_ZONE)


@pytest.mark.parametrize(("start", "end", "hours"), [
    ("2026-03-02 10:00", "2026-03-02 11:00", 1),
    ("2026-03-02 11:00", "2026-03-02 14:30", 2),  # the noon rest does not count
    ("2026-03-02 07:00", "2026-03-02 23:00", 8),
    ("2026-03-02 17:00", "2026-03-03 09:30", 2),  # nor does the night
    ("2026-03-06 17:00", "2026-03-09 09:30", 2),  # nor the weekend
    ("2026-02-13 17:00", "2026-02-14 09:30", 2),  # the makeup Saturday before the Spring Festival is worked
    ("2026-02-14 18:00", "2026-02-24 08:30", 0),  # the Spring Festival of 2026
    ("2026-03-07 09:00", "2026-03-08 15:00", 0),
    ("2026-03-02 08:30", "2026-03-09 08:30", 40)])
def test_only_office_hours_of_working_days_count(start: str, end: str, hours: float):
    assert worked(CALENDAR, at(start), at(end)) == hours * HOUR
    assert worked(CALENDAR, at(end), at(start)) == -hours * HOUR


def test_a_day_that_the_city_gives_off_does_not_count():
    off = Calendar(overrides={date(2026, 3, 3): False})
    assert worked(off, at("2026-03-02 17:00"), at("2026-03-04 09:30")) == 2 * HOUR
    assert DAY == 8 * HOUR


INSTANTS = st.integers(0, 400 * 24 * 60).map(lambda m: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=m))


@given(st.lists(INSTANTS, min_size=3, max_size=3).map(sorted))
def test_spans_that_follow_each_other_add_up(instants: list[datetime]):
    first, middle, last = instants
    assert worked(CALENDAR, first, middle) + worked(CALENDAR, middle, last) == worked(CALENDAR, first, last)


@settings(deadline=None, max_examples=30)
@given(INSTANTS, st.integers(0, 5 * 24 * 60))
def test_it_is_what_a_count_of_minutes_finds(start, minutes):
    start = start.replace(second=0, microsecond=0)
    each = [(start + timedelta(minutes=number)).astimezone(CITY_ZONE) for number in range(minutes)]
    open_minutes = sum(CALENDAR.is_working_day(at.date()) and any(opens <= at.time() < closes
                                                                  for opens, closes in OFFICE_HOURS) for at in each)
    assert worked(CALENDAR, start, start + timedelta(minutes=minutes)) == open_minutes * 60


@pytest.mark.parametrize(("seconds", "told"), [(0, "不到1分钟"), (59, "不到1分钟"), (15 * 60, "15分钟"),
                                               (3 * HOUR, "3小时"), (26 * HOUR + 5 * 60, "26小时05分")])
def test_it_is_told_to_the_minute(seconds: int, told: str):
    assert in_words(seconds) == told
