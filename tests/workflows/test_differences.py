"""Differences between two versions, in words, and which of them two people have to agree to."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.workflows import diagrams as d
from workflows.content import read_folder
from workflows.differences import differences

BPMN = Path(__file__).parents[2] / "bpmn"
DIAGRAM = "p/p.bpmn"
LIFE, PLAN = "issue-lifecycle/issue-lifecycle.bpmn", "five-working-day-plan/five-working-day-plan.bpmn"
ROUTING = "issue-lifecycle/routing.dmn"
OLD = d.diagram(
    d.start(), d.user("draft", due="working_days(plan_days)"), d.user("approve", due="working_days(5)"),
    d.xor("again", default="end"), d.end(), d.flow("start", "draft", "approve", "again", "end"),
    d.flow("again", "draft", when="agreed == false"), variables='{"plan_days": 5, "agreed": null}')


def told(new: str, old: str = OLD, **others: str) -> list[tuple[str, bool]]:
    found = differences(d.files(old), d.files(new, **others), {"miit": "市工信局", "head": "负责人"})
    return [(str(change.text), change.weighty) for change in found.changes]


def test_the_same_files_have_no_differences():
    assert told(OLD) == []


@pytest.mark.parametrize(("before", "after", "words", "weighty"), [
    ("working_days(5)", "working_days(3)", "步骤「approve」的时限由 5个工作日 改为 3个工作日", True),
    ("working_days(5)", "months(1)", "步骤「approve」的时限由 5个工作日 改为 1个月", True),
    ("working_days(5)", "later_on", "步骤「approve」的时限由 working_days(5) 改为 later_on", True),
    ("agreed == false", "agreed != true", "连线「again → draft」的条件由 agreed == false 改为 agreed != true", True),
    ('name="approve"', 'name="审定"', "步骤「approve」的名称由 approve 改为 审定", False),
    ('value="\'miit\'"', 'value="lead_unit"', "泳道「lane_p」的单位由 「市工信局」 改为 lead_unit", True),
    ("agreed == false", "agreed == 'miit'",
     "连线「again → draft」的条件由 agreed == false 改为 agreed == 'miit'", True),
    ('default="f_again_end"', "", "判断「again」不再有默认去向（原为 「end」）", True),
    ('sourceRef="again" targetRef="end"', 'sourceRef="again" targetRef="approve"',
     "连线「again → end」的终点由 「end」 改为 「approve」", True),
])
def test_a_change_is_told_in_words(before: str, after: str, words: str, weighty: bool):
    assert told(OLD.replace(before, after)) == [(words, weighty)]


def test_a_changed_parameter_is_told_at_every_step_whose_limit_it_moves():
    assert told(OLD.replace('"plan_days": 5', '"plan_days": 3')) == [
        ("流程「p」的参数「plan_days」由 5 改为 3", True), ("步骤「draft」的时限由 5个工作日 改为 3个工作日", True)]


def test_a_limit_is_followed_through_derived_variables():
    files = read_folder(BPMN, "five-working-day-plan")
    path = "five-working-day-plan/five-working-day-plan.bpmn"
    new = files | {path: files[path].replace("plan_days&quot;: 5", "plan_days&quot;: 3")}
    assert "步骤「起草办理方案」的时限由 5个工作日 改为 3个工作日" in [
        change.text for change in differences(files, new).changes]


def test_what_reads_a_changed_parameter_is_told_below_it_and_marked_in_every_diagram():
    """The number stands in the life's diagram; a table makes a limit of it that the plan's diagram counts."""
    files = read_folder(BPMN, "issue-lifecycle")
    new = files | {LIFE: files[LIFE].replace("plan_days&quot;: 5", "plan_days&quot;: 3", 1)}
    found = differences(files, new)
    told = [(change.kind, change.element, str(change.text)) for change in found.changes]
    assert told[0] == ("changed", "issue-lifecycle",
                       "流程「企业反映困难问题办理」的参数「制定方案的工作日数」由 5 改为 3")
    assert {kind for kind, _, _ in told[1:]} == {"follows"}
    assert {("follows", "plan_overdue", "附着事件「第五个工作日结束」的时限由 5个工作日 变为 3个工作日"),
            ("follows", "plan_reminded", "结束「已提醒」的通知的文字用到它"),
            ("follows", "judge", "步骤「研判」的表单用到它")} <= set(told)
    assert "plan_reminder" not in {element for _, element, _ in told}
    marks = {pair.path: pair.marks for pair in found.diagrams}
    assert marks[PLAN]["plan_overdue"] == marks[LIFE]["judge"] == "follows"
    assert marks[LIFE]["issue-lifecycle"] == "changed"


def test_a_parameter_that_its_caller_decides_moves_nothing():
    files = read_folder(BPMN, "issue-lifecycle")
    new = files | {PLAN: files[PLAN].replace("plan_days&quot;: 5", "plan_days&quot;: 3", 1)}
    assert {change.kind for change in differences(files, new).changes} == {"changed"}


def test_a_parameter_is_told_by_its_words_and_where_its_caller_decides_it():
    files = read_folder(BPMN, "issue-lifecycle")
    own, called = ("issue-lifecycle/issue-lifecycle.bpmn", "five-working-day-plan/five-working-day-plan.bpmn")
    better = {own: files[own].replace("approve_days&quot;: 1", "approve_days&quot;: 2")}
    found = differences(files, {**files, **better})
    assert "步骤「审定办理方案」的时限由 1个工作日 改为 2个工作日" in [change.text for change in found.changes]
    assert [pair.marks.get("approve_plan") for pair in found.diagrams] == ["follows", None]
    vain = {called: files[called].replace("plan_days&quot;: 5", "plan_days&quot;: 3")}
    assert [change.text for change in differences(files, {**files, **vain}).changes] == [
        "流程「五个工作日办理方案」的参数「制定方案的工作日数」（调用它的流程里另有，这里的不起作用）由 5 改为 3"]


def test_what_a_file_says_of_itself_although_it_holds_anyway_is_no_difference():
    plain = OLD.replace('id="draft"', 'id="draft" isForCompensation="false" startQuantity="1"')
    assert plain != OLD
    assert [text for text, weighty in told(plain) if weighty] == []


def test_a_new_step_is_told_once_and_marked_with_its_flows():
    new = OLD.replace(d.flow("start", "draft"), d.user("sort") + d.flow("start", "sort", "draft"))
    found = differences(d.files(OLD), d.files(new))
    assert [str(change.text) for change in found.changes] == ["去掉连线「start → draft」", "新增步骤「sort」"]
    (pair,) = found.diagrams
    assert {id: pair.marks[id] for id in ("sort", "f_start_sort", "f_sort_draft", "f_start_draft")} == {
        "sort": "added", "f_start_sort": "added", "f_sort_draft": "added", "f_start_draft": "removed"}


def test_the_order_in_which_ways_are_tried_is_a_change():
    flows = [d.flow("again", "end"), d.flow("again", "draft", when="agreed == false")]
    assert "".join(flows) in OLD
    assert told(OLD.replace("".join(flows), "".join(reversed(flows)))) == [
        ("判断「again」各条去向的判断先后有改动", True)]


def test_shapes_that_only_moved_are_counted_and_marked():
    shape = ('<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
             'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"><bpmndi:BPMNPlane><bpmndi:BPMNShape '
             'bpmnElement="draft"><dc:Bounds x="%s" y="10" width="100" height="80"/></bpmndi:BPMNShape>'
             "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>")
    there, back = (OLD.replace("</bpmn:definitions>", shape % x) for x in ("10", "60.0"))
    assert told(back, there) == [("挪动了1个图形的位置，不影响办理", False)]
    assert told(there.replace('"10" y', '"10.0" y'), there) == [("文件“p/p.bpmn”只有写法上的改动，不影响办理", False)]


def test_what_nobody_has_a_word_for_is_told_as_well():
    odd = OLD.replace('<bpmn:userTask id="approve"', '<bpmn:userTask completionQuantity="2" id="approve"')
    assert told(odd) == [("步骤「approve」设了其他设置（completionQuantity）：2", True)]


def test_a_decision_table_is_compared_cell_by_cell():
    files = read_folder(BPMN, "issue-lifecycle")
    changed = files | {ROUTING: files[ROUTING].replace("<text>5</text>", "<text>6</text>", 1)}
    assert [(str(c.text), c.weighty) for c in differences(files, changed).changes] == [
        ("决策表「职责对照表」规则1的「专项行动」由 5 改为 6", True)]


def test_a_unit_in_a_table_is_told_by_name_and_the_same_word_of_a_category_is_not():
    files = read_folder(BPMN, "issue-lifecycle")
    text = files[ROUTING].replace("<text>place</text>", '<text>"finance"</text>', 1)
    text = text.replace('<text>"financing"</text>', '<text>"finance"</text>', 1)
    found = differences(files, files | {ROUTING: text}, {"finance": "市财政局"})
    assert [str(change.text) for change in found.changes] == [
        '决策表「职责对照表」规则1的「困难类别」由 "financing" 改为 "finance"',
        "决策表「职责对照表」规则1的「主办单位」由 place 改为 「市财政局」"]


def test_rules_come_and_go_and_change_places():
    files = read_folder(BPMN, "issue-lifecycle")
    first, second = (files[ROUTING].index(f'<rule id="routing_rule_{n}">') for n in (1, 2))
    third = files[ROUTING].index('<rule id="routing_rule_3">')
    text, one, two = files[ROUTING], files[ROUTING][first:second], files[ROUTING][second:third]
    without = [str(c.text) for c in differences(files, files | {ROUTING: text.replace(one, "")}).changes]
    assert len(without) == 1 and without[0].startswith("决策表「职责对照表」去掉规则1：困难类别 \"financing\"、")
    again = [c.text[:15] for c in differences(files | {ROUTING: text.replace(one, "")}, files).changes]
    assert again == ["决策表「职责对照表」新增规则1"]
    assert [str(c.text) for c in differences(files, files | {ROUTING: text.replace(one + two, two + one)}).changes] == [
        "决策表「职责对照表」的规则先后有改动"]


def test_a_form_is_compared_field_by_field_and_named_by_its_step():
    field = {"key": "reason", "label": "理由", "type": "textarea", "validate": {"required": True}}
    forms = [json.dumps({"type": "default", "components": components}) for components in (
        [field, {"key": "note", "label": "备注", "type": "textfield"}],
        [field | {"validate": {"required": False}, "conditional": {"hide": "=level == 1"}}])]
    old, new = ({**d.files(OLD), "p/forms/plain.form.json": form} for form in forms)
    assert [(str(c.text), c.weighty) for c in differences(old, new).changes] == [
        ("表单「draft、approve」去掉字段「备注」", False),
        ("表单「draft、approve」的字段「理由」的必填由 是 改为 否", False),
        ("表单「draft、approve」的字段「理由」设了隐藏条件：=level == 1", True)]


def test_what_is_personal_no_more_takes_two_administrators():
    field = {"key": "note", "label": "备注", "type": "textarea"}
    forms = [json.dumps({"type": "default", "components": [field | more]}) for more in (
        {"properties": {"personal": "true"}}, {})]
    old, new = ({**d.files(OLD), "p/forms/plain.form.json": form} for form in forms)
    (change,) = differences(old, new).changes
    assert change.weighty and "的字段「备注」" in change.text and "个人信息" in change.text


def test_any_other_file_is_compared_as_text_and_weighs():
    old, new = (d.files(OLD) | {"p/policy.yaml": text} for text in ("a\nb\n", "a\nc\n"))
    (change,) = differences(old, new).changes
    assert (str(change.text), change.weighty, change.before, change.after) == (
        "文件“p/policy.yaml”有改动", True, "b", "c")


def test_what_cannot_be_read_is_compared_as_text():
    assert told("<not xml") == [("文件“p/p.bpmn”有改动", True)]
