"""A supervisor finds the late case behind the board's number and takes it over. Urging is in test_trust.py."""
from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from app.actor import ENTERPRISE
from app.issues.registration import register
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import live as walk
from tests.browser.helpers import look_at, sign_in
from tests.browser.live import Live

TITLE = "续贷卡在担保环节"


def _a_case_in_hand(at: Live) -> None:
    calendar = at.calendar()
    with at.sessions.begin() as session:
        issue, _code = register(session, a_report(title=TITLE), ENTERPRISE, at.clock(), calendar)
        walk(session, issue, "accept_assignment", now=at.clock(), calendar=calendar)


def test_the_late_case_is_found_and_taken_over(open_browser: Callable[[], Page], live: Live) -> None:
    _a_case_in_hand(live)
    live.advance(days=40)
    page = sign_in(open_browser(), "supervisor")
    page.get_by_role("link", name="督办台").click()
    main, red = page.get_by_role("main"), page.locator(".board-red strong")
    expect(red).to_contain_text("1")
    look_at(page, "board")
    red.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("红灯")
    main.get_by_role("button", name="接管", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("接管的原因").fill("逾期一个月，没有实质进展")
    look_at(page, "board-cases")
    dialog.get_by_role("button", name="接管", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("裁定主办单位")
    page.goto("/board/cases?show=deciding")
    expect(main.get_by_role("link", name=re.compile(rf"裁定主办单位\s*{TITLE}"))).to_be_visible()
