"""Policy rules: what is written down is kept by the diagram that we ship, and a change that breaks it is found."""
from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from tests.sizes import tell
from tests.workflows.diagrams import (
    boundary,
    declare,
    diagram,
    end,
    event,
    files,
    flow,
    node,
    script,
    start,
    sub,
    timer,
    user,
    xor,
)
from workflows.checks import Findings, check, examine
from workflows.content import read_folder
from workflows.policy import Broken, broken
from workflows.policy_file import PolicyError, parse_policy

BPMN = Path(__file__).parents[2] / "bpmn"
SHIPPED = read_folder(BPMN, "issue-lifecycle")
LIFE, PLAN, LIMITS = ("issue-lifecycle/issue-lifecycle.bpmn", "five-working-day-plan/five-working-day-plan.bpmn",
                      "issue-lifecycle/limits.dmn")
Change = tuple[str, str, str]
"""A file, a text in it, and what it becomes."""


def changed(*changes: Change) -> dict[str, str]:
    made = dict(SHIPPED)
    for path, text, by in changes:
        assert text in made[path], text
        made[path] = made[path].replace(text, by)
    return made


def skip(path: str, source: str, target: str, other: str) -> Change:
    """Lets a flow lead somewhere else at times."""
    flow_id = f"flow_{source}__{target}"
    old = f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}"/>'
    return path, old, (f'<bpmn:exclusiveGateway id="g_skip" name="跳过？" default="{flow_id}"/>'
                       f'<bpmn:sequenceFlow id="to_skip" sourceRef="{source}" targetRef="g_skip"/>'
                       f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="g_skip" targetRef="{target}"/>'
                       f'<bpmn:sequenceFlow id="skipping" sourceRef="g_skip" targetRef="{other}">'
                       '<bpmn:conditionExpression>channel == "phone"</bpmn:conditionExpression></bpmn:sequenceFlow>')


def parameter(path: str, name: str, old: int, new: int) -> Change:
    return path, f"&quot;{name}&quot;: {old},", f"&quot;{name}&quot;: {new},"


def test_the_processes_that_we_ship_keep_what_the_plan_promises() -> None:
    begun = time.process_time()
    assert examine("issue-lifecycle", SHIPPED) == Findings([], [])
    examined = time.process_time()
    assert broken("issue-lifecycle", SHIPPED) == []
    assert "issue-lifecycle/policy.yaml" in SHIPPED
    tell(f"checks of issue-lifecycle: all but the policy {examined - begun:.2f} s, the policy's rules "
         f"{time.process_time() - examined:.2f} s")


def test_every_clause_of_the_life_of_an_issue_has_a_rule() -> None:
    policy = parse_policy(SHIPPED["issue-lifecycle/policy.yaml"])
    clauses = {rule.clause for rule in policy.rules}
    assert clauses == {"C1", "C2", "C3", "C4", "C5", "C6", "C7", "C10", "C11", "C12"}
    assert all(rule.says for rule in policy.rules)


def only(clause: str) -> str:
    """The shipped rules of a clause."""
    content = yaml.safe_load(SHIPPED["issue-lifecycle/policy.yaml"])
    content["rules"] = [rule for rule in content["rules"] if rule["clause"] == clause]
    return str(yaml.safe_dump(content, allow_unicode=True))


