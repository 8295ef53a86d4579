"""Clocks that jump, workers that were off, leap days, years without a published calendar, servers in other zones."""
from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import func, select
from sqlalchemy.pool import NullPool

from app.actor import SYSTEM
from app.cases import calendars, check, definitions, retiming, service, timers
from app.db import make_engine, make_session_factory
from app.models import Copy, History, IdempotencyKey, Incident, Outbox, Timer, WorkItem
from app.settings import load_settings
from app.worker import loop, mail
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.calendar import Calendar

FAR = MONDAY + timedelta(days=400)
"""where a clock lands that is set to the wrong year"""
CHAIN = d.diagram(
    d.start(), d.user("review", due="working_days(2)"), d.end(),
    d.boundary("daily", "review", d.timer("cycle", "every(working_days(1))"), interrupting=False,
               notify="'miit'/head", notify_text="请抓紧办理", notify_kind="urge"), d.end("urged"),
    d.boundary("late", "review", d.timer("duration", "working_days(3)"), notify="'miit'/head",
               notify_text="已经超期", notify_kind="remind"),
    d.user("explain", due="working_days(1)"), d.end("explained"),
    d.boundary("silent", "explain", d.timer("duration", "working_days(1)"), notify="'supervision'/supervisor",
               notify_text="没有说明", notify_kind="escalate"), d.user("order"), d.end("ordered"),
    d.flow("start", "review", "end"), d.flow("daily", "urged"), d.flow("late", "explain", "explained"),
    d.flow("silent", "order", "ordered"))
"""urged every day, late after three, told upwards after another one"""


@pytest.fixture
def start(session, make_actor, calendar):
    """`start(diagram, now)` starts a case of it and returns its id."""
    make_actor("admin", ("miit", "admin"))

    def start(diagram, now=MONDAY, calendar=calendar):
        definitions.publish(session, "p", d.files(diagram), now=MONDAY)
        instance = service.start_case(session, "p", {}, actor=SYSTEM, now=now, calendar=calendar)
        session.commit()
        return instance.id

    return start


def timed(rule, due=None):
    """A task with this limit."""
    return d.diagram(d.start(), d.user("review", **({"due": due} if due else {})), d.end(),
                     d.boundary("late", "review", d.timer("duration", rule), interrupting=False),
                     d.end("noted"), d.flow("start", "review", "end"), d.flow("late", "noted"))


def told(session, instance):
    """What was sent about a case, and what is open in it."""
    copies = Counter(tuple(row) for row in session.execute(
        select(Copy.kind, Copy.text, Copy.unit_code).where(Copy.instance_id == instance)))
    tasks = session.scalars(select(WorkItem.element_id).where(WorkItem.instance_id == instance,
                                                              WorkItem.status == "open")).all()
    assert list(check.broken(session, instance)) == []
    session.commit()
    return copies, tasks


def due_at(session, instance):
    due = session.scalars(select(Timer.due_at).where(Timer.instance_id == instance)).one()
    session.commit()
    return due


def city(*when):
    """The close of a day in the city, in UTC."""
    return Calendar.end_of(date(*when)).astimezone(UTC)


def test_a_clock_that_jumps_ahead_and_back_fires_each_limit_once(session, sessions, start):
    first = start(CHAIN)
    while timers.work_off(sessions, FAR):
        pass
    before = told(session, first)
    second = start(CHAIN, now=MONDAY + timedelta(hours=1))
    assert timers.work_off(sessions, MONDAY + timedelta(hours=2)) == 0, "back in the right year nothing is due"
    item = session.scalars(select(WorkItem.id).where(WorkItem.instance_id == first, WorkItem.status == "open")).one()
    service.complete_item(session, item, {}, actor=actor_of(session, item), now=MONDAY + timedelta(hours=3),
                          calendar=Calendar(version=0))
    session.commit()
    for days in (2, -1, 30, 10, 40):
        timers.work_off(sessions, MONDAY + timedelta(days=days))
    assert told(session, first) == (before[0], [])
    copies, tasks = told(session, second)
    assert (sum(copies.values()), tasks) == (2 + 2, ["order"]), "two days urged, then late, then told upwards"


