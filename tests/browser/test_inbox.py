"""The inbox and the task page in Chromium: keys, drafts, dialogs, two people at one task, what comes next."""
from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.actor import ENTERPRISE
from app.issues.registration import register
from app.models import Absence, Post, User, WorkItem
from tests.app.issues.conftest import a_report
from tests.browser.helpers import assert_accessible, assert_no_sideways_scrolling, look_at, screenshot, sign_in
from tests.browser.live import Live
from tests.browser.people import Officer

TITLES = ("续贷遇到困难", "用电负荷不足", "环评审批进度慢")
OFFICE = "dongsheng.office"


@pytest.fixture
def issues(live: Live) -> Live:
    """Three issues that wait to be collected by Dongsheng's office, and a second person in its posts."""
    now, calendar = live.clock(), live.calendar()
    with live.sessions.begin() as session:
        for title in TITLES:
            register(session, a_report(title=title, enterprise_name=f"{title}有限公司"), ENTERPRISE, now, calendar)
        second = session.query(User).filter_by(username="miit.clerk").one()
        second.posts.append(Post(unit_code="dongsheng", position_code="intake"))
    return live


def open_first(page: Page) -> str:
    page.goto("/inbox")
    page.locator(".inbox-title").first.click()
    expect(page).to_have_url(re.compile(r"/tasks/\d+$"))
    page.wait_for_load_state()  # its scripts listen from now on
    return page.url


def dialog(page: Page, name: str):
    page.locator(".task-acts summary", has_text=re.compile(rf"^{name}$")).click()
    return page.locator("dialog[open]")


def test_the_list_is_worked_by_keys_alone(issues: Live, page: Page) -> None:
    sign_in(page, OFFICE).goto("/inbox")
    rows = page.locator("[data-row]")
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
    expect(rows.nth(0)).to_have_class(re.compile("is-current"))
    page.keyboard.press("x")
    expect(rows.nth(0).get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_contain_text("下一件")
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.locator(".alert")).to_contain_text("已签收1件")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/tasks/\d+$"))


def test_all_are_ticked_and_claimed_at_once(issues: Live, page: Page) -> None:
    sign_in(page, OFFICE).goto("/inbox")
    page.get_by_label("全选").check()
    page.get_by_role("button", name="签收所选").click()
    expect(page.locator(".alert")).to_contain_text("已签收3件")


def test_what_is_typed_is_kept_and_who_is_next_is_said_beforehand(issues: Live, page: Page) -> None:
    sign_in(page, OFFICE)
    task = open_first(page)
    page.get_by_label("已与企业联系人核对情况").check()
    page.locator("form.task-form textarea").first.fill("已电话核对")
    expect(page.locator("[data-draft-text]")).to_contain_text("草稿已保存")
    expect(page.locator("[data-next-text]")).to_contain_text("办结后交：梳理")
    page.goto("/inbox")
    page.goto(task)
    expect(page.locator("form.task-form textarea").first).to_have_value("已电话核对")
    expect(page.locator("[data-next-text]")).to_contain_text("办结后交：梳理")


def test_what_was_typed_last_is_kept_when_one_leaves_at_once(issues: Live, page: Page) -> None:
    sign_in(page, OFFICE)
    task = open_first(page)
    page.locator("form.task-form textarea").first.fill("还没说完就离开")
    page.goto("/inbox")  # the request that keeps it outlives the page
    for _ in range(100):
        page.goto(task)
        if page.locator("form.task-form textarea").first.input_value():
            break
    expect(page.locator("form.task-form textarea").first).to_have_value("还没说完就离开")


def test_a_finished_task_opens_the_next_and_is_taken_back_with_one_press(issues: Live, page: Page) -> None:
    sign_in(page, OFFICE)
    open_first(page)
    page.get_by_label("已与企业联系人核对情况").check()
    page.locator("form.task-form textarea").first.press("Control+Enter")
    expect(page.locator(".alert-success")).to_contain_text("已交")
    page.get_by_role("button", name=re.compile("撤回刚办结的[0-9-]+“收集登记”")).click()
    expect(page.locator("h1")).to_contain_text("收集登记")
    expect(page.get_by_label("已与企业联系人核对情况")).to_be_checked()


