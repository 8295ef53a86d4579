"""Decision tables (DMN 1.3, as dmn-js writes them), read once and evaluated with our expressions.

Kept: hit policies UNIQUE, FIRST and COLLECT (lists, no aggregation); unary tests `-`, values, lists of values,
`not(…)`, `<`, `<=`, `>`, `>=` and intervals. A table in which no rule matches is an error, never a silent None.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from math import prod
from typing import Any, Literal

from lxml import etree

from workflows.calendar import Calendar
from workflows.errors import ExpressionError, WorkflowError
from workflows.expressions import Expression, compile_expression
from workflows.operators import Budget
from workflows.sentence import Sentence, listed, say
from workflows.unary_tests import UnaryTest, parse_unary_test

Json = Any
HitPolicy = Literal["UNIQUE", "FIRST", "COLLECT"]

NAMESPACES = {"dmn": "https://www.omg.org/spec/DMN/20191111/MODEL/"}
MAX_BYTES, MAX_RULES, MAX_COMBINATIONS = 1_000_000, 1_000, 200_000


class DecisionError(WorkflowError):
    """A decision table that cannot be read, or that gives no answer (or more than one) for its inputs."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: one test an input, one expression an output. `number` counts from 1, as the editor shows it."""
    number: int
    tests: tuple[UnaryTest, ...]
    outputs: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """What `gaps` finds: inputs that no rule covers (`rules` empty) or that several rules of a UNIQUE table claim."""
    inputs: dict[str, Json]
    rules: tuple[int, ...]

    def __str__(self) -> str:
        shown = _shown(self.inputs)
        return say("%(inputs)s：规则%(rules)s同时符合", inputs=shown, rules=self.rules) if self.rules else \
            say("%(inputs)s：没有规则符合", inputs=shown)


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A decision table. `labels` name the inputs for people; `outputs` are the variables that it writes. `allowed` are
    the values that an input may have (`inputValues` of the file), None where the table does not say."""
    id: str
    name: str
    hit_policy: HitPolicy
    inputs: tuple[Expression, ...]
    labels: tuple[str, ...]
    outputs: tuple[str, ...]
    rules: tuple[Rule, ...]
    allowed: tuple[UnaryTest | None, ...]

    def names(self) -> frozenset[str]:
        """The variables that inputs, conditions and outputs read."""
        tested = [operand for rule in self.rules for test in rule.tests for part in test.parts for _, operand in part]
        given = [output for rule in self.rules for output in rule.outputs]
        return frozenset(name for read in (*self.inputs, *tested, *given) for name in read.names)

    def evaluate(self, names: Mapping[str, Json], *, now: datetime, calendar: Calendar,
                 budget: Budget | None = None) -> dict[str, Json]:
        """The outputs over the variables `names`; of COLLECT, a list for each output, in the order of the rules.

        DecisionError when no rule matches, or several of a UNIQUE table.
        """
        values = [expression.evaluate(names, now=now, calendar=calendar, budget=budget) for expression in self.inputs]
        hits = self._hits(values, names, now, calendar, budget)
        rows = [{name: output.evaluate(names, now=now, calendar=calendar, budget=budget)
                 for name, output in zip(self.outputs, rule.outputs, strict=True)} for rule in hits]
        if self.hit_policy == "COLLECT":
            return {name: [row[name] for row in rows] for name in self.outputs}
        shown = _shown(dict(zip(self.labels, values, strict=True)))
        if not rows:
            raise DecisionError(say("决策表“%(name)s”没有适用的规则：%(shown)s", name=self.name, shown=shown))
        if len(rows) > 1:
            raise DecisionError(say("决策表“%(name)s”要求规则唯一，却同时符合规则%(numbers)s：%(shown)s",
                                    name=self.name, numbers=[rule.number for rule in hits], shown=shown))
        return rows[0]

    def gaps(self, domains: Mapping[str, Sequence[Json]], *, now: datetime, calendar: Calendar) -> list[Gap]:
        """Combinations of the inputs' possible values that no rule covers, and those that several rules of a UNIQUE
        table claim. `domains` maps each input's expression text to its values; DecisionError when one is missing or
        when there are more than 200,000 combinations."""
        keys = [expression.text.strip() for expression in self.inputs]
        missing = [key for key in keys if key not in domains]
        if missing:
            raise DecisionError(say("决策表“%(name)s”的输入没有给出取值范围：%(names)s", name=self.name, names=missing))
        columns = [domains[key] for key in keys]
        if prod(map(len, columns)) > MAX_COMBINATIONS:
            raise DecisionError(say("决策表“%(name)s”的取值组合超过%(max_combinations)s种，无法逐一检查",
                                    name=self.name, max_combinations=MAX_COMBINATIONS))
        return list(self._gaps(keys, columns, now, calendar))

    def _gaps(self, keys: list[str], columns: list[Sequence[Json]], now: datetime,
              calendar: Calendar) -> Iterator[Gap]:
        for values in product(*columns):
            inputs = dict(zip(keys, values, strict=True))
            hits = self._hits(values, inputs, now, calendar)
            if not hits or (len(hits) > 1 and self.hit_policy == "UNIQUE"):
                yield Gap(inputs, tuple(rule.number for rule in hits))

    def _hits(self, values: Sequence[Json], names: Mapping[str, Json], now: datetime, calendar: Calendar,
              budget: Budget | None = None) -> list[Rule]:
        hits: list[Rule] = []
        for rule in self.rules:
            if all(test.matches(value, names, now=now, calendar=calendar, budget=budget)
                   for test, value in zip(rule.tests, values, strict=True)):
                hits.append(rule)
                if self.hit_policy == "FIRST":
                    break
        return hits


def parse_dmn(text: str) -> dict[str, DecisionTable]:
    """The decision tables of a DMN 1.3 file by decision id. DecisionError names decision, rule and fault."""
    root = parse_root(text)
    tables: dict[str, DecisionTable] = {}
    for decision in root.iterfind("dmn:decision", NAMESPACES):
        table = _table(decision)
        if table.id in tables:
            raise DecisionError(say("有两个决策的编号都是“%(id)s”", id=table.id))
        tables[table.id] = table
    if not tables:
        raise DecisionError(say("文件里没有决策表"))
    return tables


def parse_root(text: str) -> etree._Element:
    """The root element of a DMN 1.3 file; DecisionError for anything else."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise DecisionError(say("决策文件里有不成字符的编码")) from None
    if len(data) > MAX_BYTES:
        raise DecisionError(say("决策文件太大，最多 1 MB"))
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise DecisionError(say("决策文件里不允许 DOCTYPE 和实体"))
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
                             remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise DecisionError(say("决策文件不是正确的 XML：第%(lineno)s行", lineno=error.lineno)) from None
    if root.tag != f"{{{NAMESPACES['dmn']}}}definitions":
        raise DecisionError(say("不是 DMN 1.3 文件（根元素要是 definitions，命名空间 20191111）"))
    return root


