"""Forms: what a schema may say, and that one judge decides about answers, in the user's words."""
from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendar import Calendar
from workflows.errors import ExpressionError
from workflows.forms import FormError, parse_form, personal_names, validate

CLOCK = {"now": datetime(2026, 9, 17, 16, 30, tzinfo=UTC), "calendar": Calendar()}  # 00:30 on the 18th in the city


def form(*components, **properties):
    return parse_form(json.dumps({"type": "default", "id": "judge", "components": list(components), **properties}))


def judged(component, raw, scope=None, options=None):
    """The value and the message of a form with one field `a`."""
    component = {"label": "办理结果", "path" if component["type"] == "dynamiclist" else "key": "a", **component}
    result = validate(form(component), {} if raw is ... else {"a": raw}, scope or {}, options=options, **CLOCK)
    return result.answers.get("a"), result.errors.get("a")


def choices(*values):
    return [{"value": value, "label": f"第{value}项"} for value in values]


@pytest.mark.parametrize(("component", "raw", "value"), [
    ({"type": "textfield"}, "  办结 \x00 了\n吗 ", "办结 了 吗"), ({"type": "textfield"}, "   ", None),
    ({"type": "textfield"}, ..., None), ({"type": "textfield"}, 12, "12"),
    ({"type": "textarea"}, " 一\r\n二\r三 \ud800", "一\n二\n三"), ({"type": "textarea"}, "e\u0301", "\u00e9"),
    ({"type": "number"}, "12", 12), ({"type": "number"}, "１，２００.5".replace("，", ","), 1200.5),
    ({"type": "number"}, -3, -3), ({"type": "number"}, 0, 0), ({"type": "number"}, "", None),
    ({"type": "datetime"}, " 2026-09-20 ", "2026-09-20"), ({"type": "datetime"}, None, None),
    ({"type": "checkbox"}, "on", True), ({"type": "checkbox"}, True, True), ({"type": "checkbox"}, ..., False),
    ({"type": "radio", "values": choices(True, False)}, "false", False),
    ({"type": "radio", "values": choices(True, False)}, True, True),
    ({"type": "radio", "values": choices(1, 2)}, "2", 2), ({"type": "select", "values": choices("a", "b")}, "b", "b"),
    ({"type": "select", "values": choices("a")}, "", None),
    ({"type": "checklist", "values": choices("a", "b")}, ["b", "a", "b"], ["b", "a"]),
    ({"type": "checklist", "values": choices("a", "b")}, "b", ["b"]),
    ({"type": "taglist", "values": choices(1)}, ..., []),
    ({"type": "filepicker"}, ["12", 13, "12"], [12, 13]), ({"type": "filepicker"}, ..., []),
    ({"type": "dynamiclist", "components": [{"type": "textfield", "key": "b"}]},
     [{"b": "x", "c": 1}, {"b": " "}, {}], [{"b": "x"}]),
])
def test_what_was_submitted_becomes_a_value_of_the_fields_type(component, raw, value):
    result = judged(component, raw)
    assert result == (value, None) and type(result[0]) is type(value)


