"""What Prometheus reads: figures of the city from the database, times from whichever process measured them."""
from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from app import metrics
from app.cases import definitions, service
from app.db import make_engine
from app.factory import create_app
from app.models import Instance, Outbox
from app.models.outbox import MAX_ATTEMPTS
from tests.conftest import MONDAY
from tests.workflows import diagrams as d

TOKEN = "t" * 40
PROCESS = d.diagram(d.start(), d.user("review", due="working_days(1)"), d.end(),
                    d.boundary("late", "review", d.timer("duration", "working_days(2)"), interrupting=False),
                    d.end("noted"), d.flow("start", "review", "end"), d.flow("late", "noted"))


@pytest.fixture
def settings(settings):
    return replace(settings, metrics_token=TOKEN)


@pytest.fixture
def start(session, make_actor, calendar):
    """`start(3)` starts three cases, each with a task due on Tuesday and a timer due on Wednesday."""
    clerk = make_actor("clerk", ("miit", "clerk"))
    definitions.publish(session, "p", d.files(PROCESS), now=MONDAY)

    def start(n: int) -> list[int]:
        ids = [service.start_case(session, "p", {}, actor=clerk, now=MONDAY, calendar=calendar).id for _ in range(n)]
        session.commit()
        return ids

    return start


@pytest.fixture
def read(browser):
    """`read()` is the page as a mapping from what stands before a figure to the figure."""
    def read() -> dict[str, float]:
        answer = browser.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200 and answer.content_type == metrics.CONTENT_TYPE
        found = re.findall(r"^(zhuqi_\S+) (\S+)$", answer.text, re.MULTILINE)
        return {name: float(figure) for name, figure in found}

    return read


def test_open_and_overdue_cases_are_counted(start, read, clock):
    start(3)
    now = read()
    assert (now['zhuqi_cases_open{status="running"}'], now["zhuqi_tasks_open"], now["zhuqi_tasks_overdue"]) == (3, 3, 0)
    clock.advance(days=4)
    later = read()
    assert (later["zhuqi_cases_overdue"], later["zhuqi_tasks_overdue"]) == (3, 3)


def test_the_lag_of_timers_is_how_long_the_first_due_one_waits(session, start, read, clock, calendar):
    stopped, *_ = start(3)
    session.execute(update(Instance).where(Instance.id == stopped).values(status="incident"))
    session.commit()
    assert read()["zhuqi_timer_lag_seconds"] == 0
    last_second = (MONDAY + timedelta(days=2)).replace(hour=15, minute=59, second=59)  # of Wednesday, in the city
    clock.now = last_second + timedelta(seconds=90)
    figures = read()
    assert (figures["zhuqi_timer_lag_seconds"], figures["zhuqi_timers_due"]) == (90, 2)
    assert figures['zhuqi_cases_open{status="incident"}'] == 1


def test_the_queue_of_mail_is_what_is_due_and_what_was_given_up(session, read):
    for n, (due, sent, attempts) in enumerate([
            (MONDAY, None, 0), (MONDAY, None, 2), (MONDAY + timedelta(hours=1), None, 1), (MONDAY, MONDAY, 1),
            (MONDAY, None, MAX_ATTEMPTS)]):
        session.add(Outbox(key=f"k{n}", recipient="a@example.org", subject="", body="", due_at=due, sent_at=sent,
                           attempts=attempts))
    session.commit()
    figures = read()
    assert (figures["zhuqi_mail_waiting"], figures["zhuqi_mail_failed"]) == (2, 1)


def test_the_database_is_asked_at_most_once_in_ten_seconds(start, read, clock):
    assert read()["zhuqi_tasks_open"] == 0
    start(1)
    clock.advance(seconds=9)
    assert read()["zhuqi_tasks_open"] == 0
    clock.advance(seconds=1)
    assert read()["zhuqi_tasks_open"] == 1


def test_steps_are_timed_by_what_they_do(start, read):
    before = read()
    start(2)
    count = 'zhuqi_step_seconds_count{op="start"}'
    assert read()[count] - before.get(count, 0) == 2


def test_requests_are_timed_by_the_pattern_of_their_address(browser, read):
    browser.get("/login")
    browser.get("/issues/2026-000001-王小明")
    browser.get("/made-up-by-a-stranger")
    browser.open("/login", method="BREW")
    figures = read()
    told = "\n".join(figures)
    assert figures['zhuqi_request_seconds_count{method="GET",route="/login",status="200"}'] >= 1
    assert figures['zhuqi_request_seconds_count{method="GET",route="none",status="404"}'] >= 1
    assert 'method="other"' in told
    assert "王小明" not in told and "made-up" not in told and "BREW" not in told


@pytest.mark.parametrize("header", [
    None, "Bearer", f"Bearer {TOKEN}x", "Bearer " + "t" * 39, "Basic dDp0", "Bearer 王"])
def test_who_brings_no_token_or_another_reads_nothing(browser, header):
    answer = browser.get("/metrics", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "zhuqi_" not in answer.text


def test_where_no_token_is_set_there_is_no_such_page(settings, clock):
    app = create_app(replace(settings, metrics_token=""), clock)
    for header in ("Bearer ", "Bearer", ""):
        assert app.test_client().get("/metrics", headers={"Authorization": header}).status_code == 404
    app.extensions["zhuqi"].engine.dispose()


def test_a_database_that_is_away_is_told_and_the_times_with_it(app, browser, read, tmp_path):
    browser.get("/login")
    app.extensions["zhuqi_figures"]._engine = make_engine(f"postgresql+psycopg://zhuqi@/zhuqi?host={tmp_path}")
    figures = read()
    assert figures["zhuqi_database_up"] == 0 and "zhuqi_tasks_open" not in figures
    assert any(name.startswith("zhuqi_request_seconds_count") for name in figures)
