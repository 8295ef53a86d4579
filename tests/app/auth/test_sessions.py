"""Sessions in the database: what the cookie is worth, and what ends it."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, Response, request
from flask import session as flask_session
from sqlalchemy import delete, func, select
from sqlalchemy.event import listen
from sqlalchemy.orm import Session, sessionmaker

from app import web
from app.auth.sessions import hash_token
from app.models import Unit, UserSession
from app.permissions import public
from tests.app.conftest import PASSWORD, TOKEN, Browser
from tests.conftest import FixedClock

COOKIE = "zhuqi"


def test_the_cookie_carries_a_token_of_which_only_the_hash_is_kept(officer: Browser, sessions: sessionmaker[Session]):
    cookie = officer.get_cookie(COOKIE)
    assert cookie is not None and cookie.http_only and cookie.same_site == "Lax"
    with sessions() as session:
        row = session.scalars(select(UserSession)).one()
    assert row.token_hash == hash_token(cookie.value) and cookie.value not in str(row.data)


def test_a_visitor_with_only_a_form_costs_no_row(browser: Browser, sessions: sessionmaker[Session]):
    browser.get("/login")
    assert browser.get_cookie(COOKIE) is not None
    assert _rows(sessions) == 0


def test_a_forged_visitor_cookie_is_ignored(browser: Browser):
    found = TOKEN.search(browser.get("/follow").text)
    cookie = browser.get_cookie(COOKIE)
    assert found and cookie
    form = {"code": "none", "csrf_token": found[1]}
    assert browser.post("/follow", data=form).status_code != 400
    browser.set_cookie(COOKIE, cookie.value[:-2] + "xx")
    assert browser.post("/follow", data=form).status_code == 400


def test_a_page_that_needs_a_person_asks_to_sign_in_and_comes_back(browser: Browser, add_user: Callable[..., int]):
    add_user("finance.clerk", ("finance", "clerk"))
    asked = browser.get("/account?tab=1")
    assert asked.location == "/login?next=/account?tab%3D1"
    assert browser.sign_in("finance.clerk", next="/account?tab=1").location == "/account?tab=1"


def test_signing_in_gives_a_new_token(app: Flask, browser: Browser, add_user: Callable[..., int],
                                      sessions: sessionmaker[Session]):
    add_user("finance.clerk", ("finance", "clerk"))
    add_user("drc.clerk", ("drc", "clerk"))
    browser.sign_in("finance.clerk")
    planted = _token(browser)
    browser.submit("/login", {"username": "drc.clerk", "password": PASSWORD}, on="/account")
    assert _token(browser) != planted
    stranger = app.test_client()
    stranger.set_cookie(COOKIE, planted)
    assert stranger.get("/account").status_code == 302
    assert _rows(sessions) == 1


def test_logging_out_ends_the_session_wherever_its_cookie_is(app: Flask, officer: Browser,
                                                             sessions: sessionmaker[Session]):
    stolen = _token(officer)
    officer.submit("/logout", on="/account")
    thief = app.test_client()
    thief.set_cookie(COOKIE, stolen)
    assert thief.get("/account").status_code == 302
    assert officer.get("/account").status_code == 302
    assert _rows(sessions) == 0


def test_a_session_ends_when_nobody_uses_it(officer: Browser, clock: FixedClock):
    clock.advance(minutes=29)
    assert officer.get("/account").status_code == 200
    clock.advance(minutes=29)
    assert officer.get("/account").status_code == 200
    clock.advance(minutes=31)
    assert officer.get("/account").status_code == 302


def test_reading_within_a_minute_does_not_write(officer: Browser, clock: FixedClock, sessions: sessionmaker[Session]):
    before = _seen(sessions)
    clock.advance(seconds=59)
    officer.get("/account")
    assert _seen(sessions) == before
    clock.advance(seconds=1)
    officer.get("/account")
    assert _seen(sessions) != before


def test_a_session_that_was_ended_meanwhile_does_not_come_back(officer: Browser, sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        session.query(UserSession).delete()
    officer.get("/account")
    assert _rows(sessions) == 0


def test_what_a_request_writes_and_what_it_tells_the_browser_session_are_kept_together(
        noting: Browser, app: Flask, sessions: sessionmaker[Session]):
    noting.get("/account")
    commits = []
    listen(app.extensions["zhuqi"].engine, "commit", commits.append)
    assert noting.submit("/note", on="/account").status_code == 204
    assert len(commits) == 2 + 2, "the page and the request: each reads the session, then does all else"
    assert _kept(sessions) == {"note": "done"}


def test_a_request_that_cannot_be_kept_tells_the_browser_session_nothing(
        noting: Browser, app: Flask, sessions: sessionmaker[Session]):
    listen(app.extensions["zhuqi"].sessions, "before_commit", _fail_after_a_note)
    assert noting.submit("/note", on="/account").status_code == 500
    assert _kept(sessions) == {}


def test_a_session_that_its_own_request_ends_is_over(noting: Browser, sessions: sessionmaker[Session]):
    answer = noting.submit("/note?end=1", on="/account")
    assert answer.status_code == 204 and noting.get_cookie(COOKIE) is None
    assert _rows(sessions) == 0


@pytest.fixture
def noting(app: Flask, add_user: Callable[..., int]) -> Browser:
    """A signed-in browser of an application that writes on request, and notes it in the browser session."""

    @public
    def note() -> Response:
        if "end" in request.args:
            web.db().execute(delete(UserSession))
        web.db().add(Unit(code="noted", name="noted", kind="agency"))
        flask_session["note"] = "done"
        return Response(status=204)

    app.add_url_rule("/note", "note", note, methods=["POST"])
    app.testing = False
    add_user("finance.clerk", ("finance", "clerk"))
    client = app.test_client()
    assert isinstance(client, Browser)
    client.sign_in("finance.clerk")
    return client


def test_one_ends_ones_other_sessions(app: Flask, officer: Browser):
    other = app.test_client()
    assert isinstance(other, Browser)
    other.sign_in("finance.clerk")
    assert "其他浏览器" in officer.get("/account").text
    officer.submit("/account/sessions/end", on="/account")
    assert other.get("/account").status_code == 302
    assert officer.get("/account").status_code == 200


def _token(browser: Browser) -> str:
    cookie = browser.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def _rows(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(UserSession)) or 0


def _seen(sessions: sessionmaker[Session]) -> object:
    with sessions() as session:
        return session.scalar(select(UserSession.seen_at))


def _fail_after_a_note(session: Session) -> None:
    if session.get(Unit, "noted") is not None:
        raise RuntimeError("the database is gone")


def _kept(sessions: sessionmaker[Session]) -> dict[str, str]:
    with sessions() as session:
        kept = session.scalars(select(UserSession)).one().data
        assert (session.get(Unit, "noted") is not None) == ("note" in kept)
    return {key: value for key, value in kept.items() if key == "note"}
