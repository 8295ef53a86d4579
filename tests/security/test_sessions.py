"""What a session, a cookie and a lock are worth to somebody who has got hold of them."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from app.auth import known_browsers, service
from app.factory import create_app
from app.models import KnownBrowser, User
from app.settings import Settings, SettingsError, load_settings
from tests.app.conftest import PASSWORD, Browser
from tests.conftest import MONDAY, FixedClock
from tests.security.conftest import City

COOKIE, KNOWN = "zhuqi", "zhuqi-known"
WRONG = "not the password"


def another(app: Flask) -> Browser:
    client = app.test_client()
    assert isinstance(client, Browser)
    return client


def cookie_of(browser: Browser, name: str = COOKIE) -> str:
    cookie = browser.get_cookie(name)
    assert cookie is not None
    return cookie.value


def thief_of(app: Flask, browser: Browser) -> Browser:
    """A browser with the other's session cookie."""
    thief = another(app)
    thief.set_cookie(COOKIE, cookie_of(browser))
    return thief


def is_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


def test_a_planted_session_gains_nothing_from_the_victims_sign_in(app: Flask, browser: Browser,
                                                                  add_user: Callable[..., int]):
    add_user("finance.clerk", ("finance", "clerk"))
    attacker = another(app)
    attacker.submit("/report", {"title": "x", "description": "y"})
    browser.set_cookie(COOKIE, cookie_of(attacker))
    browser.sign_in("finance.clerk")
    assert is_in(browser) and not is_in(attacker)


def test_a_planted_session_gains_nothing_from_an_enterprises_code(living_city: City):
    attacker = living_city.browser(None)
    attacker.post("/report", data={"title": "x", "description": "y"})
    planted = attacker.get_cookie(COOKIE)
    assert planted is not None
    victim = living_city.browser(None)
    victim.set_cookie(COOKIE, planted.value)
    victim.post("/follow", data={"code": living_city.cases["handled"].code})
    assert victim.get("/follow/progress").status_code == 200
    assert attacker.get("/follow/progress").location == "/follow"


def test_a_stolen_cookie_is_worth_nothing_after_logout(app: Flask, officer: Browser):
    thief = thief_of(app, officer)
    assert is_in(thief)
    officer.submit("/logout", on="/account")
    assert not is_in(thief)


@pytest.mark.parametrize("act", ["disable", "password", "second"])
def test_a_stolen_cookie_is_worth_nothing_after_an_administrators_act(app: Flask, officer: Browser, act: str,
                                                                      sessions: sessionmaker[Session],
                                                                      add_user: Callable[..., int]):
    add_user("security", ("city", "security"))
    admin = another(app)
    admin.sign_in("security")
    with sessions() as session:
        user_id = session.scalars(select(User.id).where(User.username == "finance.clerk")).one()
    page = f"/admin/users/{user_id}"
    address = {"disable": f"{page}/use", "password": f"{page}/password", "second": f"{page}/second"}[act]
    admin.submit(address, {"active": "no"}, on=page)
    assert not is_in(officer)
    assert not is_in(thief_of(app, officer))


def test_a_session_ends_after_its_hours_whatever_happens_in_it(settings: Settings, officer: Browser, app: Flask,
                                                               clock: FixedClock):
    strict = create_app(replace(settings, session_hours=12), clock)
    strict.test_client_class = Browser
    browser = another(strict)
    browser.set_cookie(COOKIE, cookie_of(officer))
    for _ in range(36):
        assert is_in(browser)
        clock.advance(minutes=20)
    assert is_in(browser)
    clock.advance(minutes=1)
    assert not is_in(browser)
    strict.extensions["zhuqi"].engine.dispose()


def test_cookies_are_out_of_reach_of_scripts_and_foreign_pages(officer: Browser):
    session, known = officer.get_cookie(COOKIE), officer.get_cookie(KNOWN)
    assert session is not None and session.http_only and session.same_site == "Lax" and not session.max_age
    assert known is not None and known.http_only and known.same_site == "Strict"


@pytest.mark.parametrize("value", [
    "", "x", "v.", "v.x.y.z", "../../etc/passwd", "a" * 4_000, "v." + "a" * 4_000, "%00"])
def test_a_made_up_cookie_is_no_session(browser: Browser, value: str):
    browser.set_cookie(COOKIE, value)
    browser.set_cookie(KNOWN, value)
    assert browser.get("/account").status_code == 302
    assert browser.get("/login").status_code == 200


def lock_out(app: Flask, username: str) -> None:
    """Somebody elsewhere guesses until the account is locked."""
    attacker = another(app)
    for _ in range(service.MAX_FAILURES):
        attacker.sign_in(username, WRONG)


def test_guessing_from_elsewhere_never_shuts_the_owner_out_of_a_known_browser(app: Flask, officer: Browser,
                                                                              clock: FixedClock):
    officer.submit("/logout", on="/account")
    for _day in range(3):
        lock_out(app, "finance.clerk")
        assert another(app).sign_in("finance.clerk").status_code == 422
        assert officer.sign_in("finance.clerk").status_code == 302
        officer.submit("/logout", on="/account")
        clock.advance(minutes=14)