def test_of_two_at_one_task_the_second_is_told_and_keeps_what_they_typed(
        issues: Live, open_browser: Callable[[], Page]) -> None:
    quick, slow = sign_in(open_browser(), OFFICE), sign_in(open_browser(), "miit.clerk")
    task = open_first(quick)
    slow.goto(task)
    for page in (quick, slow):
        page.get_by_label("已与企业联系人核对情况").check()
    slow.locator("form.task-form textarea").first.fill("企业说月底前要用款")
    quick.get_by_role("button", name="办结", exact=True).click()
    expect(quick.locator(".alert-success")).to_contain_text("已交")
    slow.get_by_role("button", name="办结", exact=True).click()
    expect(slow.locator(".alert-warning")).to_contain_text("郝思雨")
    expect(slow.locator("main")).to_contain_text("企业说月底前要用款")
    assert_accessible(slow)
    screenshot(slow, "inbox-too-late")


def test_people_are_found_by_name_and_sign_in_the_order_of_choosing(issues: Live, page: Page) -> None:
    sign_in(page, OFFICE)
    open_first(page)
    box = dialog(page, "加签")
    for name in ("傅长青", "李思源"):
        box.get_by_label("按姓名或单位查找").fill(name)
        box.get_by_label("按姓名或单位查找").press("Enter")
    expect(box.locator(".people-chosen li")).to_have_text([re.compile("傅长青"), re.compile("李思源")])
    box.get_by_label("怎样签").select_option(label="依次（按顺序逐个给出意见）")
    assert_accessible(page)
    screenshot(page, "inbox-signers")
    box.get_by_role("button", name="请对方加签").click()
    asked = page.locator(".task-asked li")
    expect(asked.nth(0)).to_contain_text(re.compile("傅长青.*等待意见", re.S))
    expect(asked.nth(1)).to_contain_text(re.compile("李思源.*还没轮到", re.S))


def test_a_refused_dialog_opens_again_with_its_words(issues: Live, page: Page) -> None:
    sign_in(page, OFFICE)
    open_first(page)
    box = dialog(page, "跟进日期")
    box.get_by_label("哪一天再看").fill("2020-01-01")
    box.get_by_role("button", name="记下").click()
    expect(page.locator("main > .alert-warning")).to_contain_text("不能在今天以前")
    expect(page.locator("dialog[open]")).to_contain_text("哪一天再看")
    expect(page.locator("dialog[open] .alert-warning")).to_contain_text("不能在今天以前")


@pytest.mark.parametrize("name", ["转办", "委派", "加签", "沟通", "抄送", "跟进日期", "备注"])
def test_each_dialog_is_accessible_and_fits_a_phone(issues: Live, page: Page, name: str) -> None:
    sign_in(page, OFFICE)
    open_first(page)
    box = dialog(page, name)
    expect(box).to_be_visible()
    assert all(area.evaluate("area => area.offsetHeight") > 60 for area in box.locator("textarea").all())
    expect(box.get_by_role("button", name="取消", exact=True)).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scrolling(page)


def test_the_limit_and_the_diagram_open_on_the_task_page(issues: Live, page: Page) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    sign_in(page, OFFICE)
    open_first(page)
    page.get_by_text("期限是怎么算的").click()
    expect(page.locator(".task-days")).to_contain_text("第1个工作日当天结束时到期")
    page.get_by_text("在流程图上看走到哪里").click()
    expect(page.locator(".djs-element.is-active").first).to_be_visible()
    assert_accessible(page)
    assert refused == []


@pytest.mark.parametrize("view", ["mine", "unit", "waiting", "done", "copies", "watched"])
def test_every_view_is_accessible_and_fits_a_phone(issues: Live, officer: Callable[[str], Officer], view: str) -> None:
    page = officer(OFFICE).page
    page.goto(f"/inbox?view={view}")
    look_at(page, f"inbox-{view}")


def test_a_stand_in_is_shown_in_the_history_as_standing_in(issues: Live, open_browser: Callable[[], Page]) -> None:
    with issues.sessions.begin() as session:
        ids = {user.username: user.id for user in session.query(User)}
        session.add(Absence(user_id=ids[OFFICE], stand_in_id=ids["finance.clerk"], first_day=issues.clock().date(),
                            last_day=issues.clock().date()))
    page = sign_in(open_browser(), "finance.clerk")
    task = open_first(page)
    page.get_by_label("已与企业联系人核对情况").check()
    page.get_by_role("button", name="办结", exact=True).click()
    page.goto(task)
    expect(page.locator("main")).to_contain_text("李思源（代郝思雨）")
    with issues.sessions() as session:
        assert session.get_one(WorkItem, int(task.rsplit("/", 1)[1])).on_behalf_of == ids[OFFICE]
