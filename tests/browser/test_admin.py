"""Administration in Chromium: every page is accessible and fits a phone; dialogs, menus and forms work by keyboard and
without script."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.helpers import assert_accessible, look_at, sign_in
from tests.browser.live import PASSWORD, Live

PAGES = {
    "/account": "account", "/account/password": "password", "/account/absence": "own-absence",
    "/admin/units": "units", "/admin/units/new": "unit-new", "/admin/units/finance": "unit", "/admin/users": "users",
    "/admin/users/new": "user-new", "/admin/users/7": "user", "/admin/users/import": "import",
    "/admin/absences": "absences", "/admin/incidents": "incidents", "/admin/mail": "mail", "/no-such-page": "not-found",
    "/admin/log": "log", "/admin/agreements": "agreements"}
OTHERS = ("/admin/users", "/admin/absences")
"""which of them are the security administrator's"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits_a_phone(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    sign_in(page, "admin")
    for address, name in sorted(PAGES.items(), key=lambda line: line[0].startswith(OTHERS)):
        if address.startswith(OTHERS) and page.get_by_text("系统管理员").count():
            page.context.clear_cookies()
            sign_in(page, "security")
        page.goto(address)
        look_at(page, f"admin-{name}-{scheme}")


def test_a_new_user_signs_in_changes_the_password_and_works(open_browser: Callable[[], Page]) -> None:
    administrator, newcomer = open_browser(), open_browser()
    sign_in(administrator, "security").goto("/admin/users/new")
    administrator.get_by_label("用户名").fill("finance.zhang")
    administrator.get_by_label("姓名").fill("张三")
    administrator.get_by_label("单位").select_option("市财政局")
    administrator.get_by_label("岗位").select_option("经办人")
    administrator.get_by_label("岗位").press("Control+Enter")
    password = administrator.locator("#password").inner_text()
    newcomer.goto("/login")
    newcomer.get_by_label("用户名").fill("finance.zhang")
    newcomer.get_by_label("密码").fill(password)
    newcomer.get_by_label("密码").press("Enter")
    expect(newcomer.get_by_text("请先换成您自己的")).to_be_visible()
    newcomer.get_by_label("现在的密码").fill(password)
    for label in ("新密码", "再输入一次新密码"):
        newcomer.get_by_label(label, exact=True).fill(PASSWORD)
    newcomer.get_by_role("button", name="修改密码").click()
    expect(newcomer.get_by_role("heading", name="待办")).to_be_visible()


def test_errors_are_summed_up_and_lead_to_their_fields(page: Page) -> None:
    sign_in(page, "security").goto("/admin/users/new")
    page.get_by_label("用户名").fill("1")
    page.locator("[data-main]").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="用户名").click()
    expect(page.get_by_label("用户名")).to_be_focused()
    expect(page.get_by_label("用户名")).to_have_value("1")
    assert_accessible(page)


def test_a_dialog_is_opened_and_left_by_keyboard(page: Page) -> None:
    sign_in(page, "security").goto("/admin/users/7")
    opener = page.get_by_role("button", name="重置密码")
    opener.press("Enter")
    dialog = page.get_by_role("dialog", name="重置密码")
    expect(dialog).to_be_visible()
    assert_accessible(page)
    dialog.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.press("Enter")
    dialog.get_by_role("button", name="重置密码").click()
    expect(page.locator("#password")).to_be_visible()


def test_the_menu_of_a_phone_opens_and_closes(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, "security")
    menu, toggle = page.get_by_role("navigation", name="主菜单"), page.get_by_role("button", name="菜单")
    expect(menu).to_be_hidden()
    toggle.press("Enter")
    expect(menu).to_be_visible()
    assert_accessible(page)
    menu.get_by_role("link", name="用户").click()
    expect(page.get_by_role("heading", name="用户")).to_be_visible()
    expect(menu).to_be_hidden()


def test_everything_works_without_script(chromium: Browser, live: Live) -> None:
    context = chromium.new_context(base_url=live.address, java_script_enabled=False,
                                   viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("用户名").fill("security")
    page.get_by_label("密码").fill(PASSWORD)
    page.locator("[data-main]").click()
    page.get_by_role("navigation", name="主菜单").get_by_role("link", name="用户").click()
    page.get_by_role("link", name="李思源").click()
    page.locator("#disable summary").click()
    page.locator("#disable [data-main]").click()
    expect(page.get_by_text("李思源已停用，所有登录立即失效。")).to_be_visible()
    context.close()
