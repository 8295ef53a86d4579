"""Passwords: what a new one must be, changing one's own, the first one."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.auth import passwords
from tests.app.conftest import PASSWORD, Browser

NEW = "quite another long phrase"


@pytest.mark.parametrize("password", ["short", "x" * 129, "aaaaaaaaaaaaaa", "my-Finance.Clerk-password"])
def test_weak_passwords_are_refused(password: str):
    with pytest.raises(passwords.PasswordRefused):
        passwords.check_new(password, "finance.clerk")


def test_a_sentence_is_a_good_password():
    passwords.check_new("企业有困难我们一起来想办法", "finance.clerk")


def test_one_time_passwords_differ_and_pass_their_own_rules():
    made = {passwords.one_time_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        passwords.check_new(password, "finance.clerk")


def test_changing_the_password_ends_all_other_sessions(app: Flask, officer: Browser):
    other = app.test_client()
    assert isinstance(other, Browser)
    other.sign_in("finance.clerk")
    assert _change(officer).status_code == 302
    assert officer.get("/account").status_code == 200
    assert other.get("/account").status_code == 302
    assert other.sign_in("finance.clerk", PASSWORD).status_code == 422
    assert other.sign_in("finance.clerk", NEW).status_code == 302


@pytest.mark.parametrize(("given", "told"), [
    ({"current": "not the password"}, "现在的密码不对"), ({"again": "something else"}, "两次输入的新密码不一样"),
    ({"new": "short", "again": "short"}, "密码要有10到128个字符"),
    ({"new": PASSWORD, "again": PASSWORD}, "新密码不能和现在的一样")])
def test_what_is_wrong_with_a_change_is_said(officer: Browser, given: dict[str, str], told: str):
    refused = _change(officer, **given)
    assert refused.status_code == 422
    assert told in refused.text


def test_the_first_password_has_to_be_changed_before_anything_else(browser: Browser, add_user: Callable[..., int]):
    add_user("finance.clerk", ("finance", "clerk"), must_change_password=True)
    assert browser.sign_in("finance.clerk").location == "/account/password"
    assert browser.get("/inbox").location == "/account/password"
    assert "请先换成您自己的" in browser.get("/account/password").text
    _change(browser)
    assert browser.get("/inbox").status_code == 200


def _change(browser: Browser, **given: str):
    return browser.submit("/account/password", {"current": PASSWORD, "new": NEW, "again": NEW, **given})