@pytest.mark.parametrize(("component", "raw", "message"), [
    ({"type": "textfield", "validate": {"required": True}}, " ", "请填写办理结果"),
    ({"type": "select", "values": choices("a"), "validate": {"required": True}}, ..., "请选择办理结果"),
    ({"type": "checkbox", "validate": {"required": True}}, "off", "请勾选“办理结果”"),
    ({"type": "filepicker", "validate": {"required": True}}, [], "请上传办理结果"),
    ({"type": "dynamiclist", "components": [], "validate": {"required": True}}, [{}], "请至少填写一行办理结果"),
    ({"type": "textarea", "validate": {"maxLength": 200}}, "字" * 231, "最多200字，现在有231字"),
    ({"type": "textarea", "validate": {"minLength": 10}}, "字", "最少10字，现在有1字"),
    ({"type": "textfield"}, "字" * 201, "最多200字，现在有201字"),
    ({"type": "textarea"}, "字" * 5_001, "最多5000字，现在有5001字"),
    ({"type": "textfield", "validate": {"pattern": "\\d{3}"}}, "12", "办理结果的格式不对"),
    ({"type": "textfield", "validate": {"pattern": "\\d{3}"}, "properties": {"patternMessage": "请填三位数"}}, "1",
    "请填三位数"),
    ({"type": "textarea", "validate": {"pattern": "\\d*", "maxLength": 5000}}, "1" * 301, "最多300字，现在有301字"),
    ({"type": "textfield"}, ["a"], "请填写文字"), ({"type": "textfield"}, {"a": 1}, "请填写文字"),
    ({"type": "number"}, "十二", "请填写数字，例如 12 或 3.5"),
    ({"type": "number"}, "nan", "请填写数字，例如 12 或 3.5"),
    ({"type": "number"}, "1e3", "请填写数字，例如 12 或 3.5"), ({"type": "number"}, True, "请填写数字，例如 12 或 3.5"),
    ({"type": "number"}, float("inf"), "数太大"), ({"type": "number"}, "9" * 16, "数太大"),
    ({"type": "number", "validate": {"min": 1, "max": 5}}, "0", "不能小于1"),
    ({"type": "number", "validate": {"min": 1, "max": 5}}, "5.5", "不能大于5"),
    ({"type": "number", "decimalDigits": 0}, "1.5", "请填写整数"),
    ({"type": "number", "decimalDigits": 2}, 1.234, "最多2位小数"),
    ({"type": "datetime"}, "2026-02-30", "日期请写成 2025-03-01 的样子"),
    ({"type": "datetime"}, 5, "日期请写成 2025-03-01 的样子"),
    ({"type": "datetime", "disallowPassedDates": True}, "2026-09-17", "不能早于今天"),
    ({"type": "checkbox"}, "maybe", "请勾选或不勾选"), ({"type": "checkbox"}, ["on"], "请勾选或不勾选"),
    ({"type": "select", "values": choices("a")}, "c", "请从列表中选择，刚才选的已不在列表里"),
    ({"type": "select", "values": choices("a")}, ["a"], "请从列表中选择"),
    ({"type": "checklist", "values": choices("a"), "validate": {"minLength": 2}}, ["a"], "最少选择2项，现在有1项"),
    ({"type": "filepicker", "validate": {"maxLength": 1}}, [1, 2], "最多上传1项，现在有2项"),
    ({"type": "filepicker"}, ["../etc/passwd"], "附件没有传上来，请重新选择文件"),
    ({"type": "filepicker"}, [-1], "附件没有传上来，请重新选择文件"),
    ({"type": "dynamiclist", "components": [{"type": "textfield", "key": "b"}], "properties": {"maxRows": "1"}},
     [{"b": 1}, {"b": 2}], "最多填写1行，现在有2行"),
    ({"type": "dynamiclist", "components": []}, "text", "请逐行填写"),
    ({"type": "dynamiclist", "components": []}, ["text"], "请逐行填写"),
])
def test_a_fault_is_told_in_the_users_words(component, raw, message):
    assert judged(component, raw)[1] == message


def test_today_is_no_passed_date_even_just_after_the_citys_midnight():
    assert judged({"type": "datetime", "disallowPassedDates": True}, "2026-09-18") == ("2026-09-18", None)


def test_false_answers_a_required_choice():
    yes_no = {"type": "radio", "values": choices(True, False), "validate": {"required": True}}
    assert judged(yes_no, "false") == (False, None)
    assert judged(yes_no, ...)[1] == "请选择办理结果"


def test_only_the_forms_own_fields_are_written():
    spec = form({"type": "textfield", "key": "reply"}, {"type": "text", "text": "说明"}, {"type": "separator"},
                {"type": "button", "key": "send", "label": "发送"})
    result = validate(spec, {"reply": "好", "lead_unit": "tax", "send": "1"}, {"lead_unit": "land"}, **CLOCK)
    assert result.answers == {"reply": "好"} and spec.writes() == ("reply",)


