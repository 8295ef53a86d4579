"""The calendar changes: a new version is saved, and open deadlines move with an entry in each history."""
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.actor import SYSTEM
from app.cases import calendars, check, definitions, recorder, retiming, service
from app.cases.errors import Blocked
from app.models import History, Instance, Timer, WorkItem
from tests.workflows import diagrams as d

DECEMBER = datetime(2026, 12, 30, 2, 0, tzinfo=UTC)
LATE = datetime(2027, 1, 20, 2, 0, tzinfo=UTC)
PROCESS = d.diagram(
    d.start(), d.user("review", due="working_days(3)"), d.end(),
    d.boundary("late", "review", d.timer("duration", "working_days(5)"), interrupting=False, record="late"),
    d.end("noted"), d.flow("start", "review", "end"), d.flow("late", "noted"))
NOTICE = {"2027-01-04": {"working": False, "name": "元旦"}, "2027-01-09": {"working": True, "name": "元旦调休"}}
"""how the notice of 2027 might come out: another day off, and a Saturday to make up for it"""


@pytest.fixture
def cases(session, make_actor):
    """Two instances that were started before the notice."""
    clerk = make_actor("clerk", ("miit", "clerk"))
    definitions.publish(session, "p", d.files(PROCESS), now=DECEMBER)
    ids = [service.start_case(session, "p", {}, actor=clerk, now=DECEMBER, calendar=calendars.current(session)).id
           for _ in range(2)]
    session.commit()
    return ids


def save_notice(session):
    version = calendars.save(session, NOTICE, [2027], "2027年放假通知", actor=SYSTEM, now=DECEMBER).id
    session.commit()
    return version


def deadlines(session, instance_id):
    """(the task's, the timer's) last days in the city"""
    session.expire_all()
    item = session.scalars(select(WorkItem).where(WorkItem.instance_id == instance_id)).one()
    timer = session.scalars(select(Timer).where(Timer.instance_id == instance_id)).one()
    days = tuple((moment + timedelta(hours=8)).date() for moment in (item.due_at, timer.due_at))
    session.commit()
    return days, (item.due_provisional, timer.provisional)


def test_the_newest_version_is_in_force(session):
    assert calendars.current(session).version == 0
    version = save_notice(session)
    calendar = calendars.current(session)
    assert calendar.version == version
    assert not calendar.is_working_day(date(2027, 1, 4))
    assert calendar.is_working_day(date(2027, 1, 9))
    assert not calendar.provisional(2027)
    assert calendars.of_version(session, 0).provisional(2027)


def test_what_is_not_a_date_is_refused(session):
    with pytest.raises(Blocked, match="不是日期"):
        calendars.save(session, {"2027-02-30": {"working": True}}, [], "", actor=SYSTEM, now=DECEMBER)


def test_open_deadlines_move_when_the_notice_comes_out(session, sessions, cases):
    before, provisional = deadlines(session, cases[0])
    assert before == (date(2027, 1, 5), date(2027, 1, 7))
    assert provisional == (True, True)
    save_notice(session)
    assert retiming.retime_all(sessions, actor=SYSTEM, now=DECEMBER) == retiming.Retimed(2, ())
    for instance in cases:
        assert deadlines(session, instance) == ((date(2027, 1, 6), date(2027, 1, 8)), (False, False))
        entry = session.scalars(select(History).where(History.instance_id == instance, History.op == "retime")).one()
        assert entry.text == "工作日历有变化，2个时限重新计算"
        assert list(check.broken(session, instance)) == []


def test_a_case_whose_deadlines_stay_where_they_are_is_not_written(session, sessions, cases):
    calendars.save(session, {"2027-06-01": {"working": False}}, [], "", actor=SYSTEM, now=DECEMBER)
    session.commit()
    assert retiming.retime_all(sessions, actor=SYSTEM, now=DECEMBER) == retiming.Retimed(2, ())
    for instance in cases:
        assert session.get_one(Instance, instance, populate_existing=True).version == 1
        assert list(check.broken(session, instance)) == []


def test_a_timer_that_moves_keeps_its_row_and_forgets_its_failures(session, sessions, cases):
    timer = session.scalars(select(Timer).where(Timer.instance_id == cases[0])).one()
    timer.attempts, timer.not_before, kept = 2, DECEMBER, timer.id
    session.commit()
    save_notice(session)
    retiming.retime_all(sessions, actor=SYSTEM, now=DECEMBER)
    moved = session.get_one(Timer, kept, populate_existing=True)
    assert (moved.attempts, moved.not_before, moved.calendar_version) == (0, None, 1)


def test_what_more_than_deadlines_changes_and_what_fails_is_worked_out_alone(session, sessions, cases):
    save_notice(session)
    session.execute(update(Instance).where(Instance.id == cases[0]).values(state=b"no state"))
    session.commit()
    assert retiming.retime_all(sessions, actor=SYSTEM, now=LATE) == retiming.Retimed(1, (cases[0],))
    assert session.scalars(select(History.op).where(History.instance_id == cases[1])).all() == ["start", "retime"]
    assert not session.scalars(select(Timer).where(Timer.instance_id == cases[1])).all(), "it was due, and fired"
    assert list(check.broken(session, cases[1])) == []


def test_a_batch_that_the_database_refuses_is_worked_out_one_by_one(session, sessions, cases, monkeypatch):
    save_notice(session)

    def refuse(*_):
        raise OSError("gone")

    monkeypatch.setattr(recorder, "record_moved", refuse)
    assert retiming.retime_all(sessions, actor=SYSTEM, now=DECEMBER) == retiming.Retimed(2, ())
    for instance in cases:
        assert deadlines(session, instance)[0] == (date(2027, 1, 6), date(2027, 1, 8))


def test_a_suspended_case_is_worked_out_when_it_goes_on(session, sessions, cases):
    suspended, running = cases
    service.suspend(session, suspended, "等材料", actor=SYSTEM, now=DECEMBER, calendar=calendars.current(session))
    save_notice(session)
    assert retiming.retime_all(sessions, actor=SYSTEM, now=DECEMBER) == retiming.Retimed(1, ())
    service.resume(session, suspended, actor=SYSTEM, now=DECEMBER, calendar=calendars.current(session))
    session.commit()
    assert deadlines(session, suspended) == deadlines(session, running)
    assert list(check.broken(session, suspended)) == []


def test_a_version_that_was_rolled_back_leaves_nothing_behind(session):
    calendars.save(session, {"2027-01-05": {"working": False}}, [], "", actor=SYSTEM, now=DECEMBER)
    assert not calendars.current(session).is_working_day(date(2027, 1, 5))
    session.rollback()
    save_notice(session)
    assert calendars.current(session).is_working_day(date(2027, 1, 5))
