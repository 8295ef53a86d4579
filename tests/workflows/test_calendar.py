"""Working days: tables, an independent calendar, and what happens when a notice comes out."""
from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendar import Calendar, CalendarError

# start, n, the n-th working day after it. Spring Festival, National Day and New Year with their makeup days.
CASES = [
    ("2023-01-20", 5, "2023-02-01"), ("2024-02-07", 5, "2024-02-20"), ("2024-02-09", 5, "2024-02-22"),
    ("2025-01-24", 5, "2025-02-07"), ("2025-01-30", 5, "2025-02-10"), ("2026-02-12", 5, "2026-02-26"),
    ("2026-02-14", 5, "2026-02-28"), ("2023-09-27", 5, "2023-10-10"), ("2024-09-28", 5, "2024-10-10"),
    ("2024-09-30", 5, "2024-10-12"), ("2025-09-26", 5, "2025-10-10"), ("2026-09-18", 10, "2026-10-09"),
    ("2026-09-30", 5, "2026-10-13"), ("2026-10-10", 5, "2026-10-16"), ("2025-12-30", 5, "2026-01-07"),
    ("2023-02-22", 10, "2023-03-08"),
]
DAYS = st.dates(date(2019, 1, 1), date(2028, 12, 31))
COUNTS = st.integers(0, 300)


@pytest.mark.parametrize(("start", "n", "expected"), CASES)
def test_working_days_around_holidays(start, n, expected):
    assert Calendar().add_working_days(date.fromisoformat(start), n) == date.fromisoformat(expected)


@pytest.mark.parametrize(("start", "n", "expected"), CASES)
def test_the_explanation_counts_what_the_sum_counts(start, n, expected):
    days = Calendar().explain(date.fromisoformat(start), n)
    assert days[0].date == date.fromisoformat(start) and not days[0].counted
    assert sum(day.counted for day in days) == n
    assert days[-1].date == date.fromisoformat(expected) and days[-1].counted


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
def test_every_day_agrees_with_an_independent_calendar(year):
    calendar = Calendar()
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365 + chinese_calendar.is_holiday(date(year, 1, 1)))]
    days = [day for day in days if day.year == year]
    assert [day for day in days if calendar.is_working_day(day) != chinese_calendar.is_workday(day)] == []


def test_a_start_on_a_day_off_counts_from_the_next_working_day():
    calendar = Calendar()
    assert calendar.add_working_days(date(2025, 3, 1), 1) == date(2025, 3, 3)
    assert calendar.add_working_days(date(2025, 3, 2), 1) == date(2025, 3, 3)


def test_no_days_at_all_end_on_the_start_or_the_next_working_day():
    calendar = Calendar()
    assert calendar.add_working_days(date(2025, 3, 3), 0) == date(2025, 3, 3)
    assert calendar.add_working_days(date(2025, 3, 1), 0) == date(2025, 3, 3)
    assert calendar.subtract_working_days(date(2025, 3, 1), 0) == date(2025, 2, 28)


def test_a_year_without_notice_has_weekdays_less_statutory_holidays_and_is_provisional():
    calendar = Calendar()
    assert not calendar.provisional(2026) and calendar.provisional(2027)
    assert calendar.add_working_days(date(2026, 12, 29), 5) == date(2027, 1, 6)
    assert not calendar.is_working_day(date(2027, 2, 5))  # 农历除夕
    assert not calendar.is_working_day(date(2027, 2, 9))  # the second day's compensation: it falls on a Sunday
    assert calendar.is_working_day(date(2027, 2, 11)) and not calendar.is_working_day(date(2027, 2, 20))
    assert calendar.spans_provisional(date(2026, 12, 29), date(2027, 1, 6))
    assert not calendar.spans_provisional(date(2026, 12, 20), date(2026, 12, 31))


def test_when_the_notice_comes_out_the_same_start_gives_another_deadline():
    before = Calendar()
    after = Calendar({date(2027, 2, 11): False, date(2027, 2, 12): False, date(2027, 2, 20): True},
                     noticed_years=[2027], version=2)
    start = date(2027, 2, 4)
    assert before.add_working_days(start, 3) == date(2027, 2, 15)
    assert after.add_working_days(start, 3) == date(2027, 2, 17)
    assert after.add_working_days(start, 6) == date(2027, 2, 20)
    assert before.provisional(2027) and not after.provisional(2027)