def test_a_hidden_field_is_neither_required_nor_written():
    spec = form({"type": "radio", "key": "accept", "label": "是否接收", "values": choices(True, False)},
                {"type": "textarea", "key": "reason", "label": "退回理由", "validate": {"required": True},
                 "conditional": {"hide": "=accept"}})
    assert validate(spec, {"accept": "true", "reason": "不该写"}, {}, **CLOCK).answers == {"accept": True}
    assert validate(spec, {"accept": "false"}, {}, **CLOCK).errors == {"reason": "请填写退回理由"}


def test_a_hidden_field_counts_as_empty_for_the_conditions_after_it():
    spec = form({"type": "checkbox", "key": "joint"},
                {"type": "textfield", "key": "unit", "conditional": {"hide": "not joint"}},
                {"type": "textfield", "key": "why", "label": "理由", "conditional": {"hide": "unit == null"},
                 "validate": {"required": True}})
    assert validate(spec, {"unit": "tax"}, {}, **CLOCK).errors == {}
    assert validate(spec, {"joint": "on", "unit": "tax"}, {}, **CLOCK).errors == {"why": "请填写理由"}


def test_a_condition_sees_the_instances_variables_under_the_forms_own():
    spec = form({"type": "textfield", "key": "note", "conditional": {"hide": "level == 'general'"}})
    assert validate(spec, {"note": "x"}, {"level": "general"}, **CLOCK).answers == {}
    assert validate(spec, {"note": "x", "level": "general"}, {"level": "complex"}, **CLOCK).answers == {"note": "x"}
    with pytest.raises(ExpressionError, match="level"):
        validate(spec, {"note": "x"}, {}, **CLOCK)
    assert [sorted(expression.names) for expression in spec.expressions] == [["level"]]


def test_a_hidden_group_hides_all_that_is_in_it():
    spec = form({"type": "checkbox", "key": "complex"},
                {"type": "group", "label": "方案", "conditional": {"hide": "not complex"}, "components": [
                    {"type": "textfield", "key": "plan", "label": "方案", "validate": {"required": True}}]})
    assert validate(spec, {"plan": "x"}, {}, **CLOCK).answers == {"complex": False}
    assert validate(spec, {"complex": "on"}, {}, **CLOCK).errors == {"plan": "请填写方案"}
    assert spec.writes() == ("complex", "plan")


def test_rows_are_judged_one_by_one_and_named_as_on_the_page():
    spec = form({"type": "dynamiclist", "path": "milestones", "label": "节点", "components": [
        {"type": "textfield", "key": "title", "label": "事项", "validate": {"required": True}},
        {"type": "datetime", "key": "date", "dateLabel": "日期", "validate": {"required": True}},
        {"type": "textfield", "key": "note", "conditional": {"hide": "date == null"}},
        {"type": "checkbox", "key": "key"}]})
    rows = [{"title": "开会", "date": "2026-10-09", "note": "n", "key": "on", "other": 1}, {"title": "", "key": "off"},
            {"date": "昨天"}, {"title": "验收", "note": "n"}]
    result = validate(spec, {"milestones": rows}, {}, **CLOCK)
    assert result.errors == {"milestones-2-title": "请填写事项", "milestones-2-date": "日期请写成 2025-03-01 的样子",
                             "milestones-3-date": "请选择日期"}
    assert validate(spec, {"milestones": rows[:2]}, {}, **CLOCK).answers == {
        "milestones": [{"title": "开会", "date": "2026-10-09", "note": "n", "key": True}]}


def test_choices_of_the_application_are_held_to_its_list():
    unit = {"type": "select", "valuesKey": "units"}
    assert judged(unit, "tax", options={"units": [("tax", "税务局")]}) == ("tax", None)
    assert judged(unit, "land", options={"units": [("tax", "税务局")]})[1] == "请从列表中选择，刚才选的已不在列表里"
    assert judged(unit, "tax", options={})[1] == "请从列表中选择，刚才选的已不在列表里"
    assert judged(unit, "tax") == ("tax", None)


