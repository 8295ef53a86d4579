"""Decision tables: what a cell means, which rule wins, and that nothing falls through unseen."""
from __future__ import annotations

from datetime import UTC, datetime
from xml.sax.saxutils import escape

import pytest

from workflows.calendar import Calendar
from workflows.decisions import DecisionError, parse_dmn
from workflows.errors import ExpressionError
from workflows.unary_tests import parse_unary_test

CLOCK = {"now": datetime(2026, 3, 2, 1, 0, tzinfo=UTC), "calendar": Calendar()}


def dmn(rules, *, inputs=("category", "level"), outputs=("lead_unit",), policy="UNIQUE", extra=""):
    """A DMN 1.3 file as dmn-js writes it; a rule is its cells, inputs first."""
    def cells(tag, texts):
        return "".join(f"<{tag} id='{tag}'><text>{escape(text)}</text></{tag}>" for text in texts)

    head = "".join(f"<input id='i{n}' label='{name}'><inputExpression id='x{n}' typeRef='string'><text>{name}</text>"
                   "</inputExpression></input>" for n, name in enumerate(inputs))
    head += "".join(f"<output id='o{n}' name='{name}' typeRef='string'/>" for n, name in enumerate(outputs))
    body = "".join(f"<rule id='r{n}'><description>why</description>{cells('inputEntry', rule[:len(inputs)])}"
                   f"{cells('outputEntry', rule[len(inputs):])}</rule>" for n, rule in enumerate(rules))
    return (f"<?xml version='1.0' encoding='UTF-8'?>{extra}<definitions id='d' name='n' namespace='http://camunda.org/"
            "schema/1.0/dmn' xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/'><decision id='routing' name='分办'>"
            f"<decisionTable id='t' hitPolicy='{policy}'>{head}{body}</decisionTable></decision></definitions>")


def table(rules, **options):
    return parse_dmn(dmn(rules, **options))["routing"]


@pytest.mark.parametrize(("test", "value", "expected"), [
    ("-", "anything", True), ("", None, True), ('"a"', "a", True), ('"a"', "b", False), ('"a","b"', "b", True),
    ('not("a")', "a", False), ('not("a", "b")', "c", True), ('"x, y"', "x, y", True), ("true", True, True),
    ("true", 1, False), ("false", False, True), ("null", None, True), ("null", "", False), ("not(null)", "a", True),
    ("12", 12, True), ("12", 12.0, True), ("-3", -3, True), ("< 5", 4, True), ("< 5", 5, False), ("<= 5", 5, True),
    ("> 5", 6, True), (">=5", 5, True), ("< 5", None, False), ("< 5", "4", False), ("< 5", True, False),
    ("[1..5]", 1, True), ("[1..5]", 5, True), ("]1..5]", 1, False), ("(1..5]", 5, True), ("[1..5[", 5, False),
    ("]1..5[, 7", 7, True), ("< 2, > 8", 9, True), ("< 2, > 8", 5, False), ("not([1..5])", 3, False),
    ("[0.5..1.5]", 1, True), ("max(1, 2), 7", 2, True), ('["a", "b"]', ["a", "b"], True), ("limit", 9, True),
    ('["2026-01-01".."2026-12-31"]', "2026-06-01", True),
])
def test_what_a_cell_matches(test, value, expected):
    assert parse_unary_test(test).matches(value, {"limit": 9}, **CLOCK) is expected


@pytest.mark.parametrize("test",
    ['"a', ",", '"a",', '"a",,"b"', "a b", "<", "[1..", "[1..2..3]", "not(", 'not("a"), "b"',
                                  'not("a") and x', "x.y", "f'{x}'", ",".join(["max(1"] * 60), "1 .. 2"])
def test_a_cell_that_cannot_be_read_is_refused(test):
    with pytest.raises(ExpressionError):
        parse_unary_test(test)


def test_the_one_matching_rule_gives_the_outputs():
    routing = table([
        ['"finance"', "-", '"finance_office"', "5"], ['"sales"', '"complex"', "origin", "1 + 2"]],
        outputs=("lead_unit", "limit"))
    assert routing.evaluate({"category": "finance", "level": "general"}, **CLOCK) == {
        "lead_unit": "finance_office", "limit": 5}
    assert routing.evaluate({"category": "sales", "level": "complex", "origin": "commerce"}, **CLOCK) == {
        "lead_unit": "commerce", "limit": 3}