def test_a_known_browser_is_no_way_to_guess(app: Flask, officer: Browser, sessions: sessionmaker[Session]):
    stolen = cookie_of(officer, KNOWN)
    thief = another(app)
    thief.set_cookie(KNOWN, stolen)
    for _ in range(known_browsers.MAX_FAILURES):
        thief.sign_in("finance.clerk", WRONG)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(KnownBrowser)) == 0
    lock_out(app, "finance.clerk")
    assert thief.sign_in("finance.clerk").status_code == 422


def test_a_known_browser_is_known_to_one_person_only(app: Flask, officer: Browser, add_user: Callable[..., int]):
    add_user("drc.clerk", ("drc", "clerk"))
    lock_out(app, "drc.clerk")
    assert officer.submit("/login", {"username": "drc.clerk", "password": PASSWORD}, on="/account").status_code == 422


def test_a_new_password_forgets_the_browsers(officer: Browser, sessions: sessionmaker[Session]):
    new = "quite another long phrase"
    officer.submit("/account/password", {"current": PASSWORD, "new": new, "again": new})
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(KnownBrowser)) == 0


def test_browsers_are_forgotten_after_half_a_year(officer: Browser, sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        known_browsers.forget_old(session, MONDAY + known_browsers.KNOWN_FOR - timedelta(seconds=1))
        assert session.scalar(select(func.count()).select_from(KnownBrowser)) == 1
        known_browsers.forget_old(session, MONDAY + known_browsers.KNOWN_FOR)
        assert session.scalar(select(func.count()).select_from(KnownBrowser)) == 0


def test_only_hashes_of_known_browsers_are_kept(officer: Browser, sessions: sessionmaker[Session]):
    with sessions() as session:
        row = session.scalars(select(KnownBrowser)).one()
    assert cookie_of(officer, KNOWN) not in row.token_hash


def strict_app(settings: Settings, clock: FixedClock, **rules: int) -> Flask:
    app = create_app(replace(settings, **rules), clock)
    app.test_client_class = Browser
    return app


@pytest.mark.parametrize(("new", "status"), [
    ("only small letters here", 422), ("onlysmallletters12", 422), ("Small-letters and capitals", 302),
    ("small 1 and a sign", 302), ("企业有困难我们一起来想办法", 422), ("企业有困难我们一起想办法2026A", 302)])
def test_by_dengbao_a_password_has_three_kinds_of_characters(settings: Settings, officer: Browser, app: Flask,
                                                            clock: FixedClock, new: str, status: int):
    strict = strict_app(settings, clock, password_kinds=3)
    browser = another(strict)
    browser.set_cookie(COOKIE, cookie_of(officer))
    answer = browser.submit("/account/password", {"current": PASSWORD, "new": new, "again": new})
    assert answer.status_code == status
    assert status == 302 or "至少3类" in answer.text
    strict.extensions["zhuqi"].engine.dispose()


def test_by_dengbao_a_password_is_changed_after_ninety_days(settings: Settings, app: Flask, clock: FixedClock,
                                                            add_user: Callable[..., int]):
    add_user("finance.clerk", ("finance", "clerk"), password_set_at=MONDAY)
    strict = strict_app(settings, clock, password_days=90)
    clock.advance(days=89, hours=23)
    assert another(strict).sign_in("finance.clerk").location == "/"
    clock.advance(hours=1)
    browser = another(strict)
    assert browser.sign_in("finance.clerk").location == "/account/password"
    assert browser.get("/inbox").location == "/account/password"
    assert "已经用满90天" in browser.get("/account/password").text
    new = "quite another long phrase"
    browser.submit("/account/password", {"current": PASSWORD, "new": new, "again": new})
    assert browser.get("/inbox").status_code == 200
    strict.extensions["zhuqi"].engine.dispose()


def test_the_settings_follow_dengbao_unless_told_otherwise():
    key = {"ZHUQI_SECRET_KEY": "k" * 40}
    by_default, by_asvs = load_settings(key), load_settings({**key, "ZHUQI_PASSWORD_KINDS": "1",
                                                             "ZHUQI_PASSWORD_DAYS": "0", "ZHUQI_SESSION_HOURS": "0"})
    assert (by_default.password_kinds, by_default.password_days, by_default.session_hours) == (3, 90, 12)
    assert (by_asvs.password_kinds, by_asvs.password_days, by_asvs.session_hours) == (1, 0, 0)
    assert load_settings({"ZHUQI_DEMO": "1"}).password_days == 0


@pytest.mark.parametrize(("name", "value"), [
    ("ZHUQI_PASSWORD_KINDS", "0"), ("ZHUQI_PASSWORD_KINDS", "5"), ("ZHUQI_PASSWORD_DAYS", "-1"),
    ("ZHUQI_PASSWORD_DAYS", "９０"), ("ZHUQI_SESSION_HOURS", "721"), ("ZHUQI_TOTP", "maybe")])
def test_a_rule_that_cannot_be_is_named(name: str, value: str):
    with pytest.raises(SettingsError, match=name):
        load_settings({"ZHUQI_SECRET_KEY": "k" * 40, name: value})
