"""Due timers that several workers meet at once: a failed attempt waits its time, and nobody stops what another has just
done."""
from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import select

from app.actor import SYSTEM
from app.cases import check, definitions, service, timers
from app.models import Incident, Instance, Timer
from tests.conftest import MONDAY
from tests.workflows import diagrams as d

PROCESS = d.diagram(d.start(), d.user("review"), d.end(),
                    d.boundary("late", "review", d.timer("duration", "working_days(2)"), interrupting=False),
                    d.end("noted"), d.flow("start", "review", "end"), d.flow("late", "noted"))
DUE = MONDAY + timedelta(days=3)
A_MOMENT = 0.3
"""seconds after which whoever has not come through waits for a lock"""


@pytest.fixture
def instance(sessions, calendar):
    """A running instance whose timer is due."""
    with sessions.begin() as session:
        definitions.publish(session, "p", d.files(PROCESS), now=MONDAY)
        return service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=calendar).id


def fail(*_, **__):
    raise OSError("something of ours is broken")


def test_a_second_job_of_an_instance_does_not_try_again_before_its_time(sessions, instance, monkeypatch):
    monkeypatch.setattr(service, "wake_instance", fail)
    for _ in range(timers.MAX_ATTEMPTS):
        assert not timers.attempt(sessions, instance, DUE)
    with sessions() as session:
        assert session.scalars(select(Timer.attempts)).all() == [1]
    timers.attempt(sessions, instance, DUE + timers.BACK_OFF)
    with sessions() as session:
        assert session.scalars(select(Timer.attempts)).all() == [2]


def test_a_last_failure_stops_no_instance_that_another_worker_has_just_woken(sessions, instance, calendar):
    with sessions.begin() as session:
        session.execute(Timer.__table__.update().values(attempts=timers.MAX_ATTEMPTS - 1))

    def note_failure():
        with sessions.begin() as own:
            timers._note_failure(own, instance, DUE)

    failed = Thread(target=note_failure)
    with sessions.begin() as session:
        service.wake_instance(session, instance, actor=SYSTEM, now=DUE, calendar=calendar)
        failed.start()
        failed.join(A_MOMENT)
    failed.join()
    with sessions() as session:
        assert session.get_one(Instance, instance).status == "running"
        assert session.scalars(select(Incident)).all() == []
        assert list(check.broken(session, instance)) == []
