"""Answers of a form, in words."""
from __future__ import annotations

import json

from app.issues.answers import Answer, Names, describe
from workflows.forms import parse_form

FORM = parse_form(json.dumps({"id": "f", "type": "default", "schemaVersion": 18, "components": [
    {"type": "radio", "key": "level", "label": "类型", "values": [{"value": "general", "label": "一般"}]},
    {"type": "select", "key": "lead", "label": "牵头单位", "valuesKey": "units"},
    {"type": "select", "key": "category", "label": "类别", "valuesKey": "categories"},
    {"type": "taglist", "key": "joint", "label": "配合单位", "valuesKey": "units"},
    {"type": "checkbox", "key": "told", "label": "已告知"},
    {"type": "textarea", "key": "note", "label": "说明"},
    {"type": "dynamiclist", "path": "steps", "key": "steps", "label": "里程碑", "components": [
        {"type": "textfield", "key": "title", "label": "事项"},
        {"type": "datetime", "subtype": "date", "key": "date", "label": "日期"}]}]}))
NAMES = Names({"tax": "税务局", "land": "市自然资源局"}, {7: "李思源"})


def test_codes_become_the_names_that_people_know_even_where_a_unit_is_called_like_a_category() -> None:
    values = {"level": "general", "lead": "land", "category": "land", "joint": ["tax", "gone"], "told": True}
    assert [(answer.label, answer.text) for answer in describe(FORM, values, NAMES)] == [
        ("类型", "一般"),
        ("牵头单位", "市自然资源局"), ("类别", "用地"), ("配合单位", "税务局、gone"), ("已告知", "是")]


def test_rows_become_a_table_and_long_texts_are_marked() -> None:
    values = {"note": "先联系银行", "steps": [{"title": "预审", "date": "2026-12-20"}, {"title": "批复"}]}
    assert describe(FORM, values, NAMES) == [
        Answer("说明", "先联系银行", long=True),
        Answer("里程碑", columns=("事项", "日期"), rows=(("预审", "2026年12月20日"), ("批复", "")))]


def test_what_was_left_empty_and_what_the_form_does_not_know_is_left_out() -> None:
    assert describe(FORM, {"note": "", "level": None, "joint": [], "other": 1}, NAMES) == []
    assert describe(None, {"note": "x"}, NAMES) == []
