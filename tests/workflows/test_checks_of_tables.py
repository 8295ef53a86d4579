"""Decision tables have an answer for everything that can be asked, and a UNIQUE one only one."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.workflows.diagrams import diagram, end, files, flow, node, start, user
from workflows.checks import examine
from workflows.content import read_folder

BPMN = Path(__file__).parents[2] / "bpmn"
LIMITS = "issue-lifecycle/limits.dmn"


def table(*rows: str, inputs: str = "level", policy: str = "UNIQUE", allowed: str = "") -> str:
    """A table whose rows are written `test | test`; each gives y = 1."""
    names = [name.strip() for name in inputs.split("|")]
    given = f"<inputValues><text>{allowed.replace('<', '&lt;')}</text></inputValues>" if allowed else ""
    heads = "".join(f'<input label="{name}"><inputExpression><text>{name}</text></inputExpression>{given}</input>'
                    for name in names)
    rules = "".join("<rule>" + "".join(f"<inputEntry><text>{cell.strip().replace('<', '&lt;')}</text></inputEntry>"
                                       for cell in row.split("|"))
                    + "<outputEntry><text>1</text></outputEntry></rule>" for row in rows)
    return ('<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="t" name="t" namespace="t">'
            f'<decision id="d" name="表"><decisionTable hitPolicy="{policy}">{heads}<output name="y"/>{rules}'
            "</decisionTable></decision></definitions>")


def found(dmn: str, form: str = "") -> tuple[list[str], list[str]]:
    parts = (start(), node("businessRuleTask", "r", calledDecisionId="d"), user("a", form="asks" if form else "plain"),
             end(), flow("start", "r", "a", "end"))
    text = diagram(*parts, given="level, green, n, limit")
    findings = examine("p", files(text, **{"p/d.dmn": dmn}, **({"p/forms/asks.form.json": form} if form else {})))
    assert all((problem.file, problem.element) == ("p/d.dmn", "d") for problem in findings.problems)
    return [problem.reason for problem in findings.problems], findings.notes


GOOD = [
    table('"a"', '"b"'), table('"a"', 'not("a")'), table('"a", "b"', '"c"'), table("-"),
    table("true", "false", inputs="green"), table("true | -", "false | \"a\"", "false | \"b\"", inputs="green | level"),
    table("< 5", ">= 5", inputs="n"), table("< 0", "[0..10]", "> 10", inputs="n"),
    table("[0..5)", "[5..10]", inputs="n", allowed="[0..10]"), table('"a"', "-", policy="FIRST"),
    table("< 5", "-", inputs="n", policy="FIRST"), table('"a" | < 5', '"a" | >= 5', 'not("a") | -', inputs="level | n"),
    table('"a"', '"a"', policy="COLLECT"), table("null", "true", "false", inputs="green"),
]


@pytest.mark.parametrize("dmn", GOOD, ids=range(len(GOOD)))
def test_a_whole_table_has_no_findings(dmn: str) -> None:
    assert found(dmn) == ([], [])


BAD = {
    "green = 否：没有规则符合": table("true", inputs="green"),
    "level = b、green = 否：没有规则符合": table('"a" | -', '"b" | true', inputs="level | green"),
    "level = a：规则1、2同时符合": table('"a"', '"a", "b"'),
    "level = b、green = 是：规则1、3同时符合": table('"b" | true', '"a" | -', '"b" | -', inputs="level | green"),
    "n = 5：没有规则符合": table("< 5", "> 5", inputs="n"),
    "n = 5：规则1、2同时符合": table("<= 5", ">= 5", inputs="n"),
    "n = 大于10：没有规则符合": table("< 5", "[5..10]", inputs="n"),
    "n = 5与10之间：没有规则符合": table("<= 5", ">= 10", inputs="n", policy="FIRST"),
    "level = 其他、green = 否：没有规则符合": table('"a" | -', 'not("a") | true', inputs="level | green"),
}


@pytest.mark.parametrize("told", BAD)
def test_a_gap_or_overlap_is_told_in_words(told: str) -> None:
    reasons, _ = found(BAD[told])
    assert told in reasons


def test_the_values_that_the_table_allows_are_all_that_is_asked() -> None:
    assert found(table('"a"', '"b"', allowed='"a", "b"')) == ([], [])
    assert found(table('"a"', '"b"', allowed='"a", "b", "c"')) == (["level = c：没有规则符合"], [])


def test_the_choices_of_the_form_are_asked_by_their_labels() -> None:
    form = json.dumps({"id": "asks", "type": "default", "components": [
        {"type": "radio", "key": "level", "label": "级别", "values": [
            {"value": value, "label": label} for value, label in (("a", "一般"), ("b", "复杂"), ("c", "特殊"))]}]})
    assert found(table('"a"', '"b"'), form) == (["level = 特殊：没有规则符合"], [])


def test_what_hangs_on_variables_is_said_to_be_unchecked() -> None:
    assert found(table("< limit", ">= limit", inputs="n")) == (
        [], ["决策表“表”的条件里用了变量或函数，没有检查有无遗漏和重叠"])


def test_too_many_combinations_are_said_to_be_unchecked() -> None:
    rows = [" | ".join(f"{number * 10 + column}" for column in range(6)) for number in range(8)]
    reasons, [note] = found(table(*rows, inputs="n | n | n | n | n | n"))
    assert reasons == [] and "的取值组合太多" in note


def test_no_more_than_a_few_findings_are_told_of_a_table() -> None:
    rows = [f"{number} | true" for number in range(50)]
    assert len(found(table(*rows, inputs="n | green"))[0]) == 3


def test_a_rule_that_is_taken_out_of_the_shipped_limits_leaves_a_gap() -> None:
    shipped = read_folder(BPMN, "issue-lifecycle")
    text = shipped[LIMITS]
    begin = text.index('<rule id="limits_rule_5">')
    short = text[:begin] + text[text.index('<rule id="limits_rule_6">'):]
    [problem] = examine("issue-lifecycle", {**shipped, LIMITS: short}).problems
    assert (problem.file, problem.element) == (LIMITS, "limits")
    assert problem.reason == ("无分歧欠款 = 否、问题类型 = 复杂性问题（5个工作日内定方案，3个月内解决）、"
                              "绿色通道 = 是：没有规则符合")
