"""A supervisor looks at the process as it really runs, in Chromium: heat, a route on the diagram, what came back."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from app.actor import ENTERPRISE
from app.issues.registration import register
from app.measures import measuring
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import GENERAL, do
from tests.app.issues.lives import live as live_through
from tests.app.measures.conftest import DISPATCH, REFUSAL
from tests.browser.helpers import assert_accessible, assert_no_sideways_scrolling, look_at, sign_in
from tests.browser.live import Live


def _one_refused_and_handled(live: Live) -> None:
    """A month ago an issue was refused once, then handled and answered."""
    begun, calendar = live.clock() - timedelta(days=32), live.calendar()
    with live.sessions.begin() as session:
        issue, _ = register(session, a_report(), ENTERPRISE, begun, calendar)
        now = live_through(session, issue, "dispatch", now=begun, calendar=calendar)
        do(session, issue, "accept_assignment", REFUSAL, now=now + timedelta(hours=3), calendar=calendar)
        do(session, issue, "dispatch", DISPATCH, now=now + timedelta(hours=4), calendar=calendar)
        live_through(session, issue, "approve_reply", now=now + timedelta(hours=5), calendar=calendar,
                     steps=GENERAL[4:])
    measuring.work_off(live.sessions)


def test_a_supervisor_sees_where_the_process_waits_and_what_came_back(
        live: Live, open_browser: Callable[[], Page]) -> None:
    _one_refused_and_handled(live)
    page = sign_in(open_browser(), "supervisor")
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.get_by_role("link", name="流程实况").click()
    accepting = page.locator("[data-element-id=accept_assignment]")
    expect(accepting.first).to_have_class("djs-element djs-shape is-heat-5")
    page.get_by_label("按什么着色").get_by_role("link", name="等待").click()
    expect(page.locator(".diagram-note").first).to_be_visible()
    steps = page.get_by_role("region", name="各步骤").get_by_role("row")
    expect(steps.filter(has_text="受理")).to_contain_text("小时")
    look_at(page, "mining")

    for tab in ("实际路径", "合规", "瓶颈", "返工"):
        page.get_by_label("看什么").get_by_role("link", name=tab).click()
        expect(page.get_by_label("看什么").get_by_role("link", name=tab)).to_have_attribute("aria-current", "page")
        assert_accessible(page)
        assert_no_sideways_scrolling(page)
    expect(page.get_by_role("region", name="返工")).to_contain_text("不是我们的职责")
    page.get_by_role("link", name="从受理退到交办").first.click()
    expect(page.get_by_role("region", name="问题")).to_contain_text("不是我们的职责")
    look_at(page, "mining-rework")
    page.get_by_role("link", name="流动资金贷款").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("流动资金贷款")
    assert refused == [], "the page's policy refuses nothing of its own"