BREAKS: dict[str, tuple[str, str, str, list[Change]]] = {
    "seven working days for the plan": ("C3", "plan_overdue", "期限可到7个工作日，超过5个工作日",
                                        [parameter(LIFE, "plan_days", 5, 7)]),
    "calendar days for the plan": ("C3", "plan_overdue", "期限可到1个月，超过5个工作日",
                                   [(LIMITS, '"P" + text(plan_days) + "D"', '"P1M"')]),
    "a plan that nobody approves": ("C3", "execute_plan", "有一条路不经“审定办理方案”就到了“按方案推进办理”",
                                    [skip(PLAN, "draft_plan", "approve_plan", "g_special_plan")]),
    "no step of approving at all": ("C3", "", "图上没有“approve_plan”了", [
        (PLAN, f"{before}approve_plan{after}", f"{before}look{after}")
        for before, after in (('id="', '"'), ('Ref="', '"'), (">", "<"))]),
    "complex issues handled without a plan": ("C3", "handle", "有一条路不经“审定办理方案”就到了“办理”",
                                              [(LIFE, 'level != "general" and not plan_made', "not plan_made and "
                                                'level == "special"')]),
    "the plan's clock somewhere else": ("C3", "plan_overdue", "不再附在",
                                        [(PLAN, 'id="plan_overdue" name="第五个工作日结束" attachedToRef="planning"',
                                          'id="plan_overdue" name="第五个工作日结束" attachedToRef="driving"')]),
    "the plan's clock from now": ("C3", "plan_overdue", "期限不是从“plan_from”起算的",
                                  [(PLAN, ">plan_due_at</bpmn:timeDate>", ">after(now(), working_days(5))"
                                    "</bpmn:timeDate>")]),
    "no clock": ("C3", "plan_overdue", "这里没有期限", [(PLAN, ">plan_due_at</bpmn:timeDate>",
                                                   ">null</bpmn:timeDate>")]),
    "two months for a general issue": ("C4", "", "期限可到2个月，超过1个月",
                                       [parameter(LIFE, "general_months", 1, 2)]),
    "four months for a complex issue": ("C4", "", "期限可到4个月，超过3个月",
                                       [parameter(LIFE, "complex_months", 3, 4)]),
    "a special plan without the leader": ("C4", "execute_plan", "有一条路不经“签批一企一策方案”",
                                          [(PLAN, 'level == "special"</bpmn:conditionExpression>',
                                            'level == "never"</bpmn:conditionExpression>')]),
    "two days to sort": ("C2", "sort", "期限可到2个工作日，超过1个工作日", [parameter(LIFE, "sort_days", 1, 2)]),
    "no limit on sorting": ("C2", "sort", "这里没有期限", [(LIFE, 'name="due" value="working_days(sort_days)"',
                                                    'name="note" value=""')]),
    "judging without sorting": ("C1", "judge", "有一条路不经“梳理”就到了“研判”",
                                [skip(LIFE, "m_sort", "sort", "g_sort")]),
    "handling without judging": ("C1", "dispatch", "有一条路不经“研判”就到了",
                                 [skip(LIFE, "submit_judging", "judge", "set_clocks")]),
    "no routing": ("C5", "work", "有一条路不经“匹配职责”就到了“办理”",
                   [skip(LIFE, "set_clocks", "route", "set_limits")]),
    "a lead that need not wait for joint units": (
        "C5", "draft_reply", "有一条路不经“协办单位并行办理”就到了“起草答复”",
        [(LIFE, '<bpmn:endEvent id="work_end" name="办理完毕">', '<bpmn:endEvent id="work_end" name="办理完毕">'
          '<bpmn:terminateEventDefinition/>'), skip(LIFE, "m_lead", "work_join", "work_end")]),
    "closing without an answer": ("C6", "close_issue", "有一条路不经“答复企业”就到了“办结归档”",
                                  [skip(LIFE, "begin_feedback", "draft_reply", "handling_end")]),
    "an answer that nobody approves": ("C6", "send_reply", "有一条路不经“审定答复”就到了“答复企业”",
                                       [skip(LIFE, "draft_reply", "approve_reply", "g_rework")]),
    "a rework that nobody looks at": ("C6", "send_reply", "有一条路不经“督办审看”就到了“答复企业”",
                                      [(LIFE, ">rework</bpmn:conditionExpression>",
                                        ">rework and settled</bpmn:conditionExpression>")]),
    "the handler telephones about it": ("C6", "phone_follow_up", "都由“主办单位经办人”办，会是同一个人",
                                        [(LIFE, "<bpmn:flowNodeRef>phone_follow_up</bpmn:flowNodeRef>", ""),
                                         (LIFE, "<bpmn:flowNodeRef>handle</bpmn:flowNodeRef>",
                                          "<bpmn:flowNodeRef>handle</bpmn:flowNodeRef>"
                                          "<bpmn:flowNodeRef>phone_follow_up</bpmn:flowNodeRef>")]),
    "what needs the city stays where it is": ("C7", "draft_reply", "有一条路不经“上报市级”就到了“起草答复”",
                                              [(LIFE, 'needs_city and scope_place != "city"',
                                                'needs_city and scope_place == "zone"')]),
    "undisputed arrears assigned like anything": ("C11", "dispatch", "有一条路不经“立即清偿”就到了“交办”",
                                                  [(LIFE, "rework or settled or undisputed_arrears",
                                                    "rework or settled")]),
    "twenty working days in the green lane": ("C10", "", "期限可到20个工作日，超过15个工作日",
                                              [parameter(LIFE, "green_general_days", 15, 20)]),
    "the leader asked late": ("C12", "leader_due", "期限可到10个工作日，超过5个工作日",
                              [parameter(LIFE, "leader_after_days", 5, 10)]),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_change_that_breaks_a_promise_is_found_with_its_clause(what: str) -> None:
    clause, element, reason, changes = BREAKS[what]
    made = changed(*changes) | {"issue-lifecycle/policy.yaml": only(clause)}
    found = broken("issue-lifecycle", made)
    told = [fault for fault in found if fault.clause == clause and fault.element == (element or None)
            and reason in fault.reason]
    assert told, found
    if "有一条路" in reason:
        way = told[0].path
        assert way[0] == "registered" and way[-1] == element
        assert set(way) <= {each for text in made.values() for each in way if f'id="{each}"' in text}


@pytest.mark.parametrize("changes", [
    [parameter(LIFE, "plan_days", 5, 3)], [parameter(LIFE, "evaluate_days", 5, 10)],
    [parameter(LIFE, "max_refusals", 2, 3)], [(LIFE, 'name="研判"', 'name="研究判断"')],
    [skip(LIFE, "extend", "extension_done", "extension_refused")]], ids=range(5))
def test_a_change_that_the_plan_leaves_free_breaks_nothing(changes: list[Change]) -> None:
    assert broken("issue-lifecycle", changed(*changes)) == []


# Small diagrams

ROW = (user("a"), user("b"), end(), flow("start", "a", "b", "end"))


def rules(text: str, *parts: str, declared: str = "", **properties: str) -> list[Broken]:
    content = files(diagram(start(), *(parts or ROW), declared=declared, **properties), **{"p/policy.yaml": text})
    assert check("p", content) == []
    return broken("p", content)


def way(more: str = "", never: str = "b", before: str = "a", before_that: str = "") -> str:
    return before_that + f"rules: [{{clause: C0, says: so, never: {never}, before: {before}{more}}}]"


def after(when: str = "", comes: str = "b", before: str = "c", first: str = "a") -> str:
    condition = f", when: '{when}'" if when else ""
    return f"rules: [{{clause: C0, says: so, after: {first}{condition}, comes: {comes}, before: {before}}}]"


def test_a_step_may_not_come_before_another() -> None:
    assert rules(way()) == []
    [fault] = rules(way(never="a", before="b"))
    assert (fault.rule, fault.clause, fault.element, fault.path) == ("so", "C0", "a", ("start", "a"))
    assert str(fault) == "C0 so：有一条路不经“b”就到了“a”"


def chosen(condition: str, first: str = "", *more: str) -> tuple[str, ...]:
    """`a`, then `b` if the condition holds, then `c`."""
    return (user("a"), script("s", first or "n = 1"), xor("g", "m"), user("b"), xor("m"), user("c"), end(), *more,
            flow("start", "a", "s", "g"), flow("g", "b", when=condition), flow("b", "m", "c", "end"), flow("g", "m"))


@pytest.mark.parametrize(("condition", "assigned", "kept"), [
    ("kind == \"x\"", "", True), ("kind != \"y\"", "", True), ("kind in [\"x\", \"z\"]", "", True),
    ("kind == \"y\"", "", False), ("kind == \"x\" and n == 1", "", True), ("kind == \"x\" and n == 2", "", False),
    ("not other", "other = kind == \"y\"", True), ("other", "other = kind == \"y\"", False),
    ("exists(kind)", "", True), ("other", "other = 1 if kind == \"x\" else 0", True), ("other", "other = n", True),
    ("other", "other = n - 1", False), ("other", "other = kind", True), ("other", "other = len(kind)", False),
])
def test_conditions_are_followed_as_far_as_their_variables_are_known(condition: str, assigned: str,
                                                                    kept: bool) -> None:
    found = rules("given: [kind]\n" + after('kind == "x"'), *chosen(condition, assigned),
                  variables='{"kind": null, "other": null, "n": 1}')
    assert [fault.element for fault in found] == ([] if kept else ["c"])


def test_what_a_message_may_write_is_not_known_any_more() -> None:
    catch = node("intermediateCatchEvent", "m0", event("message", "m_told"))
    parts = [part.replace('sourceRef="s" targetRef="g"', 'sourceRef="s" targetRef="m0"')
             for part in chosen('kind == "x"', "", catch, flow("m0", "g"))]
    variables = {"variables": '{"kind": null}'}
    told = declare("told")
    assert rules("given: [kind]\n" + after('kind == "x"'), *parts, declared=told, **variables) != []
    known = "given: [kind]\nmessages: {told: [note]}\n"
    assert rules(known + after('kind == "x"'), *parts, declared=told, **variables) == []


def test_a_promise_stands_again_whenever_its_beginning_comes_again() -> None:
    loop = (xor("m"), user("a"), xor("g", "b"), user("b"), user("c"), xor("h", "end"), end(),
            flow("start", "m", "a", "g", "b", "c", "h", "end"), flow("h", "m", when="x"))
    parts = (*loop, flow("g", "c", when="y"))
    never = {"variables": '{"x": false, "y": false}'}
    assert rules("given: [x]\n" + after(), *parts, **never) == []
    [fault] = rules("given: [x, y]\n" + after(), *parts, **never)
    assert fault.path == ("start", "m", "a", "g", "c")


def test_other_branches_may_come_first_as_far_as_nothing_makes_them_wait() -> None:
    fork = (node("parallelGateway", "f"), user("a"), user("b"), node("parallelGateway", "j"), user("c"), end(),
            flow("start", "f", "a", "j", "c", "end"), flow("f", "b", "j"))
    assert rules(way(never="c", before="[a]"), *fork) == []
    assert [fault.element for fault in rules(way(never="b", before="a"), *fork)] == ["b"]


def test_steps_beside_the_flow_cannot_be_judged() -> None:
    parts = (user("a"), boundary("late", "a", timer("duration", "P1D"), False), user("c"), end("e2"), user("b"), end(),
             flow("start", "a", "b", "end"), flow("late", "c", "e2"))
    [fault] = rules(way(never="c", before="b"), *parts)
    assert "先后无从判断" in fault.reason
    inside = sub("s", start("s1"), user("c"), end("e3"), flow("s1", "c", "e3"))
    parts = (*parts[:2], inside, *parts[3:-1], flow("late", "s", "e2"))
    [fault] = rules(way(never="c", before="b"), *parts)
    assert "先后无从判断" in fault.reason


def test_what_has_no_value_at_all_may_hold_or_not() -> None:
    """Nothing comes of counting from nothing; a way by it is not ruled out."""
    condition = 'exists(after("", days(1))) and kind == "x"'
    found = rules("given: [kind]\n" + after('kind == "x"'), *chosen(condition), variables='{"kind": null}')
    assert [fault.element for fault in found] == ["c"]


@pytest.mark.parametrize(("due", "most", "reason"), [
    ("working_days(3)", "working_days: 3", ""), ("working_days(4)", "working_days: 3", "期限可到4个工作日"),
    ("P4D", "working_days: 3", "期限可到4个工作日"), ("months(1)", "working_days: 30", ""),
    ("working_days(30)", "months: 1", "期限可到30个工作日，超过1个月"), ("working_days(15)", "months: 1", ""),
    ("working_days(n)", "working_days: 2", ""), ("working_days(n + 1)", "working_days: 2", "期限可到3个工作日"),
    ("working_days(asked)", "working_days: 2", "看不出期限有多长"),
    ("working_days(1) if asked else working_days(9)", "working_days: 2", "期限可到9个工作日"),
    ("later(after(asked, hours(1)), after(asked, days(9)))", "days: 2", "期限可到9天"), ("null", "days: 1", "没有期限"),
    ("2030-01-01", "days: 1", "看不出期限有多长"),
])
def test_a_limit_is_worked_out_from_what_is_written(due: str, most: str, reason: str) -> None:
    text = f"given: [asked]\nrules: [{{clause: C0, says: so, limit: a, at_most: {{{most}}}}}]"
    parts = (user("a", due=due), end(), flow("start", "a", "end"))
    found = rules(text, *parts, variables='{"n": 2, "asked": null}')
    assert [fault.element for fault in found] == (["a"] if reason else [])
    assert all(reason in fault.reason for fault in found)


# The file

@pytest.mark.parametrize("text", [
    "", "rules", "rules: 3", "rules: [1]", "rules: [{clause: C1}]", "x: 1\nrules: []",
    "rules: [{clause: C1, says: a}]", "rules: [{clause: C1, says: a, after: x, comes: y}]",
    "rules: [{clause: C1, says: a, limit: x, at_most: 5}]",
    "rules: [{clause: C1, says: a, limit: x, at_most: {weeks: 1}}]",
    "rules: [{clause: C1, says: a, never: x, before: {}}]",
    "rules: [{clause: C1, says: a, never: x, before: y, when: 'a.b'}]",
    "rules: [{clause: C1, says: a, after: x, comes: y, before: z, when: 'a.b'}]",
    "rules: [{clause: C1, says: a, after: x, comes: y, before: z, within: {working_days: 1}}]",
    "rules: &a [*a]", "rules: [!!python/object/apply:os.system [true]]", "rules: [" * 3_000, "a: &a [1]\nrules: *a",
    "rules: [\x00]", "messages: 3\nrules: []", "#" * 100_001,
])
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(PolicyError):
        parse_policy(text)
    [fault] = broken("p", files(diagram(start(), *ROW), **{"p/policy.yaml": text}))
    assert (fault.rule, fault.element) == ("p/policy.yaml", None)


def test_a_folder_without_rules_promises_nothing() -> None:
    assert broken("p", files(diagram(start(), *ROW))) == []


