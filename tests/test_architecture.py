"""docs/architecture.md follows one press and one timer through the code: here both really happen, and are compared."""
from __future__ import annotations

import re
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app import bootstrap
from app.actor import ENTERPRISE
from app.demo import city
from app.factory import create_app
from app.issues.registration import Report, register
from app.models import WorkItem
from app.settings import DEMO_PASSWORD, load_settings
from app.worker import loop
from tests.conftest import FixedClock
from workflows.calendar import Calendar

DOCUMENT = Path(__file__).parents[1] / "docs/architecture.md"


@pytest.fixture
def product(tmp_path):
    """The product on a fresh database with its people and one reported issue."""
    settings = load_settings({"ZHUQI_DEMO": "1", "ZHUQI_DATA_DIR": str(tmp_path)})
    clock = FixedClock()
    sessions = bootstrap.prepare(settings, clock())
    with sessions.begin() as session:
        city.create_people(session, clock())
        report = Report("贷款到期", "请帮助续贷。", "某某公司", "dongsheng", "王经理", "0477-1234567")
        register(session, report, ENTERPRISE, clock(), Calendar(version=0))
    return settings, sessions, clock


def steps(heading):
    """The functions that a section of the document numbers, in order."""
    section = DOCUMENT.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\d+\. `([\w.]+)`", section, re.M)


def called_during(act):
    """Every function of ours that `act` calls, by module and name, in the order of their calls."""
    seen = []

    def note(frame, event, _):
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith(("app.", "workflows.")):
            seen.append(f"{module}.{frame.f_code.co_name}")

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return seen


def assert_in_order(wanted, seen):
    position = 0
    for function in wanted:
        assert function in seen[position:], f"{function} is not called after {wanted[:wanted.index(function)]}"
        position = seen.index(function, position) + 1


def sign_in(client, username):
    token = token_of(client.get("/login"))
    answer = client.post("/login", data={"username": username, "password": DEMO_PASSWORD, "csrf_token": token})
    assert answer.status_code in (302, 303)


def token_of(page):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text).group(1)


def test_one_press_takes_the_documented_way(product):
    settings, sessions, clock = product
    client = create_app(settings, clock).test_client()
    sign_in(client, "dongsheng.office")
    with sessions() as session:
        item = session.scalars(select(WorkItem).where(WorkItem.status == "open")).one()
    token = token_of(client.get(f"/tasks/{item.id}"))
    answers = []
    seen = called_during(lambda: answers.append(
        client.post(f"/tasks/{item.id}/complete", data={"csrf_token": token, "contacted": "true"})))
    assert answers[0].status_code == 303, answers[0].text
    assert_in_order(steps("One press"), seen)


def test_one_timer_takes_the_documented_way(product):
    settings, sessions, clock = product
    later = clock() + timedelta(days=10)
    seen = called_during(lambda: loop.work_once(sessions, settings, later))
    assert_in_order(steps("One timer"), seen)


def test_a_way_that_the_code_does_not_take_would_be_noticed():
    with pytest.raises(AssertionError):
        assert_in_order(["app.a", "app.b"], ["app.b", "app.a"])
