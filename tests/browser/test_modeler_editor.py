"""An administrator changes a process in Chromium: five working days become three, a step is added, tables and
forms are changed; everything is kept, survives a reload and can be stepped back over."""
from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from app.modeler.editor import drafts
from tests.browser.helpers import assert_accessible, look_at, screenshot, sign_in
from tests.browser.live import Live
from tests.sizes import tell

KEY = "issue-lifecycle"
EDIT = f"/processes/{KEY}/edit"
MAIN = f"{KEY}/{KEY}.bpmn"
PLAN = "five-working-day-plan/five-working-day-plan.bpmn"
DEFAULTS = {str(("isSequential", "false"))}
LATIN = re.compile("[A-Za-z]{3}")


@pytest.fixture
def administrator(page: Page) -> Iterator[Page]:
    """The administrator at a browser; afterwards nothing went wrong on the pages, and nothing broke their policy."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield sign_in(page, "admin")
    assert said == []


def _open(page: Page, file: str) -> None:
    page.goto(f"{EDIT}?file={file}")
    page.wait_for_selector("html[data-modeler-ready]")


def _begin(page: Page) -> None:
    page.goto(f"/processes/{KEY}")
    page.get_by_role("button", name="修改流程").click()
    page.wait_for_selector("html[data-modeler-ready]")


def _kept(page: Page, live: Live, file: str = PLAN) -> str:
    expect(page.locator("[data-modeler-saved]")).to_have_text(re.compile("^已保存"))
    with live.sessions() as session:
        text: str = drafts.get(session, KEY).files[file]
        return text


def _parts(text: str) -> Counter[str]:
    """Every element of a file with its attributes and its own text, and every comment, wherever it stands. What says
    the standard's own default may go."""
    parts = Counter[str]()
    for node in etree.fromstring(text.encode()).getroottree().iter():
        attributes = sorted(map(str, node.attrib.items())) if isinstance(node.tag, str) else []
        attributes = [each for each in attributes if each not in DEFAULTS]
        parts[json.dumps([str(node.tag), attributes, (node.text or "").strip()])] += 1
    return parts


def _with_foreign_parts(live: Live, file: str) -> list[str]:
    """Another tool has left in a table of the draft what dmn-js drops on saving; what has to be found there still."""
    parts = ["<!-- 第十二条 -->", 'tool:constraintsType="enumeration"']
    with live.sessions.begin() as session:
        draft = drafts.get(session, KEY)
        item = ('<itemDefinition id="item" name="level" xmlns:tool="http://tool"><typeRef>string</typeRef>'
                f'<allowedValues constraintsType="enumeration" {parts[1]}><text>"a","b"</text></allowedValues>'
                "</itemDefinition>")
        text = draft.files[file].replace("<decision ", f"{parts[0]}{item}<decision ", 1)
        draft.files = {**draft.files, file: text}
    return parts


def test_five_working_days_become_three_and_five_again(administrator: Page, live: Live) -> None:
    page = administrator
    _begin(page)
    begun = time.monotonic()
    page.get_by_role("link", name="五个工作日办理方案").click()
    page.wait_for_selector("html[data-modeler-ready]")
    tell(f"modeler: usable {time.monotonic() - begun:.1f} s after its page was asked for")
    days = page.get_by_label("制定方案的工作日数")
    expect(days).not_to_be_editable()
    page.locator(".prop", has=days).get_by_role("link", name="以“企业反映困难问题办理”里的为准").click()
    page.wait_for_selector("html[data-modeler-ready]")
    expect(days).to_be_focused()
    before = _kept(page, live, MAIN)
    days.fill("3")
    days.press("Tab")
    expect(page.get_by_role("button", name="撤销")).to_be_enabled()
    after = _kept(page, live, MAIN)
    assert '&#34;plan_days&#34;: 3' in after or '"plan_days":3' in after.replace("&#34;", '"').replace("&quot;", '"')
    lost = _parts(before) - _parts(after)
    assert len(lost) == 1 and "plan_days" in next(iter(lost)), lost
    page.reload()
    expect(days).to_have_value("3")
    page.get_by_role("button", name="撤销").click()
    expect(days).to_have_value("5")
    page.get_by_role("button", name="重做").click()
    expect(days).to_have_value("3")
    expect(page.get_by_text("没有发现问题")).to_be_visible()
    look_at(page, "modeler-diagram")


