"""The enterprise in Chromium: reporting, the code, progress, answering, adding, withdrawing, rating."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.actor import ENTERPRISE
from app.issues.registration import register
from app.models import Issue
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import do
from tests.app.issues.lives import live as walk
from tests.app.issues.test_attachments import PDF
from tests.browser.helpers import look_at
from tests.browser.live import Live

OpenBrowser = Callable[[], Page]


def go_on(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def reported(live: Live) -> str:
    """The code of an issue that an enterprise has reported."""
    calendar = live.calendar()
    with live.sessions.begin() as session:
        return register(session, a_report(), ENTERPRISE, live.clock(), calendar)[1]


def live_on(live: Live, until: str | None = None, **steps: dict[str, object]) -> None:
    """Officers walk the issue's steps up to `until`, then do the further `steps`."""
    calendar = live.calendar()
    with live.sessions.begin() as session:
        issue = session.scalars(select(Issue)).one()
        if until:
            live.clock.now = walk(session, issue, until, now=live.clock(), calendar=calendar)
        for element, answers in steps.items():
            do(session, issue, element, answers, now=live.clock(), calendar=calendar)


def enter_code(page: Page, code: str) -> None:
    page.goto("/follow")
    page.get_by_label("查询码").fill(code)
    go_on(page, "查看")


def test_three_steps_then_the_code_in_words_and_picture_then_the_progress(
        page: Page, open_browser: OpenBrowser, tmp_path: Path) -> None:
    contract = tmp_path / "合同.pdf"
    contract.write_bytes(PDF)
    page.goto("/report")
    go_on(page, "下一步")
    expect(page.get_by_role("alert")).to_be_focused()
    look_at(page, "portal-trouble-errors")
    page.get_by_label("用一句话说说困难").fill("流动资金贷款3月到期，续贷遇到困难")
    page.get_by_label("具体情况").fill("我公司有一笔500万元贷款3月20日到期，银行答复可能压缩额度。")
    page.get_by_label("融资").check()
    page.get_by_label("照片或文件").set_input_files(contract)
    go_on(page, "下一步")
    look_at(page, "portal-enterprise")
    page.get_by_label("企业名称").fill("鄂尔多斯市恒拓煤化工有限公司")
    page.get_by_label("统一社会信用代码").fill("91350100m000100y43")
    page.get_by_label("企业在哪个旗区或园区").select_option("东胜区")
    page.get_by_label("联系人").fill("张经理")
    page.get_by_label("联系电话").fill("0477-8580000")
    go_on(page, "下一步")
    expect(page.get_by_role("main")).to_contain_text("合同.pdf")
    look_at(page, "portal-confirm")
    go_on(page, "确认提交")
    code = page.locator("#code").inner_text()
    look_at(page, "portal-done")
    page.get_by_role("link", name="查看进展").last.click()
    expect(page.get_by_role("main")).to_contain_text("正在核对情况")

    phone = open_browser()
    phone.goto(f"/follow#{code}")
    expect(phone).to_have_url("/follow/progress")
    expect(phone.get_by_role("main")).to_contain_text("最迟3月3日（周二）前确定")
    look_at(phone, "portal-progress-received")


def test_enter_in_a_field_goes_on_and_takes_no_file_away(page: Page, tmp_path: Path) -> None:
    contract = tmp_path / "合同.pdf"
    contract.write_bytes(PDF)
    page.goto("/report")
    page.get_by_label("照片或文件").set_input_files(contract)
    go_on(page, "下一步")
    page.get_by_label("具体情况").fill("我公司有一笔500万元贷款3月20日到期。")
    page.get_by_label("用一句话说说困难").fill("流动资金贷款3月到期")
    page.get_by_label("用一句话说说困难").press("Enter")
    expect(page).to_have_url("/report/enterprise")
    page.go_back()
    expect(page.get_by_role("button", name="去掉合同.pdf")).to_be_visible()


def test_without_script_the_same_steps_work(chromium: object, live: Live) -> None:
    context = chromium.new_context(base_url=live.address, java_script_enabled=False)  # type: ignore[attr-defined]
    page: Page = context.new_page()
    page.goto("/report")
    page.fill("#title", "流动资金贷款3月到期")
    page.fill("#description", "我公司有一笔500万元贷款3月20日到期。")
    go_on(page, "下一步")
    page.fill("#enterprise_name", "某某有限公司")
    page.fill("#contact_name", "张经理")
    page.fill("#contact_phone", "13900000000")
    page.select_option("#place", "dalad")
    go_on(page, "下一步")
    go_on(page, "确认提交")
    code = page.inner_text("#code")
    page.goto("/follow")
    page.fill("#code", code)
    go_on(page, "查看")
    expect(page.get_by_role("heading", level=1)).to_have_text("流动资金贷款3月到期")
    context.close()


def test_a_question_is_answered_and_more_is_added(page: Page, live: Live, reported: str) -> None:
    live_on(live, "collect", sort={"sort_result": "ask", "question": "请提供贷款合同，并说明到期日。"})
    enter_code(page, reported)
    expect(page.get_by_role("main")).to_contain_text("请提供贷款合同，并说明到期日。")
    look_at(page, "portal-progress-asked")
    page.get_by_role("link", name="回答").click()
    look_at(page, "portal-answer")
    page.get_by_label("您的回答").fill("3月20日到期，合同稍后补传。")
    go_on(page, "发送回答")
    expect(page.get_by_role("status").first).to_have_text("您的回答已经交给工作人员。")
    page.get_by_role("link", name="补充情况或文件").click()
    look_at(page, "portal-material")
    page.get_by_label("想补充什么").fill("银行今天来电确认。")
    go_on(page, "发送")
    expect(page.get_by_role("main")).to_contain_text("银行今天来电确认。")


def test_withdrawing_says_what_happens_and_then_does_it(page: Page, live: Live, reported: str) -> None:
    live_on(live, "accept_assignment")
    enter_code(page, reported)
    expect(page.get_by_role("main")).to_contain_text("已由东胜区受理，正在办理。")
    page.get_by_role("link", name="撤回").click()
    expect(page.get_by_role("main")).to_contain_text("东胜区不再办理这件事")
    look_at(page, "portal-withdraw")
    go_on(page, "确认撤回")
    expect(page.get_by_role("main")).to_contain_text("您已撤回这件事，我们不再办理。")
    look_at(page, "portal-progress-withdrawn")


def test_the_reply_is_rated_with_three_questions(page: Page, live: Live, reported: str) -> None:
    live_on(live, "approve_reply")
    enter_code(page, reported)
    look_at(page, "portal-progress-replied")
    page.get_by_role("link", name="评价").click()
    page.get_by_label("很快", exact=True).check()
    page.get_by_label("解决了", exact=True).check()
    go_on(page, "提交评价")
    expect(page.get_by_role("alert")).to_contain_text("请选一个")
    look_at(page, "portal-rate-errors")
    page.get_by_label("很满意", exact=True).check()
    page.get_by_label("还想说点什么").fill("办得快，谢谢")
    go_on(page, "提交评价")
    expect(page.get_by_role("main")).to_contain_text("总的来说：很满意")
    look_at(page, "portal-progress-closed")


def test_a_wrong_code_is_told_kindly(page: Page) -> None:
    enter_code(page, "7K2M-9QXF-4T8C")
    expect(page.get_by_role("alert")).to_contain_text("没有找到这个查询码")
    look_at(page, "portal-wrong-code")