def test_the_citys_own_day_wins_over_the_notice_and_keeps_its_name():
    day = date(2026, 6, 15)
    calendar = Calendar({day: False, date(2026, 6, 14): True}, names={day: "那达慕"})
    assert not calendar.is_working_day(day) and calendar.is_working_day(date(2026, 6, 14))
    assert {item.date: item.reason for item in calendar.explain(date(2026, 6, 12), 2)} == {
        date(2026, 6, 12): "当日不计（工作日）", date(2026, 6, 13): "周末", date(2026, 6, 14): "调休上班",
        day: "那达慕", date(2026, 6, 16): "工作日"}


def test_the_explanation_names_every_day_off():
    reasons = {day.date.isoformat(): day.reason for day in Calendar().explain(date(2025, 1, 24), 5)}
    assert reasons["2025-01-25"] == "周末" and reasons["2025-01-26"] == "调休上班"
    assert reasons["2025-01-28"] == "农历除夕" and reasons["2025-01-29"] == "春节"
    assert reasons["2025-02-03"] == "春节假期（2025-01-26上班）"


@pytest.mark.parametrize(("start", "months", "expected"), [
    ("2025-01-01", 1, "2025-02-05"),  # 1 February lies inside the Spring Festival
    ("2025-01-31", 1, "2025-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2023-12-31", 2, "2024-02-29"),
    ("2024-02-29", 12, "2025-02-28"), ("2023-02-28", 1, "2023-03-28"), ("2025-11-30", 3, "2026-02-28"),
    ("2026-10-15", 3, "2027-01-15"), ("2025-03-03", 0, "2025-03-03"),
])
def test_months_end_on_the_corresponding_day_or_the_next_working_day(start, months, expected):
    assert Calendar().add_months(date.fromisoformat(start), months) == date.fromisoformat(expected)


def test_a_day_ends_at_its_last_second_in_the_city():
    assert Calendar.end_of(date(2026, 2, 26)).isoformat() == "2026-02-26T23:59:59+08:00"


@pytest.mark.parametrize("count", [
    lambda calendar: calendar.add_working_days(date(2025, 1, 1), -1),
    lambda calendar: calendar.subtract_working_days(date(2025, 1, 1), -1),
    lambda calendar: calendar.add_months(date(2025, 1, 1), -1),
    lambda calendar: calendar.add_working_days(date(2099, 12, 1), 50),
    lambda calendar: calendar.add_months(date(2099, 12, 1), 1),
    lambda calendar: calendar.is_working_day(date(1949, 10, 1)),
])
def test_what_cannot_be_counted_is_refused_in_words(count):
    with pytest.raises(CalendarError):
        count(Calendar())


@given(DAYS, COUNTS)
def test_as_many_working_days_lie_between_as_were_added(start, n):
    calendar = Calendar()
    end = calendar.add_working_days(start, n)
    assert calendar.is_working_day(end)
    if n:
        assert calendar.working_days_between(start, end) == n == -calendar.working_days_between(end, start)


@given(DAYS, COUNTS)
def test_subtracting_gives_back_the_start_or_the_working_day_before_it(start, n):
    calendar = Calendar()
    end = calendar.add_working_days(start, n)
    back = calendar.subtract_working_days(end, n)
    assert back == (calendar.subtract_working_days(start, 0) if n else end)


@given(DAYS, st.integers(0, 60), COUNTS, st.integers(0, 60))
def test_a_later_start_or_a_longer_period_never_ends_earlier(start, later, n, more):
    calendar = Calendar()
    assert calendar.add_working_days(start, n) <= calendar.add_working_days(start + timedelta(days=later), n + more)


@given(st.lists(st.tuples(DAYS, st.booleans()), max_size=8).map(dict), DAYS, st.integers(1, 60))
def test_the_citys_days_are_honoured_wherever_they_fall(overrides, start, n):
    calendar = Calendar(overrides)
    end = calendar.add_working_days(start, n)
    counted = sum(calendar.is_working_day(start + timedelta(days=k)) for k in range(1, (end - start).days + 1))
    assert counted == n and all(calendar.is_working_day(day) is on for day, on in overrides.items())
