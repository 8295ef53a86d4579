"""A task's form on a page: bound, rendered accessibly, read back and judged."""
from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from flask import render_template_string
from lxml import html
from werkzeug.datastructures import MultiDict

from app.forms import build
from app.forms.conditions import for_the_page
from app.forms.static_text import static_text
from workflows.calendar import Calendar
from workflows.expressions import compile_expression
from workflows.forms import parse_form
from workflows.placeholders import filled


def page(task_form):
    text = render_template_string(
        "{% from 'macros/task_form.html' import task_form %}<main>{{ task_form(form) }}</main>", form=task_form)
    return html.fromstring(text)


def submitted(*pairs):
    return MultiDict([("accept", "true"), ("steps-0-title", "开会"), *pairs])


@pytest.mark.usefixtures("app_context")
class TestOnThePage:
    def test_the_variables_and_defaults_fill_a_first_form(self, form):
        root = page(form({"unit": "land", "joint": ["tax"], "day": "2026-10-09", "urgent": True,
                          "steps": [{"title": "一"}, {"title": "二"}], "files": [7]}))
        assert root.xpath("//select[@id='f-unit']/option[@selected]/@value") == ["land"]
        assert root.xpath("//input[@name='joint'][@checked]/@value") == ["tax"]
        assert root.xpath("//input[@name='amount']/@value") == ["5"] and root.xpath("//input[@name='urgent'][@checked]")
        assert root.xpath("//input[@name='day'][@type='date']/@value") == ["2026-10-09"]
        assert root.xpath("//input[contains(@name, '-title')][not(ancestor::template)]/@value") == ["一", "二"]
        assert root.xpath("//input[@name='files'][@type='checkbox']/@value") == ["7"]

    def test_a_decision_is_made_anew_and_its_words_stay_when_the_step_comes_round_again(self, form):
        root = page(form({"accept": False, "reason": "不属于我们", "unit": "land"}))
        assert root.xpath("//input[@name='accept']") and not root.xpath("//input[@name='accept'][@checked]")
        assert root.xpath("//textarea[@name='reason']")[0].text.strip() == "不属于我们"
        assert root.xpath("//select[@id='f-unit']/option[@selected]/@value") == ["land"]

    def test_a_decision_in_a_draft_is_the_persons_own_and_stays(self, form):
        assert page(form(data={"accept": "false"})).xpath("//input[@name='accept'][@checked]/@value") == ["false"]

    def test_a_draft_wins_over_the_variables(self, form):
        draft = {"unit": "tax", "urgent": "true", "amount": "十二", "steps": [{"title": "草稿"}]}
        root = page(form({"unit": "land"}, data=draft))
        assert root.xpath("//select[@id='f-unit']/option[@selected]/@value") == ["tax"]
        assert root.xpath("//input[@name='amount']/@value") == ["十二"]
        assert root.xpath("//input[@name='urgent'][@checked]")
        assert root.xpath("//input[@name='steps-0-title']/@value") == ["草稿"]

    def test_every_control_has_a_label_and_no_id_stands_twice(self, form):
        root = page(form())
        for control in root.xpath("//input | //select | //textarea"):
            labels = root.xpath("//label[@for=$id]", id=control.get("id", "")) or control.xpath("ancestor::label")
            assert labels, html.tostring(control)
        ids = root.xpath("//@id")
        assert len(ids) == len(set(ids))

    def test_choices_stand_in_a_fieldset_with_a_legend(self, form):
        [legend] = page(form()).xpath("//fieldset[@id='f-accept']/legend")
        assert "是否接收" in legend.text_content() and "必填" in legend.text_content()

    def test_help_and_policy_stand_under_the_label(self, form):
        root = page(form())
        assert root.xpath("//textarea/@aria-describedby") == ["f-reason-help"]
        assert root.xpath("//*[@id='f-reason-help']/text()") == ["会显示给交办单位"]
        assert "依据：C5" in root.text_content()

    def test_a_condition_travels_to_the_script_and_one_that_is_settled_does_not(self, form):
        root = page(form())
        [part] = root.xpath("//*[@data-part='reason']")
        assert json.loads(part.get("data-hide-if")) == ["!=", ["field", "accept"], ["value", False]]
        assert json.loads(root.xpath("//*[@data-part='accept']/@data-values")[0]) == {"true": True, "false": False}
        assert not root.xpath("//*[@name='special']") and page(form({"level": "special"})).xpath("//*[@name='special']")

    def test_enter_presses_no_button_of_the_rows(self, form):
        assert not page(form()).xpath("(//button)[1]/@name")

    def test_nothing_runs_and_nothing_is_styled_inline(self, form):
        root = page(form())
        assert not root.xpath("//script | //@style | //@onclick")

    def test_messages_stand_beside_their_fields_and_in_the_summary(self, form):
        task_form = form(formdata=MultiDict([("amount", "十二"), ("steps-3-day", "昨天")]))
        outcome = task_form.judge()
        root = page(task_form)
        assert list(outcome.errors) == ["accept", "amount", "steps-0-title", "steps-0-day"]
        assert root.xpath("//*[@role='alert']//a/@href") == [f"#f-{name}" for name in outcome.errors]
        for name, message in outcome.errors.items():
            [target] = root.xpath("//*[@id=$id]", id=f"f-{name}")
            assert target.get("aria-invalid") == "true"
            error_id = target.get("aria-describedby").split()[-1]
            assert root.xpath("//*[@id=$id]/text()", id=error_id) == [message]
        assert task_form["amount"].errors == ["请填写数字，例如 12 或 3.5"]
        assert root.xpath("//input[@name='amount']/@value") == ["十二"]

    def test_what_was_typed_is_shown_escaped(self, form):
        task_form = form(formdata=submitted(("reason", "</textarea><script>alert(1)</script>"), ("amount", '"><b>')))
        task_form.judge()
        root = page(task_form)
        assert not root.xpath("//script | //main//b[not(ancestor::label)]")
        assert root.xpath("//input[@name='amount']/@value") == ['"><b>']