def actor_of(session, item):
    row = session.get_one(WorkItem, item)
    post = (row.unit_code, row.position_code)
    return type(SYSTEM)(None, "经办", frozenset({post}), post)


def test_what_failed_under_a_wrong_clock_does_not_wait_for_the_wrong_year(session, sessions, start, monkeypatch):
    instance = start(timed("working_days(2)"))

    def fail(*_given, **_named):
        raise RuntimeError("out of order")

    with monkeypatch.context() as patch:
        patch.setattr(service, "wake_instance", fail)
        patch.setattr(service, "wake_together", fail)
        timers.work_off(sessions, FAR)
    assert session.scalars(select(Timer.attempts)).all() == [1]
    session.commit()
    assert timers.work_off(sessions, MONDAY + timedelta(days=10)) == 1
    assert list(check.broken(session, instance)) == []


def test_a_letter_that_was_tried_under_a_wrong_clock_goes_out_soon(session, sessions, monkeypatch):
    session.add(Outbox(key="k", recipient="head@example.org", subject="", body="", due_at=MONDAY, attempts=0))
    session.commit()
    settings = load_settings({"ZHUQI_DEMO": "1"})

    def refuse(*_given):
        raise OSError("no route to the server")

    with monkeypatch.context() as patch:
        patch.setattr(mail._Log, "send", refuse)
        assert mail.work_off(sessions, settings, FAR) == 0
    assert mail.work_off(sessions, settings, MONDAY + timedelta(hours=1)) == 1


def test_housekeeping_goes_on_after_the_clock_was_set_back(session, sessions):
    """Two rounds under a clock a year ahead, then the right time."""
    instants = iter([FAR, FAR, MONDAY, MONDAY])
    stop, settings = Event(), load_settings({"ZHUQI_DEMO": "1"})

    def clock():
        now = next(instants)
        if now == MONDAY:
            with sessions.begin() as own:
                own.merge(IdempotencyKey(key="old", at=MONDAY - timedelta(days=9), outcome={}))
            stop.set()
        return now

    loop.run(sessions, settings, clock, stop, work_timers=lambda _: 1)
    assert session.scalars(select(IdempotencyKey.key)).all() == []


def test_a_worker_that_was_off_for_a_week_makes_up_for_everything_in_order(session, sessions, start):
    """What was missed is told as a worker that came every hour has told it; what only now comes into an inbox has its
    whole limit from now on."""
    punctual, late = start(CHAIN), start(CHAIN)
    for hour in range(24 * 4):
        timers.attempt(sessions, punctual, MONDAY + timedelta(hours=hour))
    assert told(session, late) == (Counter(), ["review"])
    back = MONDAY + timedelta(days=7)
    assert timers.attempt(sessions, late, back)
    assert told(session, late) == told(session, punctual)
    assert told(session, late)[1] == ["explain"]
    assert due_at(session, punctual) == city(2026, 3, 9) and due_at(session, late) == city(2026, 3, 10)
    assert not timers.attempt(sessions, late, back), "in one step"
    timers.work_off(sessions, back + timedelta(days=2))
    assert told(session, late) == told(session, punctual) and told(session, late)[1] == ["order"]


