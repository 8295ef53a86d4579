"""A leader looks back at a case, moment by moment, and has it proved; then somebody changes a row by hand."""
from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import update

from app.models import History
from tests.app.audit.tampering import unbound
from tests.app.issues.past.living import live_through
from tests.browser.helpers import assert_accessible, assert_no_sideways_scrolling, screenshot, sign_in
from tests.browser.live import Live


def test_a_case_is_replayed_proved_and_a_changed_row_is_named(live: Live, open_browser: Callable[[], Page]):
    case = live_through(live.sessions, live.calendar())
    live.clock.now = case.now
    page = open_browser()
    sign_in(page, "leader")
    page.goto(f"/issues/{case.number}")
    page.get_by_role("link", name="回放与验证").click()
    moment, slider = page.locator("[data-moment]"), page.get_by_role("slider", name="时间轴")
    expect(moment).to_contain_text("第13条，共13条")
    expect(page.locator("[data-version]")).to_contain_text("2026-03-06发布：放宽时限")
    steps = page.locator("[data-steps] tbody tr")
    expect(steps.filter(has_text="办理").filter(has_text="2轮")).to_have_count(1)
    assert_accessible(page)
    screenshot(page, "past")
    assert_no_sideways_scrolling(page)

    slider.focus()
    page.keyboard.press("Home")
    expect(moment).to_contain_text("第1条")
    expect(page.locator("[data-hands]")).to_contain_text("受理")
    taken = page.locator(".diagram:not([hidden]) .djs-connection.is-done")
    expect(taken).to_have_count(1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "第3条，共13条 · 2026-03-02 10:30 · 市工业和信息化局 经办人 "
                                                       "白一川 · 办结“受理”，转入“协办答复”")
    expect(page.locator("[data-hands] li").filter(has_text="协办答复")).to_have_count(2)
    expect(page.locator("[data-variables]")).to_contain_text("先摸底")
    expect(page.locator("[data-variables] tr", has_text="办理措施").locator("code")).to_have_count(0)
    expect(taken).to_have_count(2)
    expect(page.locator("[data-version]")).to_contain_text("2026-03-02发布：首版")
    page.get_by_label("到这一天").fill("2026-03-05")
    expect(moment).to_contain_text("时限到：办理逾期")
    expect(page.locator("[data-hands]")).to_contain_text("白一川")
    expect(page.locator("[data-hands] .past-late")).to_have_text("逾期1小时30分")
    expect(page.locator(".diagram:not([hidden]) .djs-element.is-late")).to_have_count(1)
    expect(page.locator(".diagram:not([hidden]) .past-note.is-late")).to_contain_text("逾期")
    page.get_by_role("button", name="播放").click()
    expect(moment).to_contain_text("第9条")
    page.get_by_role("button", name="暂停").click()

    prove = page.get_by_role("button", name="重放验证")
    prove.click()
    expect(page.locator("#proof")).to_contain_text("全部13条记录首尾相接")
    with unbound(live.sessions.kw["bind"]) as own:
        own.execute(update(History).where(History.instance_id == case.instance_id, History.seq == 8)
                    .values(text="改过"))
    prove.click()
    expect(page.locator("#proof")).to_contain_text("第8条历史的内容与哈希不符")
    assert_accessible(page)
    page.get_by_role("link", name="在流程图上看第8条").click()
    expect(moment).to_contain_text("第8条")
    page.get_by_role("link", name="全部经过").click()
    page.locator("#e8 summary").click()
    expect(page.locator("#e8 ins")).to_have_text("现在：召集银行会商")
    expect(page.locator("#e8 ins")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scrolling(page)