@pytest.mark.usefixtures("app_context")
class TestSubmitted:
    def test_a_submission_becomes_answers(self, form):
        task_form = form(formdata=submitted(
            ("unit", "tax"), ("joint", "tax"), ("joint", "land"), ("amount", "12"), ("urgent", "true"), ("day", ""),
            ("files", "7"), ("steps-0-day", "2026-10-09"), ("steps-4-title", ""), ("steps-9-title", "验收"),
            ("other", "x")),
            uploaded={"files": [8]})
        outcome = task_form.judge()
        assert not outcome.errors and outcome.answers == {
            "accept": True, "unit": "tax", "joint": ["tax", "land"], "amount": 12, "urgent": True, "day": None,
            "files": [7, 8],
            "steps": [{"title": "开会", "day": "2026-10-09"}, {"title": "验收", "day": None}]}

    def test_what_the_page_shows_is_what_the_page_submits(self, form):
        scope = {"accept": False, "reason": "不属于本单位", "unit": "land", "joint": ["land"], "amount": 1.5,
        "urgent": True,
                 "day": "2026-10-09", "files": [8], "steps": [{"title": "一", "day": "2026-10-10", "late": None}]}
        root = page(form(data=scope))
        document = html.fromstring(f"<form>{html.tostring(root, encoding='unicode')}</form>")
        for template in document.xpath("//template"):
            template.drop_tree()
        outcome = form(scope, formdata=MultiDict(document.xpath("//form")[0].form_values())).judge()
        assert not outcome.errors
        assert outcome.answers == scope | {"steps": [{"title": "一", "day": "2026-10-10"}]}

    def test_rows_are_added_and_removed_without_script(self, form):
        added = form(formdata=submitted(("row-add", "steps")))
        assert added.rows_changed and added.raw["steps"][1:] == [{}]
        assert page(added).xpath("//*[@data-row]/@data-row")[:2] == ["steps-0-", "steps-1-"]
        removed = form(formdata=submitted(("steps-5-title", "验收"), ("row-remove", "steps-0")))
        assert removed.rows_changed and [row["title"] for row in removed.raw["steps"]] == ["验收"]

    @pytest.mark.parametrize("button", [("row-add", "accept"), ("row-add", ""), ("row-remove", "steps-9"),
                                        ("row-remove", "steps"), ("row-remove", "accept-0"), ("row-remove", "joint-0")])
    def test_a_row_button_for_what_is_no_row_changes_nothing(self, form, button):
        assert not form(formdata=submitted(("joint", "tax"), button)).rows_changed

    def test_a_thousand_rows_are_one_too_many_not_a_long_wait(self, form):
        rows = [(f"steps-{number}-title", "x") for number in range(2_000)]
        assert form(formdata=submitted(*rows)).judge().errors["steps"] == "最多填写100行，现在有101行"


