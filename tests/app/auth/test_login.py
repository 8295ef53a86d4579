"""Signing in: what is told, what is counted, where it leads."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from app.auth import passwords, service
from app.models import User
from tests.app.conftest import PASSWORD, Browser
from tests.conftest import FixedClock

WRONG = "用户名或密码不对"


def test_the_right_password_leads_to_the_inbox(browser: Browser, add_user: Callable[..., int]):
    add_user("finance.clerk", ("finance", "clerk"))
    assert browser.sign_in("finance.clerk").location == "/"
    assert browser.get("/").location == "/inbox"


def test_the_name_may_be_written_in_capitals_and_with_blanks(browser: Browser, add_user: Callable[..., int]):
    add_user("finance.clerk", ("finance", "clerk"))
    assert browser.sign_in(" Finance.Clerk ").status_code == 302


def test_a_wrong_password_and_an_unknown_name_are_told_alike(browser: Browser, add_user: Callable[..., int]):
    add_user("finance.clerk", ("finance", "clerk"))
    wrong, unknown = browser.sign_in("finance.clerk", "not the password"), browser.sign_in("nobody", "not the password")
    assert wrong.status_code == unknown.status_code == 422
    assert WRONG in wrong.text and WRONG in unknown.text


def test_an_unknown_name_costs_a_hash_as_well(browser: Browser, monkeypatch: pytest.MonkeyPatch):
    asked: list[str | None] = []
    monkeypatch.setattr(passwords, "verify", lambda known, given: bool(asked.append(known)))
    browser.sign_in("nobody", "not the password")
    assert asked == [None]
    monkeypatch.undo()
    assert passwords.verify(None, "anything") is False


def test_the_fifth_wrong_password_locks_for_a_quarter_of_an_hour(browser: Browser, clock: FixedClock,
                                                                 add_user: Callable[..., int]):
    add_user("finance.clerk", ("finance", "clerk"))
    for _ in range(service.MAX_FAILURES):
        browser.sign_in("finance.clerk", "not the password")
    assert browser.sign_in("finance.clerk").status_code == 422
    clock.advance(minutes=14)
    assert browser.sign_in("finance.clerk").status_code == 422
    clock.advance(minutes=1)
    assert browser.sign_in("finance.clerk").status_code == 302


def test_guessing_while_locked_does_not_lock_for_longer(browser: Browser, clock: FixedClock,
                                                        add_user: Callable[..., int]):
    add_user("finance.clerk", ("finance", "clerk"), locked_until=clock() + timedelta(minutes=15))
    for _ in range(service.MAX_FAILURES):
        browser.sign_in("finance.clerk", "not the password")
    clock.advance(minutes=15)
    assert browser.sign_in("finance.clerk").status_code == 302


def test_a_right_password_forgets_the_wrong_ones(browser: Browser, add_user: Callable[..., int],
                                                 sessions: sessionmaker[Session]):
    user_id = add_user("finance.clerk", ("finance", "clerk"), failed_logins=4)
    browser.sign_in("finance.clerk")
    with sessions() as session:
        assert session.get_one(User, user_id).failed_logins == 0


def test_a_hash_with_weaker_parameters_is_made_anew(browser: Browser, add_user: Callable[..., int],
                                                    sessions: sessionmaker[Session]):
    user_id = add_user("finance.clerk", ("finance", "clerk"), password_hash=passwords.hash_one_time(PASSWORD))
    assert browser.sign_in("finance.clerk").status_code == 302
    with sessions() as session:
        assert not passwords.needs_rehash(session.get_one(User, user_id).password_hash)


def test_a_disabled_person_cannot_sign_in(browser: Browser, add_user: Callable[..., int]):
    add_user("finance.clerk", ("finance", "clerk"), disabled=True)
    assert browser.sign_in("finance.clerk").status_code == 422


def test_disabling_ends_what_is_open(officer: Browser, sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        found = service.find(session, "finance.clerk")
        assert found is not None
        found.disabled = True
    assert officer.get("/account").location.startswith("/login")


@pytest.mark.parametrize("address", [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
    "/%09/evil.example\t", "http:evil.example"])
def test_signing_in_never_leads_elsewhere(browser: Browser, add_user: Callable[..., int], address: str):
    add_user("finance.clerk", ("finance", "clerk"))
    assert browser.sign_in("finance.clerk", next=address).location == "/"


def test_guessing_is_slowed_down_by_address(app: Flask, browser: Browser):
    app.extensions["zhuqi_limiter"].enabled = True
    answers = [browser.sign_in("nobody", "x").status_code for _ in range(21)]
    assert answers[-1] == 429 and 429 not in answers[:20]


def test_a_sign_in_page_that_is_too_old_is_shown_again_without_the_password(browser: Browser,
                                                                            add_user: Callable[..., int]):
    add_user("finance.clerk", ("finance", "clerk"))
    refused = browser.post("/login", data={"username": "finance.clerk", "password": PASSWORD}, follow_redirects=True)
    assert "这一页放得太久了" in refused.text
    assert PASSWORD not in refused.text
    assert browser.get("/account").status_code == 302