def test_no_matching_rule_names_the_inputs():
    with pytest.raises(DecisionError, match="“分办”没有适用的规则：category = land、level = 空"):
        table([['"finance"', "-", '"x"']]).evaluate({"category": "land", "level": None}, **CLOCK)


def test_a_unique_table_refuses_two_answers():
    routing = table([['"finance"', "-", '"x"'], ["-", '"general"', '"y"']])
    with pytest.raises(DecisionError, match="同时符合规则1、2"):
        routing.evaluate({"category": "finance", "level": "general"}, **CLOCK)


def test_the_first_rule_wins_under_first():
    routing = table([['"finance"', "-", '"x"'], ["-", "-", '"y"']], policy="FIRST")
    assert routing.evaluate({"category": "finance", "level": None}, **CLOCK) == {"lead_unit": "x"}
    assert routing.evaluate({"category": "land", "level": None}, **CLOCK) == {"lead_unit": "y"}


def test_collect_gives_a_list_in_the_order_of_the_rules():
    routing = table([['"land"', "-", '"x"'], ["-", "-", '"y"'], ['"tax"', "-", '"z"']], policy="COLLECT")
    assert routing.evaluate({"category": "land", "level": None}, **CLOCK) == {"lead_unit": ["x", "y"]}


def test_an_unknown_variable_is_an_error_not_a_miss():
    with pytest.raises(ExpressionError, match="没有名为“level”的变量"):
        table([["-", "-", '"x"']]).evaluate({"category": "land"}, **CLOCK)


def test_gaps_lists_what_no_rule_covers_and_what_two_claim():
    routing = table([['"land"', "-", '"x"'], ["-", '"general"', '"y"']])
    found = routing.gaps({"category": ["land", "tax"], "level": ["general", "complex"]}, **CLOCK)
    assert [(gap.inputs, gap.rules) for gap in found] == [
        ({"category": "land", "level": "general"}, (1, 2)), ({"category": "tax", "level": "complex"}, ())]
    assert str(found[1]) == "category = tax、level = complex：没有规则符合"


def test_a_first_table_has_no_overlaps():
    routing = table([['"land"', "-", '"x"'], ["-", "-", '"y"']], policy="FIRST")
    assert routing.gaps({"category": ["land", "tax"], "level": ["general"]}, **CLOCK) == []


def test_gaps_needs_every_domain_and_refuses_an_explosion():
    routing = table([["-", "-", '"x"']])
    with pytest.raises(DecisionError, match="level"):
        routing.gaps({"category": ["a"]}, **CLOCK)
    with pytest.raises(DecisionError, match="无法逐一检查"):
        routing.gaps({"category": list(range(1000)), "level": list(range(1000))}, **CLOCK)


@pytest.mark.parametrize(("text", "reason"), [
    (dmn([["-", "-", '"x"']], policy="ANY"), "命中策略"),
    (dmn([["-", "-", '"x"']], policy="COLLECT' aggregation='SUM"), "命中策略"),
    (dmn([]), "规则"),
    (dmn([["-", "-", '"x"']], outputs=("",)), "名称"),
    (dmn([["-", "-", '"x"', '"y"']], outputs=("a", "a")), "名称"),
    (dmn([["-", "-", "x.y"]]), "决策“分办”规则1第1个输出：不允许用点号"),
    (dmn([["-", '"a', '"x"']]), "决策“分办”规则1第2个条件"),
    (dmn([["-", "-"]]), "格数"),
    (dmn([["-", "-", '"x"']], inputs=("category", "a b")), "格数|读不懂"),
    (dmn([["-", "-", '"x"']]).replace("decisionTable", "literalExpression"), "不是决策表"),
    (dmn([["-", "-", '"x"']]).replace("20191111", "20151101"), "DMN 1.3"),
    (dmn([["-", "-", '"x"']], extra='<!DOCTYPE d [<!ENTITY a "b">]>'), "DOCTYPE"),
    ("<definitions", "XML"), ("", "XML"), (" " * 1_000_001, "1 MB"),
    (dmn([["-", "-", '"x"']]).replace("<decision id", "<decision id='routing' name='x'><decisionTable>"
     "<output name='a'/><rule><outputEntry><text>1</text></outputEntry></rule></decisionTable></decision><decision id"),
     "两个决策"),
])
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(text, reason):
    with pytest.raises(DecisionError, match=reason):
        parse_dmn(text)
