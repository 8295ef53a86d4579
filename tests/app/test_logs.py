"""A log line names its request and its case, quotes nobody, and cannot be broken by input."""
from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app import logs
from app.cases import definitions, service, timers
from app.db import make_engine, make_session_factory
from app.models import WorkItem
from app.worker import loop
from tests.app.conftest import Browser
from tests.conftest import MONDAY
from tests.workflows import diagrams as d

PROCESS = d.diagram(d.start(), d.user("review"), d.end(),
                    d.boundary("late", "review", d.timer("duration", "working_days(2)"), interrupting=False),
                    d.end("noted"), d.flow("start", "review", "end"), d.flow("late", "noted"))
BREAKS = "\n \r \x1b[2J \x85 \u2028 \u2029"


class Lines:
    """What a service has written to standard error, which is not a terminal."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self._captured = captured
        self._text = ""

    @property
    def text(self) -> str:
        self._text += self._captured.readouterr().err
        return self._text

    def read_all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, event: str) -> dict[str, Any]:
        (found,) = [line for line in self.read_all() if line["event"] == event]
        return found


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    handlers = logging.getLogger().handlers[:]
    structlog.contextvars.clear_contextvars()
    logs.configure()
    capsys.readouterr()
    yield Lines(capsys)
    logging.getLogger().handlers[:] = handlers
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


@pytest.fixture
def case(sessions, make_actor, session, calendar):
    """A running case of the officer's unit with one open task and a timer: (instance id, work item id)."""
    clerk = make_actor("drafter", ("finance", "clerk"))
    definitions.publish(session, "p", d.files(PROCESS.replace("miit", "finance")), now=MONDAY)
    instance = service.start_case(session, "p", {}, actor=clerk, now=MONDAY, calendar=calendar).id
    item = session.scalars(select(WorkItem.id)).one()
    session.commit()
    return instance, item


def test_a_press_leaves_one_line_with_its_request_and_its_case(officer: Browser, case, lines):
    instance, item = case
    answer = officer.submit(f"/tasks/{item}/complete", {"idempotency_key": "k"}, on=f"/tasks/{item}")
    assert answer.status_code == 303
    press = lines.read_all()[-1]
    assert {name: press[name] for name in ("event", "level", "method", "route", "status", "case", "request_id")} == {
        "event": "request", "level": "info", "method": "POST", "route": "/tasks/<int:item_id>/complete", "status": 303,
        "case": instance, "request_id": answer.headers["X-Request-ID"]}


def test_a_fired_timer_leaves_a_line_with_its_case(sessions, case, lines):
    structlog.contextvars.bind_contextvars(request_id="round")
    assert timers.work_off(sessions, MONDAY + timedelta(days=3)) == 1
    fired = lines.of("timer_fired")
    assert (fired["case"], fired["request_id"]) == (case[0], "round")
    assert "case" not in structlog.contextvars.get_contextvars(), "the next case's lines do not name this one"


def test_no_line_tells_what_stood_in_an_address_or_a_form(browser: Browser, lines):
    browser.get("/issues/王小明?q=13812345678")
    browser.submit("/login", {"username": "13812345678", "password": "王小明的密码"})
    browser.submit("/report", {"title": "王小明缺钱", "contact_phone": "13812345678"})
    assert len(lines.read_all()) >= 3
    assert "王小明" not in lines.text and "13812345678" not in lines.text


def test_an_error_is_told_without_the_words_that_quote_what_was_given(lines):
    given = "13812345678" + "x"
    try:
        int(given)
    except ValueError:
        structlog.get_logger().exception("failed")
    told = lines.of("failed")["exception"]
    assert given not in told and "ValueError" in told and "test_logs.py" in told


def test_the_database_s_refusal_of_a_row_is_told_by_its_rule(session, lines):
    insert = text("INSERT INTO position (code, name, sort) VALUES ('twice', '王小明', 0)")
    session.execute(insert)
    with pytest.raises(IntegrityError) as refused:
        session.execute(insert)
    structlog.get_logger().error("failed", exc_info=refused.value)
    told = lines.of("failed")["exception"]
    assert "王小明" not in told and "twice" not in told.replace('"twice"', "")
    assert "UniqueViolation" in told or "SQLITE_CONSTRAINT" in told


def test_a_worker_whose_database_is_away_says_so_in_a_line_a_round(settings, lines, tmp_path):
    away = make_session_factory(make_engine(f"postgresql+psycopg://zhuqi@/zhuqi?host={tmp_path}"))
    stop, instants = Event(), iter([MONDAY, MONDAY])

    def clock() -> datetime:
        next(instants)
        if instants.__length_hint__() == 0:
            stop.set()  # this round is the last
        return MONDAY

    loop.run(away, settings, clock, stop)
    (line,) = lines.read_all()
    assert (line["event"], line["trouble"], line["level"]) == ("worker_waits", "away", "warning")
    assert "exception" not in line and line["request_id"]


def test_a_cause_is_told_too(lines):
    try:
        try:
            raise ValueError("13812345678")
        except ValueError as cause:
            raise AttributeError("no attribute 'name'") from cause
    except AttributeError:
        structlog.get_logger().exception("failed")
    told = lines.of("failed")["exception"]
    assert told.index("ValueError") < told.index("led to") < told.index("AttributeError: no attribute 'name'")


def test_input_breaks_no_line(lines):
    structlog.get_logger().info("seen", text=BREAKS, nested={"a": [BREAKS]}, thing=ValueError(BREAKS))
    logging.getLogger("library").warning("got %s", BREAKS)
    seen, library = lines.read_all()
    assert seen["text"] == "\\u000a \\u000d \\u001b[2J \\u0085 \\u2028 \\u2029"
    assert seen["text"] == seen["nested"]["a"][0] == seen["thing"]
    assert (library["logger"], library["level"]) == ("library", "warning") and "\\u2028" in library["event"]


@pytest.mark.usefixtures("lines")
def test_on_a_terminal_input_sends_no_control_codes(monkeypatch):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", terminal)
    logs.configure()
    structlog.get_logger().info("seen", text=BREAKS)
    assert len(terminal.getvalue().splitlines()) == 1 and "\x1b[2J" not in terminal.getvalue()


@pytest.mark.usefixtures("lines")
def test_a_line_and_its_end_are_written_at_once(monkeypatch):
    """Threads and libraries log beside each other: what is written in two goes gets into another's line."""
    written: list[str] = []

    class Pieces(io.StringIO):
        def write(self, text: str) -> int:
            written.append(text)
            return len(text)

    monkeypatch.setattr(sys, "stderr", Pieces())
    logs.configure()
    structlog.get_logger().info("one")
    assert len(written) == 1 and written[0].endswith("}\n")
