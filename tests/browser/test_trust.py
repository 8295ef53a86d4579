"""A supervisor finds what is late, presses, looks back at how it went, has it proved; then a row is changed by hand."""
from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import text

from app.audit import checks
from tests.app.audit.tampering import unbound
from tests.browser import late_case
from tests.browser.helpers import ROOT, assert_accessible, assert_no_sideways_scrolling, look_at, sign_in
from tests.browser.late_case import TITLE, LateCase
from tests.browser.live import Live
from tests.browser.people import Officer

BREACH, HANDED_IN = "记录方案逾期", "起草答复"


def test_the_late_case_is_urged_replayed_and_proved_until_a_row_is_changed_by_hand(
        live: Live, open_browser: Callable[[], Page], officer: Callable[[str], Officer]) -> None:
    case = late_case.live_through(live)
    page = sign_in(open_browser(), "supervisor")
    _is_urged_and_moves(live, page, officer)
    _is_looked_back_at(page)
    auditor = sign_in(open_browser(), "auditor")
    auditor.get_by_role("link", name="封存与核对").click()
    _is_named_everywhere(live, page, auditor, case)


def _is_urged_and_moves(live: Live, page: Page, officer: Callable[[str], Officer]) -> None:
    """The board follows without being loaded anew."""
    page.clock.install(time=live.clock())
    page.get_by_role("link", name="督办台").click()
    main = page.get_by_role("main")
    row = main.locator("tr", has_text=TITLE).first
    expect(page.locator(".board-red strong")).to_contain_text("1")
    expect(row).to_contain_text(HANDED_IN)
    main.get_by_role("button", name=re.compile(rf"催办\s*{TITLE}")).click()
    expect(main).to_contain_text("件待办已催办")
    expect(row).to_contain_text("已催办")
    office = officer("dongsheng.office")
    office.opens(HANDED_IN)
    office.drafts_the_reply("新增800千伏安容量，已于4月送电。")
    page.clock.fast_forward(31_000)
    expect(row).to_contain_text("审定答复")
    row.get_by_role("link", name=TITLE, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(TITLE)
    expect(main).to_contain_text("审定答复")


def _is_looked_back_at(page: Page) -> None:
    """By slider, keys and day: joint unit, breach, moved version, rework."""
    page.get_by_role("link", name="回放与验证").click()
    moment, slider = page.locator("[data-moment]"), page.get_by_role("slider", name="时间轴")
    steps = page.locator("[data-steps] tbody tr")
    expect(steps.filter(has_text=HANDED_IN).filter(has_text="2轮")).to_have_count(1)
    expect(page.locator("[data-version]")).to_contain_text("审定放宽到两天")
    look_at(page, "past")
    slider.focus()
    page.keyboard.press("Home")
    expect(moment).to_contain_text("第1条")
    expect(page.locator("[data-hands]")).to_contain_text("收集登记")
    taken = page.locator(".diagram:not([hidden]) .djs-connection.is-done")
    expect(taken).to_have_count(2)
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^第2条，共18条 · 2026-03-02 10:20 · .*郝思雨"))
    slider.fill("7")
    expect(moment).to_contain_text("办结“协办答复”")
    expect(taken).not_to_have_count(2)
    expect(page.locator("[data-version]")).not_to_contain_text("审定放宽到两天")
    page.get_by_label("到这一天").fill("2026-03-10")
    expect(moment).to_contain_text(f"时限到：已提醒、{BREACH}")
    expect(page.locator("[data-hands] .past-late")).to_contain_text("逾期")
    expect(page.locator(".diagram:not([hidden]) .djs-element.is-late").first).to_be_visible()
    expect(page.locator(".diagram:not([hidden]) .past-note.is-late").first).to_contain_text("逾期")
    slider.fill("11")
    expect(moment).to_contain_text("流程由第1版移到第2版")
    expect(page.locator("[data-version]")).to_contain_text("审定放宽到两天")
    slider.fill("15")
    expect(moment).to_contain_text("办结“审定答复”，转入“起草答复”")
    opinion = page.locator("[data-variables] tr", has_text="请写明增加了多少容量")
    expect(opinion).to_have_count(1)
    expect(opinion.locator("code")).to_have_count(0)
    page.get_by_role("button", name="播放").click()
    expect(moment).to_contain_text("第17条")
    page.get_by_role("button", name="暂停").click()


def _is_named_everywhere(live: Live, page: Page, auditor: Page, case: LateCase) -> None:
    """The breach is written out of the history by SQL: the proof, the auditors' page and the command line say so."""
    _is_proved(page, "验证通过")
    _is_verified(live, auditor, "没有发现改动")
    with unbound(live.sessions.kw["bind"]) as own:
        own.execute(text("UPDATE history SET text = '已提醒' WHERE instance_id = :case AND seq = 8"),
                    {"case": case.instance_id})
    _is_proved(page, "第8条历史的内容与哈希不符")
    assert_accessible(page)
    page.get_by_role("link", name=re.compile(r"^在流程图上看\s*第8条$")).click()
    expect(page.locator("[data-moment]")).to_contain_text("第8条")
    page.get_by_role("link", name="全部经过").click()
    page.locator("#e9 summary").click()
    expect(page.locator("#e9 ins").first).to_be_visible()
    expect(page.locator("#e9")).to_contain_text("现在：先调剂周边线路负荷，再增容")
    assert_accessible(page)
    assert_no_sideways_scrolling(page)
    named = f"第{case.instance_id}号流程的第8条历史的内容被改动过"
    _is_verified(live, auditor, named)
    expect(auditor.get_by_role("alert").get_by_role("link", name=f"看事项{case.number}")).to_be_visible()
    look_at(auditor, "audit")
    told = _verified_by_command(live)
    assert told.returncode == 1 and f"{named}（事项{case.number}）" in told.stderr, told
    auditor.goto(f"/readings/?case={case.number}")
    expect(auditor.get_by_role("row").filter(has_text="高立言").filter(has_text="回放与验证")).to_have_count(1)
    assert_accessible(auditor)
    assert_no_sideways_scrolling(auditor)


def _is_proved(page: Page, said: str) -> None:
    page.get_by_role("button", name="重放验证").click()
    expect(page.locator("#proof")).to_contain_text(said)


def _is_verified(live: Live, auditor: Page, said: str) -> None:
    """Presses the button; the worker comes by, and the page shows by itself what it found."""
    auditor.get_by_role("button", name="现在核对").click()
    expect(auditor.get_by_text("等待后台服务开始核对")).to_be_visible()
    thread = checks.work_off(live.sessions, live.settings, live.clock())
    assert thread is not None
    thread.join()
    expect(auditor.get_by_text(said).first).to_be_visible()


def _verified_by_command(live: Live) -> subprocess.CompletedProcess[str]:
    """`zhuqi audit verify`, in a process of its own."""
    command = [sys.executable, "-c", "from app.cli import main; main()", "audit", "verify"]
    environment = {"ZHUQI_DATABASE_URL": live.settings.database_url, "ZHUQI_DATA_DIR": str(live.settings.data_dir),
                   "ZHUQI_DEMO": "1"}
    return subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, capture_output=True, text=True,
                          check=False)
