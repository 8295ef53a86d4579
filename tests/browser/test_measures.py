"""A supervisor at the measures, in Chromium: a figure, its definition, trend and cases, and whose their time was."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from app.actor import ENTERPRISE
from app.issues import enterprise_acts
from app.issues.registration import register
from app.measures import measuring
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import live as live_through
from tests.browser.helpers import look_at, sign_in
from tests.browser.live import Live


def _one_settled_one_open(live: Live) -> None:
    """A month ago one issue was answered and rated; another one is being handled."""
    begun, calendar = live.clock() - timedelta(days=32), live.calendar()
    with live.sessions.begin() as session:
        for until in ("approve_reply", "accept_assignment"):
            issue, _ = register(session, a_report(), ENTERPRISE, begun, calendar)
            now = live_through(session, issue, until, now=begun, calendar=calendar)
            if until == "approve_reply":
                enterprise_acts.rate(session, issue, response_rating=5, solved=True, satisfaction=5, comment="",
                                     now=now + timedelta(days=1), calendar=calendar)
    measuring.work_off(live.sessions)


def test_a_supervisor_goes_from_a_figure_to_its_cases_and_whose_their_time_was(
        live: Live, open_browser: Callable[[], Page]) -> None:
    _one_settled_one_open(live)
    page = sign_in(open_browser(), "supervisor")
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.get_by_role("link", name="统计").click()
    row = page.get_by_role("region", name="各项指标").get_by_role("row").filter(has_text="解决率")
    row.locator("summary").click()
    expect(row).to_contain_text("企业认为已经解决的占比")
    expect(row).to_contain_text("来源：实施方案 C1")
    expect(page.locator("[data-chart] canvas")).to_be_visible()
    page.get_by_label("趋势和排名看").select_option(label="办结工时中位数")
    page.get_by_role("button", name="统计").click()
    expect(page.get_by_role("heading", name="单位排名：办结工时中位数")).to_be_visible()
    look_at(page, "measures")

    page.get_by_role("link", name="解决率 100.0%").click()
    expect(page.get_by_role("heading", name="解决率")).to_be_visible()
    look_at(page, "measures-cases")
    page.get_by_role("link", name="流动资金贷款").click()
    clock = page.get_by_role("region", name="责任时钟")
    expect(clock).to_contain_text("从登记到办结共")
    expect(clock.get_by_role("rowheader", name="企业")).to_be_visible()
    look_at(page, "issue-clock")
    assert refused == [], "the page's policy refuses nothing of its own"
