"""The calendar changes while officers press and cases begin: whatever they read, every deadline follows the new one."""
from __future__ import annotations

from sqlalchemy import select

from app.actor import SYSTEM
from app.cases import calendars, definitions, retiming, service
from app.models import Instance, Timer, WorkItem
from tests.conftest import MONDAY
from tests.faults.racing import assert_sound, race, told
from tests.workflows import diagrams as d
from workflows.calendar import CITY_ZONE, Calendar

DAYS = 2
LIMIT = d.timer("duration", f"working_days({DAYS})")
DESK = d.diagram(
    d.start(), d.user("draft"), d.user("review"), d.end(), d.boundary("draft_late", "draft", LIMIT),
    d.boundary("review_late", "review", LIMIT), d.end("lapsed"), d.flow("start", "draft", "review", "end"),
    d.flow("draft_late", "lapsed"), d.flow("review_late", "lapsed"))
DAYS_OFF = {"2026-03-03": {"working": False}}


def limits(session):
    """Those of all cases, as they are, and as each should be."""
    day = MONDAY.astimezone(CITY_ZONE).date()
    found = set(session.scalars(select(Timer.due_at)))
    return found, {Calendar.end_of(calendars.current(session).add_working_days(day, DAYS))}


def test_a_press_that_began_under_the_old_calendar_counts_by_the_new_one(session, people, calendar):
    definitions.publish(session, "p", d.files(DESK), now=MONDAY)
    service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=calendar)
    read_before = calendars.current(session)
    calendars.save(session, DAYS_OFF, [], "", actor=SYSTEM, now=MONDAY)
    item = session.scalars(select(WorkItem.id)).one()
    service.complete_item(session, item, {}, actor=people[0], now=MONDAY, calendar=read_before)
    service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=read_before)
    found, wanted = limits(session)
    assert found == wanted
    assert_sound(session)


def test_no_deadline_stays_behind_when_the_calendar_changes_meanwhile(session, sessions, people, pairs, within):
    definitions.publish(session, "p", d.files(DESK), now=MONDAY)
    session.commit()
    for number in range(pairs):
        read_before = calendars.current(session)
        session.commit()
        item = fresh_item(sessions, read_before)

        def change(overrides=DAYS_OFF if number % 2 == 0 else {}):
            within(calendars.save, overrides, [], "", actor=SYSTEM, now=MONDAY)()
            return retiming.retime_all(sessions, actor=SYSTEM, now=MONDAY)

        results = race(
            change, within(service.start_case, "p", {}, actor=SYSTEM, now=MONDAY, calendar=read_before),
            within(service.complete_item, item, {}, actor=people[0], now=MONDAY, calendar=read_before))
        assert [status for status, _ in results] == [200, 200, 200] and results[0][1].failed == ()
        found, wanted = limits(session)
        session.commit()
        assert found == wanted
    assert_sound(session)
    told(session, "calendar/start/complete", pairs, "all succeed, every deadline follows the new calendar")


def fresh_item(sessions, calendar):
    """The open item of a fresh case."""
    with sessions.begin() as own:
        instance = service.start_case(own, "p", {}, actor=SYSTEM, now=MONDAY, calendar=calendar).id
        return own.scalars(select(WorkItem.id).join(Instance).where(Instance.id == instance)).one()
