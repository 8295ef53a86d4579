"""A dispatch meeting in real life: called on the board, attended, held, its decision carried out and confirmed."""
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

CASE, DECISION = "用电负荷不足", "批复增容路由"


def _a_case_in_hand(at: Live) -> None:
    calendar = at.calendar()
    with at.sessions.begin() as session:
        issue, _code = register(session, a_report(title=CASE), ENTERPRISE, at.clock(), calendar)
        walk(session, issue, "accept_assignment", now=at.clock(), calendar=calendar)


def _task(page: Page, name: str) -> None:
    """Opens this task from the inbox."""
    page.goto("/inbox")
    page.locator(".inbox-row", has_text=name).get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def _finish(page: Page) -> None:
    page.get_by_role("button", name="办结", exact=True).click()


def test_a_stuck_case_is_dispatched_and_its_decision_followed_to_the_end(open_browser: Callable[[], Page], live: Live):
    _a_case_in_hand(live)
    live.advance(days=40)
    page, energy = sign_in(open_browser(), "supervisor"), sign_in(open_browser(), "energy.clerk")
    page.goto("/board/cases?show=red")
    page.get_by_label(f"勾选{CASE}").check()
    page.get_by_role("button", name="为勾选的事项召开调度会").click()
    look_at(page, "meeting-new")
    page.get_by_role("button", name="召开", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("拟定会议通知")
    main = page.get_by_role("main")
    main.get_by_label("召开，发出通知").check()
    main.get_by_label("会议日期").fill(str((live.clock()).date()))
    main.get_by_label("时间", exact=False).last.fill("16:30")
    main.get_by_label(re.compile("^地点")).fill("第三会议室")
    main.get_by_label(re.compile("^单位")).first.select_option(label="市能源局")
    main.get_by_label(re.compile("^由谁参会")).first.select_option(label="经办人")
    look_at(page, "meeting-notice")
    _finish(page)
    _task(energy, "确认参会")
    energy.get_by_label("参加", exact=True).check()
    energy.get_by_label(re.compile("^参会人")).fill("塔林夫，电力科")
    look_at(energy, "meeting-confirm")
    _finish(energy)
    _task(page, "登记纪要和决定")
    main.get_by_label("已经召开").check()
    main.get_by_label(re.compile("^出席")).fill("市能源局和企业")
    main.get_by_label(re.compile("^会议纪要")).fill("认定卡在路由审批。")
    main.get_by_label(re.compile("^做什么")).first.fill(DECISION)
    main.get_by_label(re.compile("^责任单位")).first.select_option(label="市能源局")
    main.get_by_label(re.compile("^由谁落实")).first.select_option(label="经办人")
    main.get_by_label(re.compile("^期限")).first.fill("5")
    main.get_by_label(re.compile("^相关事项")).first.select_option(index=1)
    look_at(page, "meeting-minutes-form")
    _finish(page)
    _task(energy, "落实会议决定")
    energy.get_by_label(re.compile("^落实情况")).fill("路由已批复")
    _finish(energy)
    _task(page, "确认落实情况")
    expect(main).to_contain_text("路由已批复")
    main.get_by_label("已落实", exact=True).check()
    _finish(page)
    page.goto("/meetings/D2026-001")
    expect(main.locator("li", has_text=DECISION)).to_contain_text("已落实")
    look_at(page, "meeting")
    page.get_by_role("link", name="会议纪要").click()
    look_at(page, "meeting-minutes")
    page.goto("/meetings/D2026-001/proof")
    expect(main).to_contain_text("验证通过")
    page.goto("/board/cases?show=red")
    main.get_by_role("link", name=CASE, exact=True).click()
    expect(main.get_by_role("region", name="调度会")).to_contain_text(DECISION)