@pytest.mark.parametrize(("condition", "expected"), [
    ("a == 'x' and not b", ["and", ["==", ["field", "a"], ["value", "x"]], ["not", ["field", "b"]]]),
    ("a in ['x', null] or level == 'y'",
     ["or", ["in", ["field", "a"], ["list", ["value", "x"], ["value", None]]],
     ["==", ["value", "complex"], ["value", "y"]]]),
    ("len(a) > 1", [">", ["len", ["field", "a"]], ["value", 1]]),
    ("not exists(a)", ["not", ["exists", ["field", "a"]]]),
    ("a + b > 1", None), ("unknown == a", None), ("1 < a < 3", None), ("get(a, 'x')", None), ("a[0] == 1", None),
])
def test_what_the_script_can_work_out_travels(condition, expected):
    travelled = for_the_page(compile_expression(condition), {"a", "b"}, {"level": "complex"})
    assert (None if travelled is None else json.loads(travelled)) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("一\n二", "<p>一<br>二</p>"), ("一\n\n二", "<p>一</p><p>二</p>"),
    ("- 一\n- **二**", "<ul><li>一</li><li><strong>二</strong></li></ul>"),
    ("<b>**&**</b>", "<p>&lt;b&gt;<strong>&amp;</strong>&lt;/b&gt;</p>"),
    ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
    ("", ""),
])
def test_static_text_is_escaped(text, expected):
    assert static_text(text) == expected


def test_the_words_of_a_form_have_the_cases_own_numbers_and_days_as_people_say_them(app_context):
    spec = parse_form(json.dumps({"type": "default", "id": "f", "components": [
        {"type": "text", "text": "{milestone.title}，{milestone.date}前；{nothing.here}{ as written }"},
        {"type": "radio", "key": "level", "label": "{plan_days}日", "description": "共{plan_days}个工作日",
         "values": [{"value": "x", "label": "复杂（{plan_days}个工作日内定方案）"}]},
        {"type": "dynamiclist", "path": "rows", "label": "节点", "components": [
            {"type": "textfield", "key": "what", "label": "第{plan_days}天"}]}]}))
    root = page(build(spec, {"milestone": {"title": "**<送电>**", "date": "2026-03-31"}, "plan_days": 3}, {},
                      now=datetime(2026, 3, 2, 2, tzinfo=UTC), calendar=Calendar()))
    text = root.text_content()
    assert "<送电>，3月31日（周二）前；{ as written }" in text and root.xpath("//strong")[0].text == "<送电>"
    assert root.xpath("//span[@class='form-check-label']/text()") == ["复杂（3个工作日内定方案）"]
    assert "3日" in text and "共3个工作日" in text and "第3天" in text


def test_what_a_variable_holds_is_not_looked_at_for_places_again():
    assert filled("{title}", {"title": "{secret}", "secret": "x"}) == "{secret}"
