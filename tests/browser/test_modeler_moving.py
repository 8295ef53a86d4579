"""An administrator moves running cases to a new version in Chromium, sees where they stand, and repairs one with a
colleague."""
from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.actor import ENTERPRISE
from app.bootstrap import ROOT
from app.cases import definitions
from app.issues.registration import register
from app.models import Post, User
from tests.app.issues.conftest import a_report
from tests.browser.helpers import look_at, sign_in
from tests.browser.live import Live
from workflows.content import read_folder

KEY = "issue-lifecycle"
CASES = 6


def next_version(live: Live) -> None:
    """Starts some cases, then publishes a version in which their first step is another one, by another name."""
    calendar = live.calendar()
    with live.sessions.begin() as session:
        for number in range(CASES):
            register(session, a_report(title=f"第{number + 1}件"), ENTERPRISE, live.clock(), calendar)
    files = read_folder(ROOT / "bpmn", KEY)
    path = f"{KEY}/{KEY}.bpmn"
    renamed = re.sub(r'((?: id|Ref|bpmnElement)="|Ref>)collect(?=["<])', r"\1gather", files[path])
    with live.sessions.begin() as session:
        definitions.publish(session, KEY, {**files, path: renamed}, now=live.clock() + timedelta(minutes=1))
        known = session.query(User).filter_by(username="admin").one()
        colleague = User(username="admin2", name="何清", password_hash=known.password_hash, must_change_password=False,
                         created_at=live.clock())
        colleague.posts = [Post(unit_code="city", position_code="admin")]
        session.add(colleague)


def seen(page: Page, name: str) -> None:
    """The page is accessible, fits a phone, and is left as a picture."""
    look_at(page, f"modeler-{name}")
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.usefixtures("nothing_broken")
def test_cases_are_moved_taken_back_and_repaired_by_two(open_browser: Callable[[], Page], live: Live) -> None:
    next_version(live)
    page, colleague = open_browser(), open_browser()
    sign_in(page, "admin").goto(f"/processes/{KEY}")
    page.get_by_role("link", name="移动在办事项").click()
    page.get_by_role("link", name="试算一次移动").first.click()
    expect(page.get_by_text(f"需要对应步骤 {CASES} 件")).to_be_visible()
    seen(page, "move-new")
    page.get_by_label("对应新版本的哪一步").select_option("gather")
    page.get_by_role("button", name="再算一次").click()
    expect(page.get_by_text(f"能直接移 {CASES} 件")).to_be_visible()
    page.get_by_label("为什么移动").fill("第一步换了表单")
    page.get_by_role("button", name="开始移动").click()
    expect(page.get_by_text(f"还有 {CASES} 件")).to_be_visible()
    seen(page, "move-running")
    live.work()
    expect(page.get_by_text("已移").first).to_be_visible()  # the page follows by itself
    expect(page.get_by_role("link", name=f"已移 {CASES}")).to_be_visible()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="收回勾选的事项").click()
    expect(page.get_by_text("收回了1件")).to_be_visible()
    seen(page, "move-done")
    page.goto(f"/processes/{KEY}/cases")
    page.get_by_label("版本").select_option("第2版")
    page.get_by_role("button", name="查看").click()
    expect(page.locator(".diagram-count").first).to_have_text(str(CASES - 1))
    seen(page, "cases")
    page.get_by_role("link", name="第2件").click()
    page.get_by_role("button", name="改一个变量").click()
    page.get_by_label("变量", exact=True).select_option(value="level")
    page.get_by_label("改为").fill("city")
    page.get_by_label("原因").locator("visible=true").fill("登记时选错")
    page.get_by_role("button", name="提出").locator("visible=true").click()
    expect(page.get_by_text("要由另一位管理员同意").first).to_be_visible()
    seen(page, "case")
    sign_in(colleague, "admin2").goto(page.url)
    colleague.get_by_role("button", name="同意并执行").click()
    expect(colleague.get_by_text("修复已经执行")).to_be_visible()
    seen(colleague, "case-repaired")
    colleague.get_by_role("link", name="看事项").click()
    for told in ("流程由第1版移到第2版：第一步换了表单", "何清同意的修复"):
        expect(colleague.get_by_text(told).first).to_be_visible()