def test_only_files_that_the_application_knows_may_be_named():
    picker = {"type": "filepicker", "multiple": True}
    assert judged(picker, ["7"], options={"attachments": [(7, "合同.pdf")]}) == ([7], None)
    assert judged(picker, ["8"], options={"attachments": [(7, "合同.pdf")]})[1] == "附件没有传上来，请重新选择文件"


def test_a_schema_becomes_fields():
    spec = form(
        {"type": "number", "key": "n", "label": "数", "description": "帮助", "validate": {"min": "1", "max": 2.5}},
        {"type": "datetime", "key": "d", "subtype": "date", "dateLabel": "日期"},
        {"type": "text", "text": "**注意**"},
        {"type": "textfield", "key": "t", "defaultValue": "x",
        "properties": {"showPolicy": "C3", "patternMessage": "m"}},
        {"type": "taglist", "key": "m", "valuesKey": "joint_units", "defaultValue": ["tax"]})
    number, date, text, field, tags = spec.fields
    assert (number.label, number.help, number.min, number.max) == ("数", "帮助", 1, 2.5)
    assert (date.label, text.help, text.key) == ("日期", "**注意**", "")
    assert (field.default, dict(field.properties)) == ("x", {"showPolicy": "C3"})
    assert (tags.choices_from, tags.multiple, tags.default) == ("joint_units", True, ["tax"])


@pytest.mark.parametrize(("component", "reason"), [
    ({"type": "image", "key": "a"}, "不支持的字段类型“image”"), ({"key": "a"}, "不支持的字段类型"),
    ("text", "不支持的字段类型"),
    ({"type": "textfield"}, "键"), ({"type": "textfield", "key": "a b"}, "键"),
    ({"type": "textfield", "key": "_a"}, "键"),
    ({"type": "textfield", "key": "a-1"}, "键"), ({"type": "dynamiclist", "key": "a", "components": []}, "键"),
    ({"type": "textfield", "key": "a", "disabled": True}, "disabled"),
    ({"type": "textfield", "key": "a", "readonly": "=x"}, "readonly"),
    ({"type": "select", "key": "a", "valuesExpression": "=x"}, "valuesExpression"),
    ({"type": "group", "path": "x", "components": []}, "path"),
    ({"type": "textfield", "key": "a", "validate": {"validationType": "email"}}, "pattern"),
    ({"type": "textfield", "key": "a", "validate": {"maxWords": 1}}, "maxWords"),
    ({"type": "textfield", "key": "a", "validate": {"pattern": "(a+)+"}}, "重复"),
    ({"type": "textfield", "key": "a", "validate": {"maxLength": "many"}}, "many"),
    ({"type": "textfield", "key": "a", "validate": {"maxLength": -1}}, "不小于零"),
    ({"type": "number", "key": "a", "validate": {"min": "nan"}}, "nan"),
    ({"type": "datetime", "key": "a", "subtype": "time"}, "subtype"), ({"type": "select", "key": "a"}, "选项"),
    ({"type": "select", "key": "a", "values": [], "valuesKey": "units"}, "选项"),
    ({"type": "select", "key": "a", "values": choices("a", "a")}, "重复"),
    ({"type": "select", "key": "a", "values": choices(1, "1")}, "重复"),
    ({"type": "select", "key": "a", "values": [{"label": "x"}]}, "选项值"),
    ({"type": "select", "key": "a", "values": "ab"}, "values"),
    ({"type": "textfield", "key": "a", "conditional": {"hide": "=a.b"}}, "隐藏条件"),
    ({"type": "textfield", "key": "a", "conditional": "x"}, "conditional"),
    ({"type": "textfield", "key": "a", "validate": [1]}, "validate"),
    ({"type": "textfield", "key": "a", "defaultValue": ["x"]}, "默认值"),
    ({"type": "checklist", "key": "a", "values": choices("a"), "defaultValue": "a"}, "默认值"),
    ({"type": "group"}, "components"),
    ({"type": "dynamiclist", "path": "a", "components": [{"type": "filepicker", "key": "b"}]}, "附件"),
    ({"type": "group", "components": [{"type": "textfield", "key": "same"}, {"type": "textfield", "key": "same"}]},
    "用了2次"),
    ({"type": "select", "key": "a", "values": choices("a"), "properties": {"personal": "true"}}, "不能标为个人信息"),
    ({"type": "textfield", "key": "a", "properties": {"personal": "yes"}}, "personal"),
])
def test_a_schema_that_cannot_be_kept_is_refused_with_the_reason(component, reason):
    with pytest.raises(FormError, match=reason):
        form(component)


