"""Every person's first page and the enterprise's, in Chromium: they open, are accessible and fit a phone."""
from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import assert_accessible, look_at, screenshot, sign_in
from tests.browser.live import Live

OPEN_PAGES = {"/login": "login", "/report": "report", "/follow": "follow"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", OPEN_PAGES)
def test_a_page_for_everyone_is_accessible_and_fits_a_phone(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(address)
    assert page.locator("html").get_attribute("data-bs-theme") == scheme
    look_at(page, f"{OPEN_PAGES[address]}-{scheme}")


@pytest.mark.parametrize("username", ["finance.clerk", "dongsheng.office", "supervisor", "leader", "admin"])
def test_a_person_lands_on_an_accessible_page(page: Page, username: str) -> None:
    sign_in(page, username)
    look_at(page, f"first-{username}")


def test_a_slash_goes_to_the_search_and_a_typed_slash_stays_a_slash(page: Page) -> None:
    sign_in(page, "finance.clerk")
    page.locator("main").press("/")
    search = page.locator("[data-search]")
    expect(search).to_be_focused()
    search.press("/")
    expect(search).to_have_value("/")


def test_the_page_runs_no_script_and_no_style_of_its_own(page: Page) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.goto("/login")
    sign_in(page, "finance.clerk")
    assert refused == []


def test_time_passes_only_when_it_is_told_to(live: Live) -> None:
    live.advance_working_days(5)
    assert f"{live.clock():%Y-%m-%d %H:%M}" == "2026-03-09 02:00"


@pytest.mark.parametrize("username", ["tax.clerk", "dongsheng.office"])
def test_on_a_phone_the_bar_takes_two_lines_and_everything_in_it_is_reached_by_keyboard(
        page: Page, username: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, username)
    bar = page.get_by_role("banner")
    menu, search, person = bar.get_by_role("button", name="菜单"), bar.get_by_role("searchbox"), bar.locator("summary")
    assert bar.evaluate("bar => bar.offsetHeight") < 88
    menu.press("Enter")
    expect(page.get_by_role("navigation", name="主菜单")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Tab")
    expect(search).to_be_focused()
    for _ in range(2 if username == "dongsheng.office" else 1):
        page.keyboard.press("Tab")
    expect(person).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="待办")).to_be_focused()
    screenshot(page, f"phone-bar-{username}")
