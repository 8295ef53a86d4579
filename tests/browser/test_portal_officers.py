"""Issues as officers see them in Chromium: the list, the story with its diagram, the sheet, registering a visit."""
from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.actor import ENTERPRISE
from app.issues.registration import register
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import live as walk
from tests.browser.helpers import look_at, sign_in
from tests.browser.live import Live


@pytest.fixture
def replied(live: Live) -> str:
    """The number of an issue that has its reply."""
    calendar = live.calendar()
    with live.sessions.begin() as session:
        issue, _ = register(session, a_report(), ENTERPRISE, live.clock(), calendar)
        register(session, a_report(title="用电负荷不足，生产线轮停"), ENTERPRISE, live.clock(), calendar)
        live.clock.now = walk(session, issue, "approve_reply", now=live.clock(), calendar=calendar)
        return issue.number


def test_from_the_list_to_the_story_its_diagram_and_its_sheet(page: Page, live: Live, replied: str) -> None:
    sign_in(page, "supervisor")
    page.goto("/issues/")
    look_at(page, "issues-list")
    page.get_by_label("编号、标题或企业").fill("贷款")
    page.get_by_role("button", name="查找").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="流动资金贷款3月到期").click()
    expect(page.get_by_role("main")).to_contain_text("您公司的贷款已由银行同意按原额度续贷一年")
    expect(page.locator(".diagram svg .is-done").first).to_be_visible()
    look_at(page, "issues-story")
    page.get_by_role("link", name="办理单").click()
    expect(page.get_by_role("main")).to_contain_text("召集银行和担保公司会商")
    look_at(page, "issues-sheet")
    page.emulate_media(media="print")
    expect(page.locator("nav[aria-label=主菜单]")).to_be_hidden()
    expect(page.get_by_role("heading", name="助企纾困问题办理单")).to_be_visible()


def test_on_a_phone_filters_that_nobody_has_used_are_folded(page: Page, replied: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, "supervisor")
    page.goto("/issues/")
    more, category = page.get_by_role("button", name="更多条件"), page.get_by_label("类别")
    expect(more).to_have_attribute("aria-expanded", "false")
    expect(category).to_be_hidden()
    expect(page.get_by_role("link", name="流动资金贷款3月到期")).to_be_in_viewport()
    look_at(page, "issues-list-phone")
    page.set_viewport_size({"width": 390, "height": 844})
    more.press("Enter")
    category.select_option("融资")
    page.get_by_role("button", name="查找").click()
    expect(category).to_be_visible()
    expect(category.locator("option:checked")).to_have_text("融资")


def test_an_officer_registers_a_visit_and_gets_the_code_to_hand_over(page: Page) -> None:
    sign_in(page, "dongsheng.office")
    page.goto("/issues/new")
    look_at(page, "issues-new")
    page.get_by_label("走访").check()
    page.get_by_label("用一句话说说困难").fill("用电负荷不足，生产线轮停")
    page.get_by_label("具体情况").fill("变压器容量不足，高峰时段需要轮停，希望尽快增容。")
    page.get_by_label("企业名称").fill("鄂尔多斯市锦川羊绒制品有限公司")
    page.get_by_label("企业在哪个旗区或园区").select_option("东胜区")
    page.get_by_label("联系人").fill("王厂长")
    page.get_by_label("联系电话").fill("13900000000")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("#code")).to_have_text(re.compile(r"^([0-9A-Z]{4}-){2}[0-9A-Z]{4}$"))
    look_at(page, "issues-registered")
    page.get_by_role("link", name="查看问题").click()
    expect(page.locator(".stagebar [aria-current=step]")).to_have_text("梳理")