def _table(decision: etree._Element) -> DecisionTable:
    ident = decision.get("id", "")
    name = decision.get("name") or ident
    where = say("决策“%(name)s”", name=name)
    table = decision.find("dmn:decisionTable", NAMESPACES)
    if not ident or table is None:
        raise DecisionError(say("%(where)s没有编号，或不是决策表", where=where))
    policy = table.get("hitPolicy", "UNIQUE")
    if policy not in ("UNIQUE", "FIRST", "COLLECT") or table.get("aggregation"):
        raise DecisionError(say("%(where)s的命中策略只能是 UNIQUE、FIRST 或不带汇总的 COLLECT，现在是 %(policy)s",
                                where=where, policy=policy))
    inputs = table.findall("dmn:input", NAMESPACES)
    outputs = [output.get("name", "") for output in table.iterfind("dmn:output", NAMESPACES)]
    if not outputs or not all(outputs) or len(set(outputs)) != len(outputs):
        raise DecisionError(say("%(where)s的每个输出都要有自己的名称", where=where))
    expressions = tuple(_expression(input_.find("dmn:inputExpression", NAMESPACES),
                                    say("%(where)s第%(n)s个输入", where=where, n=n))
                        for n, input_ in enumerate(inputs, 1))
    labels = tuple(input_.get("label") or expression.text.strip()
                   for input_, expression in zip(inputs, expressions, strict=True))
    rows = table.findall("dmn:rule", NAMESPACES)
    if not rows or len(rows) > MAX_RULES:
        raise DecisionError(say("%(where)s要有 1 到 %(max_rules)s 条规则，现在有 %(count)s 条", where=where,
                                max_rules=MAX_RULES, count=len(rows)))
    rules = tuple(_rule(row, number, len(inputs), len(outputs), where) for number, row in enumerate(rows, 1))
    allowed = tuple(map(_allowed, inputs))
    return DecisionTable(ident, name, policy, expressions, labels, tuple(outputs), rules,  # type: ignore[arg-type]
                         allowed)


def _allowed(input_: etree._Element) -> UnaryTest | None:
    """The values that an input may have. They are a help for checking only, so what cannot be read is passed over."""
    try:
        return parse_unary_test(_text(input_.find("dmn:inputValues", NAMESPACES)))
    except ExpressionError:
        return None


def _rule(row: etree._Element, number: int, inputs: int, outputs: int, where: str) -> Rule:
    where = say("%(where)s规则%(number)s", where=where, number=number)
    tests = row.findall("dmn:inputEntry", NAMESPACES)
    results = row.findall("dmn:outputEntry", NAMESPACES)
    if (len(tests), len(results)) != (inputs, outputs):
        raise DecisionError(say("%(where)s的格数和表头不一致", where=where))
    return Rule(number,
                tuple(_test(test, say("%(where)s第%(n)s个条件", where=where, n=n)) for n, test in enumerate(tests, 1)),
                tuple(_expression(result, say("%(where)s第%(n)s个输出", where=where, n=n)) for n,
                      result in enumerate(results, 1)))


def _test(entry: etree._Element, where: str) -> UnaryTest:
    try:
        return parse_unary_test(_text(entry))
    except ExpressionError as error:
        raise DecisionError(say("%(where)s：%(error)s", where=where, error=error)) from None


def _expression(entry: etree._Element | None, where: str) -> Expression:
    try:
        return compile_expression(_text(entry))
    except ExpressionError as error:
        raise DecisionError(say("%(where)s：%(error)s", where=where, error=error)) from None


def _text(entry: etree._Element | None) -> str:
    return "" if entry is None else entry.findtext("dmn:text", "", NAMESPACES)


def _shown(inputs: Mapping[str, Json]) -> Sentence:
    """The inputs in words, each cut to what a sentence bears."""
    return listed([say("%(label)s = %(value)s", label=label, value=say("空") if value is None else str(value)[:60])
                   for label, value in inputs.items()])
