"""An administrator enters a day off, sees which deadlines would move, saves, and they have moved; sees how the
system does; makes five days three; and looks at a letter."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.actor import ENTERPRISE
from app.issues.registration import register
from app.models import WorkItem
from tests.app.issues.conftest import a_report
from tests.browser.helpers import look_at, sign_in
from tests.browser.live import Live
from workflows.calendar import CITY_ZONE

CASES = 3


def due_days(live: Live) -> list[str]:
    with live.sessions() as session:
        found = session.scalars(select(WorkItem.due_at).where(WorkItem.due_at.is_not(None)).order_by(WorkItem.id))
        return [f"{due.astimezone(CITY_ZONE):%m月%d日}" for due in found if due]


def seen(page: Page, name: str) -> None:
    look_at(page, f"modeler-{name}")
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.usefixtures("nothing_broken")
def test_a_day_off_moves_the_deadlines_that_were_shown(open_browser: Callable[[], Page], live: Live) -> None:
    calendar = live.calendar()
    with live.sessions.begin() as session:
        for number in range(CASES):
            register(session, a_report(title=f"第{number + 1}件"), ENTERPRISE, live.clock(), calendar)
    before, today = due_days(live), live.clock().astimezone(CITY_ZONE).date()
    off = calendar.add_working_days(today, 1)
    page = sign_in(open_browser(), "admin")
    page.get_by_role("link", name="工作日历").click()
    expect(page.get_by_role("heading", name=f"{today.year}年工作日历")).to_be_visible()
    page.get_by_label("从哪天起").fill(off.isoformat())
    page.get_by_label("名称").fill("那达慕")
    page.get_by_role("button", name="看哪些时限会变").click()
    expect(page.get_by_text("还没有保存")).to_be_visible()
    for number in range(CASES):
        expect(page.get_by_role("link", name=f"第{number + 1}件").first).to_be_visible()
    assert due_days(live) == before
    seen(page, "calendar-try")
    page.get_by_label("为什么改").fill("市政府通知第5号")
    page.get_by_role("button", name="保存并移动时限").click()
    expect(page.get_by_text("工作日历已经保存")).to_be_visible()
    live.work()
    expect(page.get_by_text(f"移动了{CASES}件事项的时限")).to_be_visible()  # the page follows by itself
    expect(page.locator(".day-city_off").last).to_contain_text("市休")
    assert all(after != earlier for after, earlier in zip(due_days(live), before, strict=True))
    seen(page, "calendar")
    page.get_by_role("link", name=f"{today.year + 1}年").click()
    expect(page.get_by_role("heading", name=f"{today.year + 1}年工作日历")).to_be_visible()
    page.get_by_role("link", name="整年的放假通知").click()
    expect(page.get_by_label("从哪天起")).to_have_count(14)
    seen(page, "calendar-notice")
    page.get_by_role("link", name=f"{today.year}年").click()
    page.get_by_role("link", name="收回").click()
    expect(page.get_by_text("提前的时限")).to_be_visible()
    page.get_by_role("link", name="系统").click()
    expect(page.get_by_text("没有后台服务在运行")).to_be_visible()
    seen(page, "system")
    page.goto("/processes/issue-lifecycle")
    page.get_by_role("link", name="参数").click()
    seen(page, "parameters")
    page.get_by_label("制定方案的工作日数").fill("3")
    page.get_by_role("button", name="记进草稿，看差别").click()
    expect(page.get_by_role("heading", name="发布草稿")).to_be_visible()
    expect(page.get_by_text("参数「制定方案的工作日数」由 5 改为 3")).to_be_visible()
    page.goto("/admin/mail/templates")
    seen(page, "mail-templates")
    page.get_by_role("row", name="催办").get_by_role("link").click()
    page.get_by_label("主题").fill("请抓紧：{标题}")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("请抓紧：厂区用电扩容")).to_be_visible()
    seen(page, "mail-template")
