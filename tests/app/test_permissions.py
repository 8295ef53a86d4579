"""Who is let in, and in which post they act."""
from __future__ import annotations

from collections.abc import Callable

from app.actor import Actor
from app.permissions import EVERYONE, GRANTS, Permission, allowed
from tests.app.conftest import Browser


def test_every_permission_is_granted_to_known_positions():
    assert set(GRANTS) == set(Permission)
    assert all(held and held <= EVERYONE for held in GRANTS.values())


def test_standing_in_for_somebody_hands_over_tasks_but_no_permissions():
    stand_in = Actor(1, "甲", frozenset({("finance", "clerk")}), None, {2: frozenset({("city", "admin")})})
    assert not allowed(stand_in, Permission.MANAGE_USERS)
    assert allowed(stand_in, Permission.WORK)


def test_a_person_without_a_post_keeps_their_own_account_only(browser: Browser, add_user: Callable[..., int]):
    add_user("newcomer")
    browser.sign_in("newcomer")
    assert browser.get("/account").status_code == 200
    assert browser.get("/inbox").status_code == 403


def test_an_officer_is_refused_administration_and_never_sees_its_entries(officer: Browser):
    refused = officer.get("/admin/users")
    assert refused.status_code == 403
    assert "您没有做这件事的权限" in refused.text
    assert "/admin/" not in officer.get("/account").text


def test_each_administrator_sees_their_own_entries_and_the_log(administrator: Browser, guardian: Browser,
                                                              auditor: Browser):
    own = {administrator: {"/admin/units", "/processes/", "/admin/mail", "/issues/"}, guardian: {"/admin/users"}}
    own[auditor] = own[administrator] | own[guardian]
    for browser, entries in own.items():
        page = browser.get("/account").text
        shown = {entry for entry in own[auditor] if f'href="{entry}"' in page}
        assert shown == entries and 'href="/admin/log"' in page


def test_the_acting_post_is_switched_by_one_press(browser: Browser, add_user: Callable[..., int]):
    add_user("two.posts", ("finance", "clerk"), ("drc", "head"))
    browser.sign_in("two.posts")
    assert '<option value="finance:clerk" selected>' in browser.get("/account").text
    back = browser.submit("/account/post", {"post": "drc:head", "back": "/account?tab=1"}, on="/account")
    assert back.location == "/account?tab=1"
    assert '<option value="drc:head" selected>' in browser.get("/account").text


def test_nobody_acts_in_a_post_that_is_not_theirs(officer: Browser):
    assert officer.submit("/account/post", {"post": "city:admin"}, on="/account").status_code == 400
