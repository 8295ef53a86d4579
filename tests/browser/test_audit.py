"""An auditor in Chromium: yesterday is sealed, all is well; then a row is changed by hand, and the page names it."""
from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import update

from app.actor import ENTERPRISE
from app.audit import checks
from app.issues.registration import register
from app.models import History
from tests.app.audit.tampering import unbound
from tests.app.issues.conftest import a_report
from tests.browser.helpers import assert_accessible, assert_no_sideways_scrolling, screenshot, sign_in
from tests.browser.live import Live


def verify(page: Page, live: Live) -> None:
    """Presses the button; the worker comes by, and the page shows by itself what it found."""
    page.get_by_role("button", name="现在核对").click()
    expect(page.get_by_text("等待后台服务开始核对")).to_be_visible()
    thread = checks.work_off(live.sessions, live.settings, live.clock())
    assert thread is not None
    thread.join()
    expect(page.get_by_role("button", name="现在核对")).to_be_visible()


def test_a_row_that_was_changed_by_hand_is_named_and_leads_to_its_case(page: Page, live: Live) -> None:
    with live.sessions.begin() as session:
        issue, _ = register(session, a_report(), ENTERPRISE, live.clock(), live.calendar())
        number, case = issue.number, issue.instance_id
    live.advance(days=1)
    sign_in(page, "auditor").get_by_role("link", name="封存与核对").click()
    expect(page.get_by_role("cell", name="2026-03-02")).to_be_visible()
    verify(page, live)
    expect(page.get_by_text("没有发现改动")).to_be_visible()
    with unbound(live.sessions.kw["bind"]) as connection:
        connection.execute(update(History).where(History.instance_id == case, History.seq == 1).values(text="改过"))
    verify(page, live)
    expect(page.get_by_role("alert")).to_contain_text(f"第{case}号流程的第1条历史的内容被改动过")
    assert_accessible(page)
    assert_no_sideways_scrolling(page)
    screenshot(page, "audit")
    page.get_by_role("alert").get_by_role("link", name=f"看事项{number}").click()
    expect(page.get_by_role("heading", name="流动资金贷款")).to_be_visible()
