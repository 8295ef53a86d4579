"""A case that was stopped from outside (its timers failed three times) waits for an administrator."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from app.actor import ENTERPRISE, SYSTEM
from app.cases import calendars, incidents, retiming, service
from app.models import Incident, Instance
from tests.app.inbox.test_children import DAYS_OFF
from tests.workflows import diagrams as d
from workflows.errors import InstanceStopped


@pytest.fixture
def stopped(desk):
    desk.start(d.diagram(
        d.start(), d.user("draft", due="working_days(1)"), d.end(), d.end("noted"), d.flow("start", "draft", "end"),
        d.boundary("more", "draft", d.event("message", "m_more"), interrupting=False), d.flow("more", "noted"),
        declared=d.declare("more")))
    incidents.stop(desk.session, desk.instance.id, "timer", "到期的时限没有办成", desk.now)
    desk.session.commit()
    return desk.instance.id


@pytest.mark.parametrize("act", [
    lambda desk, id: service.deliver_message(desk.session, id, "more", {}, actor=ENTERPRISE, now=desk.now,
                                             calendar=desk.calendar),
    lambda desk, id: service.suspend(desk.session, id, "等材料", actor=desk.supervisor, now=desk.now,
                                     calendar=desk.calendar)], ids=["message", "suspending"])
def test_nothing_but_an_administrators_retry_lifts_it(desk, stopped, act):
    with pytest.raises(InstanceStopped):
        act(desk, stopped)
    desk.session.rollback()
    assert desk.session.get_one(Instance, stopped).status == "incident"
    assert desk.session.scalars(select(Incident).where(Incident.closed_at.is_(None))).one()


def test_a_calendar_that_has_changed_meanwhile_counts_when_it_goes_on(desk, sessions, stopped):
    before = desk.item().due_at
    calendars.save(desk.session, DAYS_OFF, [], "", actor=desk.supervisor, now=desk.now)
    desk.session.commit()
    assert stopped not in retiming.retime_all(sessions, actor=SYSTEM, now=desk.now).failed
    service.retry_incident(desk.session, stopped, actor=desk.supervisor, now=desk.now,
                           calendar=calendars.current(desk.session))
    desk.session.commit()
    assert desk.item().due_at > before and desk.session.get_one(Instance, stopped).status == "running"


def test_a_case_that_has_ended_is_not_stopped(desk):
    service.cancel(desk.session, desk.instance.id, "企业撤回", actor=desk.supervisor, now=desk.now,
                   calendar=desk.calendar)
    incidents.stop(desk.session, desk.instance.id, "timer", "太晚", desk.now)
    desk.session.commit()
    assert desk.session.get_one(Instance, desk.instance.id, populate_existing=True).status == "cancelled"