@pytest.mark.parametrize(("started", "rule", "due"), [
    (datetime(2028, 2, 28, 2, tzinfo=UTC), "working_days(1)", city(2028, 2, 29)),
    (datetime(2028, 2, 29, 2, tzinfo=UTC), "working_days(1)", city(2028, 3, 1)),
    (datetime(2028, 1, 29, 2, tzinfo=UTC), "months(1)", city(2028, 2, 29)),
    (datetime(2028, 2, 29, 2, tzinfo=UTC), "months(12)", city(2029, 2, 28)),
    (datetime(2028, 2, 28, 17, tzinfo=UTC), "days(1)", None),
], ids=str)
def test_a_leap_day_is_a_day_like_any_other(session, sessions, start, started, rule, due):
    """The last starts at one in the morning of the 29th in the city, which is still the 28th in UTC."""
    instance = start(timed(rule), now=started)
    due = due or due_at(session, instance)
    assert due_at(session, instance) == due and due.date().month in (2, 3)
    assert timers.work_off(sessions, due - timedelta(seconds=1)) == 0
    assert timers.work_off(sessions, due) == 1
    assert list(check.broken(session, instance)) == []


def test_over_a_years_end_without_a_calendar_a_limit_is_provisional_until_the_notice_comes(session, sessions, start):
    """2026-12-30 is a Wednesday: 31, then in 2027, whose notice is not out, 4, 5, 6, 7; the notice makes the 4th a day
    off, and the limit moves by one."""
    instance = start(timed("working_days(5)", due="working_days(5)"), now=datetime(2026, 12, 30, 2, tzinfo=UTC))
    assert due_at(session, instance) == city(2027, 1, 7)
    assert session.scalars(select(WorkItem.due_provisional)).one() and session.scalars(select(Timer.provisional)).one()
    noticed = datetime(2026, 12, 31, 2, tzinfo=UTC)
    calendars.save(session, {"2027-01-04": {"working": False, "name": "元旦调休"}}, [2027], "放假通知", actor=SYSTEM,
                   now=noticed)
    session.commit()
    assert retiming.retime_all(sessions, actor=SYSTEM, now=noticed).failed == ()
    item = session.scalars(select(WorkItem).execution_options(populate_existing=True)).one()
    assert (item.due_at, item.due_provisional) == (city(2027, 1, 8), False)
    assert due_at(session, instance) == city(2027, 1, 8)
    assert session.scalar(select(func.count()).select_from(History).where(History.op == "retime")) == 1
    session.commit()
    assert timers.work_off(sessions, city(2027, 1, 7)) == 0
    assert timers.work_off(sessions, city(2027, 1, 8)) == 1
    assert list(check.broken(session, instance)) == []


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati"])
def test_a_server_in_another_zone_reckons_in_the_citys(engine, session, start, make_actor, monkeypatch, zone):
    """The machine's zone and the database session's: limits, states and words are as at home."""
    late_evening = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    home = start(CHAIN, now=late_evening)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        options = {"connect_args": {"options": f"-c TimeZone={zone}"}} if engine.dialect.name == "postgresql" else {}
        abroad_engine = make_engine(engine.url.render_as_string(hide_password=False), poolclass=NullPool, **options)
        with make_session_factory(abroad_engine).begin() as own:
            abroad = service.start_case(own, "p", {}, actor=SYSTEM, now=late_evening, calendar=Calendar(version=0)).id
        sessions = make_session_factory(abroad_engine)
        for day in range(9):
            for instance in (home, abroad):
                timers.attempt(sessions, instance, late_evening + timedelta(days=day))
        with sessions() as own:
            assert told(own, home) == told(own, abroad)
            assert told(own, abroad)[1] == ["order"]
            states = own.scalars(select(History.state_hash).order_by(History.seq, History.instance_id)).all()
            instants = own.execute(select(History.at, func.count()).group_by(History.at).order_by(History.at)).all()
            dues = own.execute(select(WorkItem.element_id, WorkItem.due_at).order_by(WorkItem.id)).all()
    finally:
        monkeypatch.undo()
        time.tzset()
    assert len(states) == 2 * len(instants) and {count for _, count in instants} == {2}
    assert dict(dues)["review"] == city(2026, 3, 4)
    assert session.scalar(select(func.count()).select_from(Incident)) == 0