def test_a_step_is_added_with_its_form_and_lane(administrator: Page, live: Live) -> None:
    page = administrator
    _begin(page)
    _open(page, PLAN)
    page.locator('.djs-palette [data-action="create.task"]').click()
    lane = page.locator('[data-element-id="driving"]').bounding_box()
    assert lane
    page.mouse.move(lane["x"] - 60, lane["y"] + lane["height"] - 25)
    page.mouse.click(lane["x"] - 62, lane["y"] + lane["height"] - 25)
    page.keyboard.type("现场核查")
    page.locator(".modeler-panel .prop-kind").click()
    expect(page.get_by_label("名称", exact=True)).to_have_value("现场核查")
    page.get_by_label("表单", exact=True).select_option(label="审定办理方案")
    page.get_by_label("办理期限", exact=True).select_option(label="几个工作日")
    days = page.get_by_label("办理期限的数目")
    days.fill("2")
    days.press("Tab")
    finding = page.locator(".problems").get_by_role("link", name="现场核查").first
    expect(finding).to_be_visible()
    root = etree.fromstring(_kept(page, live).encode())
    (task,) = root.xpath("//*[@name='现场核查']")
    values = {each.get("name"): each.get("value") for each in task.iter("{*}property")}
    assert values == {"form": "approve_plan", "due": "working_days(2)"}
    (held,) = [lane.get("name") for lane in root.iter("{*}lane")
               if task.get("id") in [ref.text for ref in lane.iter("{*}flowNodeRef")]]
    assert held == "主办单位经办人"
    for place in (".djs-palette", ".djs-context-pad"):
        titles = page.locator(f"{place} .entry").evaluate_all(
            "found => found.map(each => each.title || each.getAttribute('aria-label'))")
        assert titles and not [title for title in titles if LATIN.search(title)]
    page.locator('.djs-context-pad [data-action="replace"]').click()
    menu = page.locator(".djs-popup")
    expect(menu).to_be_visible()
    assert not LATIN.search(menu.inner_text()), menu.inner_text()
    page.keyboard.press("Escape")
    page.locator('[data-element-id="approve_plan"]').click()
    finding.click()
    expect(page.get_by_label("名称", exact=True)).to_have_value("现场核查")


def test_tables_and_forms_are_changed_beside_what_the_officer_gets(administrator: Page, live: Live) -> None:
    page = administrator
    _begin(page)
    foreign = _with_foreign_parts(live, f"{KEY}/limits.dmn")
    _open(page, f"{KEY}/limits.dmn")
    before = _kept(page, live, f"{KEY}/limits.dmn")
    cell = page.locator("td[data-col-id=limits_output_3]").last
    cell.click()
    page.keyboard.press("End")
    page.keyboard.type(' + "（试行）"')
    page.locator("td[data-col-id=limits_input_2]").nth(1).click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("gen")
    offered = page.locator(".cm-tooltip-autocomplete li", has_text="一般性问题（1个月内解决）")
    expect(offered).to_contain_text('"general"')
    page.keyboard.press("Enter")
    page.locator(".decision-table-name, .dmn-decision-table-container").first.click(position={"x": 2, "y": 2})
    expect(page.get_by_role("button", name="撤销")).to_be_enabled()
    page.locator("summary", has_text="每一列取自哪里").click()
    source = page.get_by_label("取自", exact=True).nth(1)
    expect(source).to_have_value("level")
    with page.expect_response(lambda answer: "/edit/file?" in answer.url):
        source.select_option("category")
    expect(page.get_by_label("列名").nth(1)).to_have_value("问题类型")
    assert "<text>category</text>" in _kept(page, live, f"{KEY}/limits.dmn")
    after = _kept(page, live, f"{KEY}/limits.dmn")
    assert "试行" in after and "试行" not in before
    assert [part for part in foreign if part not in after] == []
    assert_accessible(page)
    screenshot(page, "modeler-table")
    page.locator("summary", has_text="表单").click()
    page.get_by_label("新建表单，名称").fill("现场核查")
    page.get_by_role("button", name="新建").last.click()
    page.get_by_label("要添加的").select_option(label="单选")
    page.get_by_role("button", name="添加").click()
    page.get_by_label("问题", exact=True).fill("核查结果")
    page.get_by_label("问题", exact=True).press("Tab")
    preview = page.get_by_label("办理人看到的样子")
    expect(preview.get_by_role("group", name="核查结果")).to_be_visible()
    page.get_by_label("必填").check()
    expect(preview.get_by_text("必填")).to_be_visible()
    schema = json.loads(_kept(page, live, f"{KEY}/forms/form_1.form.json"))
    assert [(part["label"], part["validate"]) for part in schema["components"]] == [("核查结果", {"required": True})]
    look_at(page, "modeler-form")
