"""How long a step, a timer or a variable of a process may be from its start, whatever the case: for policy rules about
time limits."""
from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from workflows import python_syntax
from workflows.calendar import Calendar
from workflows.decisions import DecisionTable
from workflows.derived import rules as derived_rules
from workflows.diagram import NAMESPACES, Node, tag_of
from workflows.possible import (
    ANY,
    NOMINAL,
    NULL,
    Moment,
    Values,
    instants,
    known,
    moment,
    spans_of,
    tree,
    union,
    values,
)
from workflows.reading import Reading
from workflows.sentence import Sentence, listed, say
from workflows.timers import is_literal

Json = Any
NOW, CALENDAR = datetime(2000, 1, 1, tzinfo=UTC), Calendar()
UNITS = {"working_days": say("个工作日"), "months": say("个月"), "days": say("天"), "hours": say("小时"),
         "minutes": say("分钟")}


def rule_text(node: Node, due: str | None) -> str | None:
    """The deadline of a step as it is written: its timer's rule, or its `due`."""
    for definition in node:
        if tag_of(definition) == "timerEventDefinition":
            return next((rule.text or "" for rule in definition), "").strip()
    return due


class Worth:
    """The values that variables may have anywhere in a version. `assumed` are known by a rule's condition, `start` is
    the variable that a deadline counts from."""

    def __init__(self, reading: Reading, assumed: Mapping[str, Json], start: str | None):
        self._reading, self._assumed, self._start = reading, assumed, start
        self._derived = derived_rules(reading)
        self._looking: list[str] = []

    def __call__(self, name: str) -> Values:
        if name == self._start:
            return moment(name)
        if name in self._assumed:
            return known(self._assumed[name])
        if name in self._looking:
            return ANY
        self._looking.append(name)
        try:
            if name in self._derived:
                return values(tree(self._derived[name].text), self)
            return self._written(name)
        finally:
            self._looking.pop()

    def deadline(self, rule: str) -> Values:
        """The moments that a rule may mean."""
        return known(rule) if is_literal(rule) else instants(tree(rule), self)

    def spans(self, rule: str) -> Values:
        """As `deadline`, periods as moments without a start."""
        return spans_of(self.deadline(rule))

    def unknown(self, name: str) -> bool:
        """Whether no process declares a variable of this name, or derives it."""
        return name not in self._derived and all(name not in (process.variables or {})
                                                 for process in self._reading.processes.values())

    def _written(self, name: str) -> Values:
        """What processes declare, scripts assign and tables give; anything, once a form or somebody outside writes."""
        parts: list[Values] = [ANY for form in self._reading.forms.values() if name in form.writes()]
        for process in self._reading.processes.values():
            if name in (process.variables or {}):
                parts.append(known((process.variables or {})[name]))
            for node in process.node.iterfind(".//bpmn:scriptTask", NAMESPACES):
                parts += [values(right, self) for left, right in assignments(node) if left == name]
        for table in self._reading.decisions.values():
            if name in table.outputs:
                parts.append(outputs(table, name, self))
        return ANY if not parts or all(part == frozenset({NULL}) for part in parts) else union(parts)


def assignments(node: Node) -> Sequence[tuple[str, ast.expr]]:
    """The assignments of a script task that has passed its checks."""
    return _assigned(node.findtext("bpmn:script", "", NAMESPACES))


@lru_cache(maxsize=1024)
def _assigned(script: str) -> Sequence[tuple[str, ast.expr]]:
    text = "\n".join(line.strip() for line in script.splitlines())
    return tuple((statement.targets[0].id, statement.value) for statement in python_syntax.parse(text).body
                 if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name))


def outputs(table: DecisionTable, name: str, look: Any) -> Values:
    """What a table may give a variable, under the inputs that are known."""
    column = table.outputs.index(name)
    columns = [values(tree(expression.text), look) for expression in table.inputs]
    parts = []
    for rule in table.rules:
        if all(_may_match(test, found) for test, found in zip(rule.tests, columns, strict=True)):
            parts.append(values(tree(rule.outputs[column].text), look))
    return union(parts)


def _may_match(test: Any, found: Values) -> bool:
    if found is None or any(operand.names or operand.calls for part in test.parts for _, operand in part):
        return True
    return any(each.kind == "moment" or test.matches(each.value, {}, now=NOW, calendar=CALENDAR) for each in found)


def excess(found: Values, most: Mapping[str, float], start: str | None) -> Sentence | None:
    """What is wrong with deadlines that may be `most` long, as unit → number, from `start`; None if nothing is. Where
    there may also be none, nothing is wrong. Different units are compared by their usual length."""
    spans = spans_of(found)
    if spans is None or any(each.kind not in ("moment", "NoneType") for each in spans):
        return say("看不出期限有多长")
    lengths: list[Moment] = [each.value for each in spans if each.kind == "moment"]
    if not lengths:
        return say("这里没有期限")
    for each in lengths:
        if start is not None and each.start not in (None, start):
            return say("期限不是从“%(start)s”起算的", start=start)
        if _longer(each, most):
            return say("期限可到%(length)s，超过%(most)s", length=in_words(summed(each)), most=in_words(most))
    return None


def summed(length: Moment) -> dict[str, float]:
    """{unit: number} of a moment's periods."""
    return {unit: sum(n for each, n in length.spans if each == unit) for unit, _ in length.spans}


def _longer(length: Moment, most: Mapping[str, float]) -> bool:
    if length.units() <= set(most):
        return any(number > most.get(unit, 0) for unit, number in summed(length).items())
    return length.days > sum(NOMINAL[unit] * number for unit, number in most.items())


def in_words(spans: Mapping[str, float]) -> Sentence:
    """Periods as people say them."""
    return listed([say("%(number)s%(unit)s", number=f"{number:g}", unit=UNITS[unit]) for unit, number in spans.items()])
