"""Incidents in the browser: what stopped where, trying again, ending."""
from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import SYSTEM
from app.cases import incidents, service
from app.cases.definitions import publish
from app.models import Incident, Instance
from tests.app.conftest import Browser
from tests.conftest import MONDAY
from tests.workflows import diagrams
from workflows.calendar import Calendar

KEY = "fragile"
LIST = "/admin/incidents"


@pytest.fixture
def stopped(sessions: sessionmaker[Session], calendar: Calendar) -> int:
    """The id of an instance that stopped at a division by zero."""
    files = diagrams.files(diagrams.diagram(
        diagrams.start(), diagrams.script("divide", "x = 1 / n"), diagrams.user("look"), diagrams.end(),
        diagrams.flow("start", "divide", "look", "end"), id=KEY, variables='{"n": 0, "x": null}'), key=KEY)
    with sessions.begin() as session:
        publish(session, KEY, files, now=MONDAY)
        return service.start_case(session, KEY, {}, actor=SYSTEM, now=MONDAY, calendar=calendar).id


def test_an_incident_is_listed_with_what_stopped_and_why(administrator: Browser, stopped: int):
    page = administrator.get(LIST).text
    assert f"流程{stopped}" in page and "divide" in page


def test_trying_again_says_that_it_stopped_again(administrator: Browser, stopped: int,
                                                 sessions: sessionmaker[Session]):
    assert "又停在这里" in _press(administrator, sessions, "retry")
    assert _status(sessions, stopped) == "incident"
    with sessions() as session:
        assert [(row.closed_at is None, row.retries) for row in session.scalars(
            select(Incident).order_by(Incident.id))] == [(False, 1), (True, 0)]


def test_trying_again_goes_on_when_the_reason_has_gone(administrator: Browser, sessions: sessionmaker[Session],
                                                       calendar: Calendar):
    files = diagrams.files(diagrams.diagram(
        diagrams.start(), diagrams.user("look"), diagrams.end(),
        diagrams.flow("start", "look", "end"), id=KEY), key=KEY)
    with sessions.begin() as session:
        publish(session, KEY, files, now=MONDAY)
        instance = service.start_case(session, KEY, {}, actor=SYSTEM, now=MONDAY, calendar=calendar)
        incidents.stop(session, instance.id, "timer", "定时没有成功", MONDAY)
    assert "流程之外" in administrator.get(LIST).text
    assert "流程已经继续" in _press(administrator, sessions, "retry")
    assert _status(sessions, instance.id) == "running"
    assert "没有故障" in administrator.get(LIST).text
    assert "admin" in administrator.get(f"{LIST}?closed=1").text


def test_ending_takes_a_reason_and_is_for_good(administrator: Browser, stopped: int, sessions: sessionmaker[Session]):
    assert "请写明终止的原因" in _press(administrator, sessions, "cancel", reason=" ")
    assert "流程已经终止" in _press(administrator, sessions, "cancel", reason="图画错了，另行办理")
    assert _status(sessions, stopped) == "cancelled"


def test_an_incident_is_dealt_with_once(administrator: Browser, stopped: int, sessions: sessionmaker[Session]):
    _press(administrator, sessions, "cancel", reason="另行办理")
    with sessions() as session:
        incident_id = session.scalars(select(Incident.id)).one()
    refused = administrator.submit(f"{LIST}/{incident_id}/retry", on="/admin/absences")
    assert refused.status_code == 409 and "已经处理过了" in refused.text


def _press(administrator: Browser, sessions: sessionmaker[Session], what: str, **form: str) -> str:
    with sessions() as session:
        incident_id = session.scalars(select(Incident.id).where(Incident.closed_at.is_(None))).one()
    return administrator.submit(f"{LIST}/{incident_id}/{what}", form, on=LIST, follow_redirects=True).text


def _status(sessions: sessionmaker[Session], instance_id: int) -> str:
    with sessions() as session:
        return session.get_one(Instance, instance_id).status
