"""The responsibility clock: every second of a case lies with exactly one unit, in one kind."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.measures.clock import ENTERPRISE, NOBODY, Kind, Span, Step, Stop, responsibility
from workflows.calendar import CITY_ZONE, Calendar
from workflows.working_time import DAY, HOUR, worked

CALENDAR = Calendar(version=0)
MONDAY = datetime(2026, 3, 2, 8, 30, tzinfo=CITY_ZONE)
TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + timedelta(days=days) for days in (1, 2, 3))
WHOLE = Span(MONDAY, None)


def shares(*steps, stops=(), ended=THURSDAY):
    return responsibility(MONDAY, ended, steps, stops, CALENDAR)


def test_a_unit_that_holds_the_case_alone_has_all_of_its_time():
    assert shares(Step("finance", WHOLE)) == {("finance", Kind.WORKING): 3 * DAY}


def test_units_that_hold_it_together_share_it():
    assert shares(Step("finance", WHOLE), Step("tax", Span(TUESDAY, WEDNESDAY))) == {
        ("finance", Kind.WORKING): 2 * DAY + DAY // 2, ("tax", Kind.WORKING): DAY // 2}


def test_two_steps_of_one_unit_count_once():
    assert shares(Step("finance", WHOLE), Step("finance", WHOLE), Step("tax", WHOLE)) == {
        ("finance", Kind.WORKING): 3 * DAY // 2, ("tax", Kind.WORKING): 3 * DAY // 2}


def test_odd_seconds_go_to_whoever_has_held_it_longest():
    found = shares(Step("tax", WHOLE), Step("finance", Span(MONDAY - timedelta(1), None)), Step("land", WHOLE),
                   ended=MONDAY + timedelta(seconds=100))
    assert found == {("finance", Kind.WORKING): 34, ("tax", Kind.WORKING): 33, ("land", Kind.WORKING): 33}


def test_while_nobody_holds_it_the_enterprise_has_the_word():
    assert shares(Step("finance", Span(MONDAY, TUESDAY))) == {
        ("finance", Kind.WORKING): DAY, (ENTERPRISE, Kind.ENTERPRISE): 2 * DAY}


def test_what_came_back_counts_as_sent_back():
    assert shares(Step("finance", WHOLE, sent_back=True)) == {("finance", Kind.SENT_BACK): 3 * DAY}


def test_while_another_unit_is_to_sign_it_waits():
    assert shares(Step("finance", WHOLE, waits=(Span(TUESDAY, TUESDAY + timedelta(hours=1)),))) == {
        ("finance", Kind.WORKING): 3 * DAY - HOUR, ("finance", Kind.WAITING): HOUR}


def test_a_unit_with_other_work_at_hand_does_not_wait():
    assert shares(Step("finance", WHOLE, waits=(WHOLE,)), Step("finance", WHOLE)) == {
        ("finance", Kind.WORKING): 3 * DAY}


def test_a_suspended_case_lies_with_who_suspended_it_and_a_fault_with_nobody():
    stops = (Stop("supervision", Span(MONDAY, TUESDAY)), Stop(NOBODY, Span(WEDNESDAY, None)))
    assert shares(Step("finance", WHOLE), stops=stops) == {
        ("supervision", Kind.SUSPENDED): DAY, ("finance", Kind.WORKING): DAY, (NOBODY, Kind.SUSPENDED): DAY}


MOMENTS = st.integers(0, 60 * 24 * 3600).map(lambda seconds: datetime(2026, 2, 10, tzinfo=UTC) + timedelta(
    seconds=seconds))
SPANS = st.builds(lambda one, other: Span(one, other and max(one, other)), MOMENTS, st.none() | MOMENTS)
STEPS = st.builds(Step, st.sampled_from(["finance", "tax", "land"]), SPANS, st.booleans(),
                  st.lists(SPANS, max_size=2).map(tuple))


@given(MOMENTS, MOMENTS, st.lists(STEPS, max_size=6),
       st.lists(st.builds(Stop, st.just("supervision"), SPANS), max_size=2))
def test_shares_add_up_to_the_age_whatever_happened(one, other, steps, stops):
    begun, ended = sorted((one, other))
    found = responsibility(begun, ended, steps, stops, CALENDAR)
    assert sum(found.values()) == worked(CALENDAR, begun, ended)
    assert all(seconds > 0 for seconds in found.values())


@settings(deadline=None, max_examples=30)
@given(MOMENTS, st.integers(1, 3000), st.lists(STEPS, max_size=4))
def test_it_is_what_a_look_at_each_minute_finds(begun, minutes, steps):
    begun = begun.replace(second=0)
    steps = [Step(each.unit, Span(each.span.since.replace(second=0), each.span.until and each.span.until.replace(
        second=0)), each.sent_back) for each in steps]
    slow: dict[tuple[str, Kind], float] = {}
    for minute in range(minutes):
        at = begun + timedelta(minutes=minute)
        seconds = worked(CALENDAR, at, at + timedelta(minutes=1))
        held = [each for each in steps if each.span.since <= at and (each.span.until is None or at < each.span.until)]
        units = {each.unit for each in held} or {ENTERPRISE}
        for unit in units if seconds else ():
            sent_back = any(each.sent_back for each in held if each.unit == unit)
            kind = Kind.ENTERPRISE if not held else Kind.SENT_BACK if sent_back else Kind.WORKING
            slow[unit, kind] = slow.get((unit, kind), 0) + seconds / len(units)
    found = responsibility(begun, begun + timedelta(minutes=minutes), steps, (), CALENDAR)
    assert found.keys() == slow.keys()
    assert all(abs(found[each] - slow[each]) <= 2 * len(steps) for each in found), "odd seconds apart"
