"""The second factor of administrators and supervisors: enrolled, asked for, taken once, counted, reset."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from app.auth import second_factor, service
from app.factory import create_app
from app.models import Post, RecoveryCode, User
from app.settings import Settings, load_settings
from tests.app.conftest import PASSWORD, Browser
from tests.conftest import FixedClock

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CODE = re.compile(r"<code>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</code>")


@pytest.fixture
def app(settings: Settings, sessions: sessionmaker[Session], clock: FixedClock,
        password_hash: str) -> Iterator[Flask]:
    """The application where administrators and supervisors need a second factor."""
    app = create_app(replace(settings, totp=True), clock)
    app.extensions["zhuqi_limiter"].enabled = False
    app.test_client_class = Browser
    yield app
    app.extensions["zhuqi_limiter"].enabled = True
    app.extensions["zhuqi"].engine.dispose()


@pytest.fixture
def enrolled(add_user: Callable[..., int]) -> int:
    """A supervisor with a second factor."""
    return add_user("supervisor", ("supervision", "supervisor"), totp_secret=SECRET)


def code(clock: FixedClock, secret: str = SECRET, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock(), counter_offset=steps)


def give(browser: Browser, typed: str) -> TestResponse:
    return browser.submit("/login/second", {"code": typed})


def test_the_password_alone_opens_nothing(browser: Browser, enrolled: int):
    assert browser.sign_in("supervisor", next="/issues/").location == "/login/second"
    for address in ("/inbox", "/issues/", "/account", "/account/password", "/"):
        assert not browser.get(address).location.startswith("/inbox"), address
    assert browser.get("/inbox").location.startswith("/login")


def test_the_code_of_the_moment_leads_on_to_where_one_was_going(browser: Browser, clock: FixedClock, enrolled: int):
    browser.sign_in("supervisor", next="/issues/?q=1")
    assert give(browser, code(clock)).location == "/issues/?q=1"
    assert browser.get("/inbox").status_code == 200


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_clocks_may_differ_by_half_a_minute(browser: Browser, clock: FixedClock, enrolled: int, drift: int):
    browser.sign_in("supervisor")
    assert give(browser, code(clock, steps=drift)).status_code == 302


@pytest.mark.parametrize("typed", ["000000", "", "12345", "1234567", "abcdef", "１２３４５６", "x" * 99, "'or'1'='1"])
def test_other_codes_are_refused(browser: Browser, enrolled: int, typed: str):
    browser.sign_in("supervisor")
    assert give(browser, typed).status_code == 422
    assert browser.get("/inbox").location.startswith("/login")


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_codes_of_other_minutes_are_refused(browser: Browser, clock: FixedClock, enrolled: int, steps: int):
    browser.sign_in("supervisor")
    assert give(browser, code(clock, steps=steps)).status_code == 422


def test_a_code_is_taken_once_and_none_before_it(app: Flask, browser: Browser, clock: FixedClock, enrolled: int):
    browser.sign_in("supervisor")
    used = code(clock)
    assert give(browser, used).status_code == 302
    for typed in (used, code(clock, steps=-1)):
        thief = app.test_client()
        assert isinstance(thief, Browser)
        thief.sign_in("supervisor")
        assert give(thief, typed).status_code == 422
    clock.advance(seconds=30)
    assert give(thief, code(clock)).status_code == 302


def test_of_many_who_send_the_same_code_at_once_one_gets_in(sessions: sessionmaker[Session], clock: FixedClock,
                                                            enrolled: int):
    typed = code(clock)

    def take(_n: int) -> bool:
        with sessions.begin() as session:
            return second_factor.take(session, session.get_one(User, enrolled), typed, clock())

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, range(6))) == 1


def test_guesses_lock_the_account_though_the_password_is_right(browser: Browser, clock: FixedClock, enrolled: int):
    for _ in range(service.MAX_FAILURES):
        browser.sign_in("supervisor")
        give(browser, "000000")
    assert browser.sign_in("supervisor").status_code == 422
    clock.advance(minutes=15)
    assert browser.sign_in("supervisor").status_code == 303


def test_a_locked_account_takes_no_right_code_either(browser: Browser, clock: FixedClock, enrolled: int):
    browser.sign_in("supervisor")
    for _ in range(service.MAX_FAILURES):
        give(browser, "000000")
    assert browser.get("/login/second").location == "/login"


def test_the_page_asks_for_the_password_again_after_a_while(browser: Browser, clock: FixedClock, enrolled: int):
    browser.sign_in("supervisor")
    clock.advance(minutes=11)
    assert browser.get("/login/second").location == "/login"


def test_nobody_gets_to_the_second_step_without_the_first(browser: Browser, enrolled: int):
    assert browser.get("/login/second").location == "/login"
    assert browser.get("/login/enrol").location == "/login"


def test_signing_in_gives_a_fresh_session_at_each_step(browser: Browser, clock: FixedClock, enrolled: int):
    cookies = [_cookie(browser)]
    browser.sign_in("supervisor")
    cookies.append(_cookie(browser))
    give(browser, code(clock))
    assert len({*cookies, _cookie(browser)}) == 3


def test_who_has_none_enrols_one_and_gets_recovery_codes_once(app: Flask, browser: Browser, clock: FixedClock,
                                                              add_user: Callable[..., int],
                                                              sessions: sessionmaker[Session]):
    user_id = add_user("admin", ("city", "admin"))
    assert browser.sign_in("admin").location == "/login/enrol"
    page = browser.get("/login/enrol").text
    secret = page.split("text-break\">")[1].split("<")[0]
    assert 'src="data:image/png;base64,' in page
    assert browser.submit("/login/enrol", {"code": "000000"}).status_code == 422
    shown = browser.submit("/login/enrol", {"code": code(clock, secret)})
    codes = CODE.findall(shown.text)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert browser.get("/inbox").status_code == 200
    assert browser.get("/login/enrol").location == "/login"
    with sessions() as session:
        kept = set(session.scalars(select(RecoveryCode.code_hash).where(RecoveryCode.user_id == user_id)))
        assert session.get_one(User, user_id).totp_secret == secret
    assert len(kept) == 10 and not {code.replace("-", "") for code in codes} & kept
    assert "还有10个备用码" in browser.get("/account").text
    _recover(app, codes[0])


def _recover(app: Flask, recovery: str) -> None:
    """A recovery code opens once, typed as people type."""
    first, second = app.test_client(), app.test_client()
    assert isinstance(first, Browser) and isinstance(second, Browser)
    first.sign_in("admin")
    assert give(first, f" {recovery.upper().replace('-', ' ')} ").status_code == 302
    second.sign_in("admin")
    assert give(second, recovery).status_code == 422


def test_a_half_enrolled_factor_does_not_count(browser: Browser, add_user: Callable[..., int]):
    add_user("admin", ("city", "admin"))
    browser.sign_in("admin")
    browser.get("/login/enrol")
    assert browser.get("/login/second").location == "/login"
    browser.sign_in("admin")
    assert browser.get("/inbox").location.startswith("/login")


def test_an_administrator_resets_a_lost_one(app: Flask, browser: Browser, clock: FixedClock, enrolled: int,
                                            add_user: Callable[..., int]):
    add_user("security", ("city", "security"), totp_secret=SECRET)
    other = app.test_client()
    assert isinstance(other, Browser)
    other.sign_in("supervisor")
    give(other, code(clock))
    browser.sign_in("security")
    give(browser, code(clock))
    assert "解除两步验证" in browser.get(f"/admin/users/{enrolled}").text
    assert browser.submit(f"/admin/users/{enrolled}/second", on=f"/admin/users/{enrolled}").status_code == 302
    assert other.get("/inbox").location.startswith("/login")
    assert other.sign_in("supervisor").location == "/login/enrol"


def test_others_sign_in_as_ever(browser: Browser, add_user: Callable[..., int]):
    add_user("finance.clerk", ("finance", "clerk"))
    assert browser.sign_in("finance.clerk").location == "/"


def test_who_becomes_a_supervisor_has_to_enrol_at_once(browser: Browser, add_user: Callable[..., int],
                                                       sessions: sessionmaker[Session]):
    user_id = add_user("finance.clerk", ("finance", "clerk"))
    browser.sign_in("finance.clerk")
    with sessions.begin() as session:
        session.add(Post(user_id=user_id, unit_code="supervision", position_code="supervisor"))
    assert browser.get("/inbox").location.startswith("/login")
    assert browser.sign_in("finance.clerk").location == "/login/enrol"


def test_a_first_password_is_changed_after_the_second_factor(browser: Browser, clock: FixedClock,
                                                             add_user: Callable[..., int]):
    add_user("admin", ("city", "admin"), must_change_password=True, totp_secret=SECRET)
    browser.sign_in("admin")
    assert browser.get("/account/password").location.startswith("/login")
    assert give(browser, code(clock)).location == "/account/password"


def test_production_asks_for_it_and_the_demonstration_does_not():
    key = {"ZHUQI_SECRET_KEY": "k" * 40}
    assert load_settings(key).totp is True
    assert load_settings({**key, "ZHUQI_TOTP": "off"}).totp is False
    assert load_settings({"ZHUQI_DEMO": "1"}).totp is False
    assert load_settings({"ZHUQI_DEMO": "1", "ZHUQI_TOTP": "required"}).totp is True


def _cookie(browser: Browser) -> str:
    browser.get("/login")
    cookie = browser.get_cookie("zhuqi")
    assert cookie is not None and PASSWORD not in cookie.value
    return cookie.value