def test_all_faults_are_told_at_once():
    with pytest.raises(FormError) as refused:
        form({"type": "image"}, {"type": "textfield", "key": "1"}, {"type": "select", "key": "a"}, id="")
    assert len(refused.value.reasons) == 4


@pytest.mark.parametrize("text",
    ["", "{", "[]", "1", '{"components": 1, "id": "x"}', '{"id": "x"}', '{"type": "other"}', "[" * 9999,
                                  " " * 200_001])
def test_what_is_no_form_is_refused(text):
    with pytest.raises(FormError):
        parse_form(text)


def test_what_is_written_in_ones_own_words_may_be_called_personal():
    spec = form({"type": "textfield", "key": "phone", "properties": {"personal": "true"}},
                {"type": "textarea", "key": "measures", "properties": {"personal": "false"}},
                {"type": "dynamiclist", "path": "milestones", "components": [
                    {"type": "textfield", "key": "responsible", "properties": {"personal": "true"}},
                    {"type": "textfield", "key": "title"}]},
                {"type": "group", "components": [
                    {"type": "dynamiclist", "path": "people", "properties": {"personal": "true"}, "components": []}]})
    assert set(personal_names(spec.fields)) == {"phone", "milestones.responsible", "people"}
    assert spec.fields[0].properties == {}


def test_a_form_has_a_bounded_number_of_fields():
    with pytest.raises(FormError, match="最多200个字段"):
        form(*({"type": "textfield", "key": f"k{n}"} for n in range(300)))


EVERY_TYPE = form(
    {"type": "textfield", "key": "t"}, {"type": "textarea", "key": "l"}, {"type": "number", "key": "n"},
    {"type": "datetime", "key": "d"}, {"type": "select", "key": "s", "values": choices("a", 1, True)},
    {"type": "checkbox", "key": "c"}, {"type": "taglist", "key": "m", "values": choices("a", "b")},
    {"type": "filepicker", "key": "f"}, {"type": "textfield", "key": "h", "conditional": {"hide": "c"}},
    {"type": "dynamiclist", "path": "r",
    "components": [{"type": "textfield", "key": "b"}, {"type": "checkbox", "key": "k"}]})
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
                    st.sampled_from(["a", "1", "true", "on", "2026-09-18", "12.5"]))
SUBMITTED = st.one_of(SCALARS,
st.lists(st.one_of(SCALARS, st.dictionaries(st.sampled_from("bkx"), SCALARS)), max_size=3))


@given(st.dictionaries(st.sampled_from("tlndscmfhrx"), SUBMITTED))
def test_whatever_is_submitted_is_judged_and_accepted_answers_are_accepted_again(raw):
    first = validate(EVERY_TYPE, raw, {}, **CLOCK)
    if not first.errors:
        assert set(first.answers) <= set(EVERY_TYPE.writes())
        assert validate(EVERY_TYPE, json.loads(json.dumps(first.answers)), {}, **CLOCK) == first


PARTS = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
    ["type", "key", "path", "label", "values", "value", "validate", "min", "maxLength", "pattern", "properties",
    "conditional", "hide",
     "components", "defaultValue", "valuesKey", "minRows"]),
     inner | st.sampled_from(["textfield", "select", "dynamiclist", "group", "k"]),
    max_size=6), max_leaves=20)


@given(st.lists(PARTS, max_size=3))
def test_no_schema_breaks_the_reader(components):
    try:
        parse_form(json.dumps({"id": "x", "components": components}))
    except FormError as refused:
        assert refused.reasons  # noqa: PT017 - it may as well be fine
