"""The page's script in Chromium: it hides what the server would not ask for, and adds and removes rows."""
from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import render_template_string
from playwright.sync_api import Page, sync_playwright

from app.forms.conditions import for_the_page
from tests.browser.chromium import start
from workflows.calendar import Calendar
from workflows.expressions import compile_expression

CONDITIONS_SCRIPT = (Path(__file__).parents[3] / "frontend/src/conditions.js").read_text(encoding="utf-8")
CLOCK = {"now": datetime(2026, 9, 18, 1, 0, tzinfo=UTC), "calendar": Calendar()}


@pytest.fixture(scope="module")
def page():
    with sync_playwright() as playwright:
        browser = start(playwright)
        yield browser.new_page()
        browser.close()


@pytest.fixture
def shown(app_context, form, page: Page) -> Page:
    """The form of conftest.py, on a page with its script."""
    text = render_template_string(
        "{% from 'macros/task_form.html' import task_form %}<form>{{ task_form(form) }}</form>", form=form())
    page.set_content(f"<!doctype html><html lang='zh-CN'>{text}</html>")
    page.add_script_tag(content=CONDITIONS_SCRIPT + """
        document.querySelectorAll("[data-task-form]").forEach(start);""", type="module")
    return page


def test_a_field_shows_and_hides_as_the_answer_before_it_changes(shown):
    reason = shown.get_by_label("退回理由")
    assert reason.is_hidden()
    shown.get_by_label("退回", exact=True).check()
    assert reason.is_visible()
    shown.get_by_label("接收", exact=True).check()
    assert reason.is_hidden()


def test_rows_are_added_and_removed_and_conditions_work_in_them(shown):
    shown.get_by_role("button", name="增加一行").click()
    assert shown.locator("[data-row]").count() == 2
    assert shown.evaluate("document.activeElement.name") == "steps-1-title"
    late = shown.locator("[name='steps-1-late']")
    assert late.is_hidden()
    shown.locator("[name='steps-1-day']").fill("2026-10-09")
    assert late.is_visible() and shown.locator("[name='steps-0-late']").is_hidden()
    shown.get_by_label("加急").check()
    assert late.is_hidden()
    shown.get_by_role("button", name="删除这一行").first.click()
    assert shown.locator("[data-row]").get_attribute("data-row") == "steps-1-"


CONDITIONS = ["a == 'x'", "a != 'x'", "a == null", "n > 2", "n >= 2 and n <= 3", "not t", "a in ['x', null]",
              "'x' not in m", "m == ['x']", "len(m) > 1", "len(a) == 1", "exists(a)", "exists(m)", "exists(n)",
              "m or t",
              "n == 2", "t == 1", "m == []", "level == 'complex' and a == 'x'", "a and not m"]
ANSWERS = [{"a": a, "n": n, "t": t, "m": m} for a in (None, "x") for n in (0, 2, 5) for t in (False, True)
           for m in ([], ["x"], ["x", "y"])]


def test_the_script_and_the_server_work_out_the_same(page):
    scope = {"level": "complex"}
    cases = [(text, for_the_page(compile_expression(text), set("antm"), scope)) for text in CONDITIONS]
    page.set_content("<!doctype html>")
    page.add_script_tag(content=CONDITIONS_SCRIPT + """
        window.worked = (condition, answers) => truth(evaluate(condition, (key) => answers[key]));""", type="module")
    found = page.evaluate("([conditions, rows]) => conditions.map((c) => rows.map((row) => window.worked(c, row)))",
                          [[json.loads(condition) for _, condition in cases], ANSWERS])
    for (text, _), row in zip(cases, found, strict=True):
        expected = [bool(compile_expression(text).evaluate(scope | answers, **CLOCK)) for answers in ANSWERS]
        assert row == expected, text
