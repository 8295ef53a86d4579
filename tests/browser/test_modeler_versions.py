"""Versions in Chromium: one administrator proposes, another one looks at the differences and agrees, both go back."""
from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.cases import definitions
from app.models import Post, ProcessDraft, User
from tests.browser.helpers import assert_accessible, assert_no_sideways_scrolling, look_at, screenshot, sign_in
from tests.browser.live import Live
from tests.conftest import MONDAY

DIAGRAM = "issue-lifecycle/issue-lifecycle.bpmn"
PLAN = "five-working-day-plan/five-working-day-plan.bpmn"


def _prepare(live: Live) -> None:
    """A second administrator, and a draft in which five working days have become three and a step has moved."""
    with live.sessions.begin() as session:
        admin = session.scalars(select(User).where(User.username == "admin")).one()
        session.add(User(username="admin2", name="苏日娜", password_hash=admin.password_hash, created_at=MONDAY,
                         must_change_password=False, posts=[Post(unit_code="city", position_code="admin")]))
        current = definitions.current(session, "issue-lifecycle")
        assert current is not None
        text = current.files[DIAGRAM].replace("plan_days&quot;: 5", "plan_days&quot;: 3")
        plan = current.files[PLAN].replace("working_days(approve_days)", "working_days(2)")
        plan = plan.replace('name="起草办理方案"', 'name="起草方案"')
        session.add(ProcessDraft(key=current.key, base_hash=current.hash,
                                 files={**current.files, DIAGRAM: text, PLAN: plan}, began_at=MONDAY,
                                 began_by=admin.id, changed_at=MONDAY, changed_by=admin.id))


def test_two_administrators_change_five_days_to_three_and_go_back(live: Live, open_browser: Callable[[], Page]) -> None:
    _prepare(live)
    first, second = open_browser(), open_browser()
    sign_in(first, "admin").goto("/processes/issue-lifecycle")
    assert_accessible(first)
    assert_no_sideways_scrolling(first)
    first.get_by_role("link", name="发布草稿").click()
    expect(first.get_by_text("的参数「制定方案的工作日数」由 5 改为 3")).to_be_visible()
    expect(first.locator(".differ-side")).to_have_count(4)
    expect(first.locator(".differ-side .djs-overlay .is-changed").first).to_be_visible()
    expect(first.locator("[data-container-id=plan_overdue] .is-follows").first).to_be_visible()
    becomes = "「第五个工作日结束」的时限由 5个工作日 变为 3个工作日"
    expect(first.locator(".is-follows", has_text=becomes)).to_be_visible()
    expect(first.get_by_text("这些文字里还写着5个工作日")).to_be_visible()
    look_at(first, "modeler-publish")
    first.get_by_label("改了什么、为什么").fill("办理方案改为3个工作日")
    first.get_by_role("button", name="提交").click()
    expect(first.get_by_text(re.compile("等其中一位同意：.*苏日娜"))).to_be_visible()

    sign_in(second, "admin2")
    second.get_by_role("navigation", name="主菜单").get_by_role("link", name=re.compile("^流程(?!实况)")).click()
    second.get_by_role("link", name="办理方案改为3个工作日").click()
    look_at(second, "modeler-proposal")
    second.get_by_role("button", name="同意", exact=True).click()
    expect(second.get_by_text("已经生效。")).to_be_visible()

    first.goto("/processes/issue-lifecycle")
    screenshot(first, "modeler-versions")
    first.locator("tbody").get_by_role("link", name="比较").click()
    expect(first.get_by_text("的参数「制定方案的工作日数」由 5 改为 3")).to_be_visible()
    assert_accessible(first)
    assert_no_sideways_scrolling(first)
    first.go_back()
    first.get_by_role("link", name="回到这一版").click()
    expect(first.get_by_text("的参数「制定方案的工作日数」由 3 改为 5")).to_be_visible()
    first.get_by_label("改了什么、为什么").fill("试行结束")
    first.get_by_role("button", name="提交").click()
    second.goto("/processes/")
    second.get_by_role("link", name="试行结束").click()
    second.get_by_role("button", name="同意", exact=True).click()
    first.goto("/processes/issue-lifecycle/proposals")
    expect(first.get_by_text("已生效")).to_have_count(2)
    look_at(first, "modeler-proposals")
    first.goto("/processes/import")
    assert_accessible(first)
    screenshot(first, "modeler-import")
