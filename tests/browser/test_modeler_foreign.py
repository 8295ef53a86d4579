"""Files of other tools in Chromium: they open, what the engine does not run is named, and saving loses nothing of them.
The public suite goes the same way by `python -m tests.miwg`."""
from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.helpers import assert_accessible, screenshot, sign_in
from tests.browser.live import Live
from tests.miwg.opening import Modeler
from tests.sizes import tell

FILES = Path(__file__).parents[1] / "fixtures" / "foreign"


def test_files_of_other_tools_open_and_lose_nothing(page: Page, live: Live) -> None:
    modeler = Modeler(sign_in(page, "admin"), live)
    files = sorted(FILES.glob("*.bpmn"))
    for file in files:
        opened = modeler.try_file(file)
        assert (opened.errors, opened.lost) == ([], []), file.name
        if file.stem == "camunda":
            expect(page.locator(".problems li", has_text="Ask the bank：引擎不执行服务任务")).to_be_visible()
            assert_accessible(page)
            screenshot(page, "modeler-foreign")
    tell(f"files of other tools: {len(files)} opened, changed and changed back, 0 parts lost")


def test_a_file_with_several_pages_shows_each_of_them(page: Page, live: Live) -> None:
    modeler = Modeler(sign_in(page, "admin"), live)
    assert modeler.try_file(FILES / "pages" / "pages.bpmn").errors == []
    pages = page.get_by_role("group", name="这个文件的几页")
    expect(pages.get_by_role("button")).to_have_text(["First", "Second"])
    expect(page.locator('[data-element-id="a"]')).to_be_visible()
    pages.get_by_role("button", name="Second").click()
    expect(page.locator('[data-element-id="b"]')).to_be_visible()
    page.locator(".problems").get_by_role("link", name="On the first").first.click()
    expect(page.locator('[data-element-id="a"]')).to_be_visible()
    expect(page.get_by_label("名称", exact=True)).to_have_value("On the first")
