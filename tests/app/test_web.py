"""One request is one transaction; the headers of every answer."""
from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask, request
from sqlalchemy.orm import Session, sessionmaker

from app import web
from app.factory import create_app
from app.models import Position
from app.permissions import public
from app.settings import Settings
from tests.app.conftest import Browser
from tests.conftest import FixedClock


@pytest.fixture
def app(app: Flask) -> Flask:
    """With a route that writes and then answers as it is asked to."""

    def write(status: int) -> tuple[str, int]:
        web.db().add(Position(code="left", name="左"))
        return "", status

    app.add_url_rule("/write/<int:status>", "write", public(write), methods=["POST"])
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.mark.parametrize(("status", "kept"), [(200, True), (303, True), (409, False), (422, False), (500, False)])
def test_a_request_is_committed_when_its_answer_is_below_400(
        browser: Browser, sessions: sessionmaker[Session], status: int, kept: bool):
    browser.post(f"/write/{status}")
    with sessions() as session:
        assert (session.get(Position, "left") is not None) is kept


def test_what_is_done_apart_outlives_a_refusal(app: Flask, browser: Browser, sessions: sessionmaker[Session]):
    def refuse() -> tuple[str, int]:
        with web.apart() as own:
            own.add(Position(code="apart", name="旁"))
        return "", 409

    app.add_url_rule("/refuse", "refuse", public(refuse), methods=["POST"])
    browser.post("/refuse")
    with sessions() as session:
        assert session.get(Position, "apart") is not None


def test_pages_run_no_script_but_ours_and_show_in_no_frame(browser: Browser):
    policy = browser.get("/login").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "style-src 'self';" in policy and "frame-ancestors 'none'" in policy


def test_pages_are_not_kept_by_browsers(browser: Browser):
    assert browser.get("/login").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_forwarded_addresses_are_believed_of_known_proxies_only(
        settings: Settings, clock: FixedClock, proxies: int, seen: str):
    app = create_app(replace(settings, proxies=proxies), clock)
    app.add_url_rule("/who", "who", public(lambda: str(request.remote_addr)))
    told = app.test_client().get("/who", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})
    assert told.text == seen
