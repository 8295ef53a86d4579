"""A supervisor finds the late case on the board, urges it and takes it over; the board follows without a reload."""
from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.actor import ENTERPRISE
from app.issues.registration import register
from app.models import Issue
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import GENERAL, do
from tests.app.issues.lives import live as walk
from tests.browser.helpers import assert_accessible, assert_no_sideways_scrolling, screenshot, sign_in
from tests.browser.live import Live

TITLE = "续贷卡在担保环节"


def _a_case_in_hand(at: Live) -> None:
    calendar = at.calendar()
    with at.sessions.begin() as session:
        issue, _code = register(session, a_report(title=TITLE), ENTERPRISE, at.clock(), calendar)
        walk(session, issue, "accept_assignment", now=at.clock(), calendar=calendar)


def _is_handled(at: Live) -> None:
    calendar = at.calendar()
    with at.sessions.begin() as session:
        issue = session.scalars(select(Issue).where(Issue.title == TITLE)).one()
        do(session, issue, *next(step for step in GENERAL if step[0] == "handle"), now=at.clock(), calendar=calendar)


def _prove(page: Page, name: str) -> None:
    assert_accessible(page)
    assert_no_sideways_scrolling(page)
    screenshot(page, name)


def test_the_late_case_is_found_urged_and_taken_over(open_browser: Callable[[], Page], live: Live) -> None:
    _a_case_in_hand(live)
    live.advance(days=40)
    live.clock.advance(hours=3)  # the timers have urged by themselves, and nobody is urged twice in two hours
    page = sign_in(open_browser(), "supervisor")
    page.clock.install(time=live.clock())
    page.get_by_role("link", name="督办台").click()
    main, red = page.get_by_role("main"), page.locator(".board-red strong")
    expect(red).to_contain_text("1")
    _prove(page, "board")
    main.get_by_role("button", name=re.compile(rf"催办\s*{TITLE}")).click()
    expect(main).to_contain_text("件待办已催办")
    expect(main.locator("tr", has_text=TITLE).first).to_contain_text("已催办")
    _is_handled(live)
    page.clock.fast_forward(31_000)
    expect(main.locator("tr", has_text=TITLE).first).to_contain_text("起草答复")
    red.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("红灯")
    main.get_by_role("button", name="接管", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("接管的原因").fill("逾期一个月，没有实质进展")
    _prove(page, "board-cases")
    dialog.get_by_role("button", name="接管", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("裁定主办单位")
    page.goto("/board/cases?show=deciding")
    expect(main.get_by_role("link", name=re.compile(rf"裁定主办单位\s*{TITLE}"))).to_be_visible()
