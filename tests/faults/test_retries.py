"""Automatic work that fails is tried three times, ever later, and then stands as an incident that somebody owns."""
from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.actor import SYSTEM
from app.cases import check, definitions, service, timers
from app.models import Copy, Incident, Instance, Timer
from tests.conftest import MONDAY
from tests.workflows import diagrams as d

PROCESS = d.diagram(d.start(), d.user("review"), d.end(),
                    d.boundary("late", "review", d.timer("duration", "working_days(2)"), interrupting=False),
                    d.user("urge"), d.end("urged"), d.flow("start", "review", "end"), d.flow("late", "urge", "urged"))
DUE = MONDAY + timedelta(days=3)


@pytest.fixture
def instances(session, make_actor, calendar):
    """Two running instances whose timers fall due together."""
    clerk = make_actor("clerk", ("miit", "clerk"))
    make_actor("admin", ("miit", "admin"))
    definitions.publish(session, "p", d.files(PROCESS), now=MONDAY)
    ids = [service.start_case(session, "p", {}, actor=clerk, now=MONDAY, calendar=calendar).id for _ in range(2)]
    session.commit()
    return ids


@pytest.fixture
def failing(monkeypatch, instances):
    """Waking the first instance fails for a reason that its diagram does not know of."""
    alone, together = service.wake_instance, service.wake_together

    def fail(session, instance_id, **rest):
        if instance_id == instances[0]:
            raise OSError("no space left on device")
        return alone(session, instance_id, **rest)

    def fail_together(session, found, **rest):
        if any(held.id == instances[0] for held in found):
            raise OSError("no space left on device")
        return together(session, found, **rest)

    monkeypatch.setattr(service, "wake_instance", fail)
    monkeypatch.setattr(service, "wake_together", fail_together)


@pytest.mark.usefixtures("failing")
def test_a_timer_that_fails_is_tried_three_times_and_holds_up_no_other(session, sessions, instances):
    broken, good = instances
    assert timers.work_off(sessions, DUE) == 1, "the other instance goes its way"
    now = DUE
    for waits in (timers.BACK_OFF, timers.BACK_OFF * 2):
        assert timers.due_instances(session, now + waits - timedelta(seconds=1)) == []
        now += waits
        assert timers.due_instances(session, now) == [broken]
        session.commit()
        assert timers.work_off(sessions, now) == 0
    assert session.get_one(Instance, broken).status == "incident"
    assert session.get_one(Instance, good).status == "running"
    incident = session.scalars(select(Incident)).one()
    assert (incident.instance_id, incident.closed_at) == (broken, None)
    assert timers.due_instances(session, now + timedelta(days=9)) == [], "it waits for its owner now"
    for instance in instances:
        assert list(check.broken(session, instance)) == []


@pytest.mark.parametrize("away", [psycopg.errors.AdminShutdown("the server restarts"),
                                  psycopg.errors.DiskFull("no space left"),
                                  psycopg.errors.ReadOnlySqlTransaction("a copy of the server answers")])
def test_a_database_that_is_away_costs_no_timer_an_attempt(session, sessions, instances, monkeypatch, away):
    """Its restart is nobody's fault: the timer stays due, and goes on by itself when the database is back."""
    def fail(*_given, **_rest):
        raise DBAPIError.instance("UPDATE", {}, away, psycopg.Error)

    with monkeypatch.context() as patch:
        patch.setattr(service, "wake_instance", fail)
        patch.setattr(service, "wake_together", fail)
        for _ in range(timers.MAX_ATTEMPTS + 1):
            assert timers.work_off(sessions, DUE) == 0
    assert session.scalars(select(Timer.attempts)).all() == [0, 0]
    session.commit()
    assert timers.work_off(sessions, DUE) == len(instances)
    assert session.scalars(select(Incident)).all() == []


@pytest.mark.usefixtures("failing")
def test_the_administrators_are_told_of_the_incident(session, sessions, instances):
    for attempt in range(timers.MAX_ATTEMPTS):
        timers.work_off(sessions, DUE + timedelta(hours=attempt))
    copy = session.scalars(select(Copy)).one()
    assert (copy.instance_id, copy.unit_code, copy.position_code) == (instances[0], "miit", "admin")
    assert copy.kind == "escalate"


@pytest.mark.usefixtures("failing")
def test_a_stopped_instance_goes_on_when_its_owner_retries(session, sessions, instances, monkeypatch, calendar):
    for attempt in range(timers.MAX_ATTEMPTS):
        timers.work_off(sessions, DUE + timedelta(hours=attempt))
    monkeypatch.undo()
    service.retry_incident(session, instances[0], actor=SYSTEM, now=DUE + timedelta(days=1), calendar=calendar)
    session.commit()
    assert session.get_one(Instance, instances[0], populate_existing=True).status == "running"
    assert session.scalars(select(Timer)).all() == []
    assert list(check.broken(session, instances[0])) == []
