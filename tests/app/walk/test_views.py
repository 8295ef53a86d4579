"""The demonstration's guide: whoever tries the product plays everybody, one press after another."""
from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from app.actor import ENTERPRISE
from app.factory import create_app
from app.issues.registration import Report, register
from app.models import Issue, User, WorkItem
from app.settings import Settings
from tests.app.conftest import Browser
from tests.app.issues.lives import live, publish_lifecycle
from tests.app.portal.conftest import ENTERPRISE as FIRM
from tests.app.portal.conftest import TROUBLE
from tests.conftest import FixedClock
from workflows.calendar import Calendar

PRESS = re.compile(r'action="(/walk/[^"]*)".*?<button[^>]*>(.*?)</button>', re.S)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, demo=True)


@pytest.fixture
def issue(sessions: sessionmaker[Session], clock: FixedClock, calendar: Calendar, add_user) -> int:
    """Reported, and waiting to be collected by the banner's office."""
    add_user("dongsheng.office", ("dongsheng", "intake"), ("dongsheng", "judge"), ("dongsheng", "clerk"), name="郝思雨")
    with sessions.begin() as session:
        publish_lifecycle(session, clock.now)
        given = {key: value for key, value in {**TROUBLE, **FIRM}.items() if value}
        return register(session, Report(**given), ENTERPRISE, clock.now, calendar)[0].id


def presses(browser: Browser, page: str = "/report") -> dict[str, str]:
    """What the bar offers on a page: {words: address}."""
    return {words: address for address, words in PRESS.findall(browser.get(page).text)}


def follow(browser: Browser, issue: int, page: str = "/report") -> dict[str, str]:
    browser.submit(f"/walk/{issue}", on=page)
    return presses(browser, page)


def test_one_press_signs_in_as_who_has_the_task_and_opens_it(browser: Browser, issue: int):
    words, address = next(iter(follow(browser, issue).items()))
    assert words == "收集登记：以东胜区受理员郝思雨的身份办"
    answer = browser.submit(address, on="/report")
    page = browser.get(answer.location).text
    assert re.search(r"<h1>\s*收集登记", page) and "郝思雨" in page and "收集登记：现在就是您办" in page


def test_a_signed_in_person_can_follow_the_issue_that_they_look_at(browser: Browser, issue: int, add_user):
    add_user("supervisor", ("supervision", "supervisor"))
    browser.sign_in("supervisor")
    offered = presses(browser, "/issues/2026-000001")
    assert offered == {"跟着这件困难走一遍": f"/walk/{issue}"}
    browser.submit(f"/walk/{issue}", {"back": "/issues/2026-000001"}, on="/issues/2026-000001")
    assert list(presses(browser, "/inbox")) == ["收集登记：以东胜区受理员郝思雨的身份办", "不跟了"]
    browser.submit("/walk/leave", on="/inbox")
    assert presses(browser, "/inbox") == {}


def test_a_post_that_nobody_holds_is_nobodys_turn(browser: Browser, issue: int, sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        session.execute(update(User).values(disabled=True))
    assert list(follow(browser, issue)) == ["不跟了"]


def test_a_task_that_is_done_meanwhile_is_not_opened(browser: Browser, issue: int, sessions: sessionmaker[Session]):
    address = next(iter(follow(browser, issue).values()))
    with sessions.begin() as session:
        session.execute(update(WorkItem).values(status="done"))
    assert browser.submit(address, on="/report").location == "/"


def test_the_enterprises_page_opens_when_it_is_its_turn(
        browser: Browser, issue: int, sessions: sessionmaker[Session], clock: FixedClock, calendar: Calendar, add_user):
    add_user("supervisor", ("supervision", "supervisor"))
    with sessions.begin() as session:
        clock.now = live(session, session.get_one(Issue, issue), "rating", now=clock.now, calendar=calendar)
    offered = follow(browser, issue)
    assert browser.submit(offered["以企业的身份打开进展页"], on="/report").location == "/follow/progress"
    assert "评价" in browser.get("/follow/progress").text


def test_a_closed_issues_story_is_shown_as_a_supervisor_sees_it(
        browser: Browser, issue: int, sessions: sessionmaker[Session], clock: FixedClock, add_user):
    add_user("supervisor", ("supervision", "supervisor"), name="高立言")
    with sessions.begin() as session:
        session.execute(update(WorkItem).values(status="cancelled"))
        session.get_one(Issue, issue).closed_at = clock.now
    offered = follow(browser, issue)
    story = browser.submit(offered["以督办员的身份看全过程"], on="/report")
    assert story.location == "/issues/2026-000001" and "高立言" in browser.get(story.location).text


def test_who_has_had_enough_and_reports_again_is_followed_again(browser: Browser, issue: int, clock: FixedClock):
    follow(browser, issue)
    browser.submit("/walk/leave", on="/report")
    assert presses(browser) == {}
    with browser.session_transaction() as session:
        session["follow"] = issue
    assert "不跟了" in presses(browser)


@pytest.mark.parametrize("path", ["/walk/1", "/walk/leave", "/walk/task/1", "/walk/enterprise", "/walk/story"])
def test_an_ordinary_installation_knows_nothing_of_it(settings: Settings, clock: FixedClock, path: str):
    app = create_app(replace(settings, demo=False), clock)
    app.config["WTF_CSRF_ENABLED"] = False
    assert app.test_client().post(path).status_code == 404


@pytest.mark.parametrize("path", ["/walk/99", "/walk/task/1", "/walk/enterprise", "/walk/story"])
def test_who_follows_nothing_is_told_so(app: Flask, browser: Browser, path: str):
    assert browser.submit(path, on="/report").status_code == 404
