"""Decision tables without gaps and overlaps, as far as that can be told from the table.

Each input's values are sorted into kinds that no rule tells apart: what the table itself compares with, what lies
between and beyond the numbers, both truth values, the choices of the form field that the input is, the table's own
`inputValues`, and "any other" where a rule says `not(…)`. A table that compares with variables cannot be told.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import reduce
from itertools import islice, pairwise
from math import prod
from typing import Any

from workflows.calendar import Calendar
from workflows.decisions import DecisionTable
from workflows.errors import WorkflowError
from workflows.parameters import numbers
from workflows.placeholders import filled
from workflows.reading import Reading
from workflows.sentence import Sentence, listed, say
from workflows.unary_tests import UnaryTest
from workflows.vocabulary import is_number

Json = Any
Value = tuple[Json, str]
"""A value, and what to call it."""
NOW, CALENDAR = datetime(2000, 1, 1, tzinfo=UTC), Calendar()
"""for constants, which do not read them"""
OTHER = "\0"
"""stands for a text that no rule mentions"""
MOST_TOLD = 3
MOST_SHOWN = 6
"""inputs of a combination"""
MAX_TESTS, MAX_COMBINATIONS = 100_000, 100_000


class Undecided(Exception):
    """A table whose rules depend on variables, or that is too large."""


def check_tables(reading: Reading) -> list[str]:
    """Notes gaps and overlaps of all tables; returns what could not be told."""
    notes: list[str] = []
    for table in reading.decisions.values():
        if table.hit_policy == "COLLECT":
            continue  # none is fine, several are meant
        try:
            columns = [_kinds(table, column, _values(reading, table, column)) for column in range(len(table.inputs))]
            if prod(map(len, columns)) > MAX_COMBINATIONS:
                raise Undecided(say("的取值组合太多"))
            found = list(islice(_walk(table, columns, (1 << len(table.rules)) - 1), MOST_TOLD))
        except Undecided as reason:
            notes.append(say("决策表“%(name)s”%(reason)s，没有检查有无遗漏和重叠", name=table.name,
                             reason=reason.args[0]))
            continue
        for shown, rules in found:
            reason_ = say("%(inputs)s：规则%(rules)s同时符合", inputs=shown, rules=rules) \
                if rules else say("%(inputs)s：没有规则符合", inputs=shown)
            reading.problem(reading.origins[f"{table.id}.dmn"], table.id, reason_)
    return notes


def _values(reading: Reading, table: DecisionTable, column: int) -> list[Value]:
    """A value of each kind that an input can have."""
    tests = [rule.tests[column] for rule in table.rules]
    constants = [_constant(operand) for test in tests for part in test.parts for _, operand in part]
    allowed, labels = table.allowed[column], _choices(reading, table.inputs[column].text.strip())
    known = list(labels)
    if allowed is not None and allowed.parts:
        known = [_constant(operand) for part in allowed.parts for _, operand in part]
    texts = [value for value in [*constants, *known] if isinstance(value, str)]
    values: list[Json] = list(dict.fromkeys(texts))
    if any(isinstance(value, bool) for value in [*constants, *known]):
        values += [True, False]
    numbers = _numbers([value for value in [*constants, *known] if is_number(value)], bool(labels))
    if any(value is None for value in constants):
        values.append(None)
    if texts and not known and any(test.negated for test in tests):
        values.append(OTHER)
    found = [*((value, labels.get(value) or _called(value)) for value in values), *numbers]
    if allowed is not None and allowed.parts:
        found = [(value, called) for value, called in found if _passes(allowed, value)]
    return found or [(None, "")]


def _kinds(table: DecisionTable, column: int, values: list[Value]) -> dict[int, str]:
    """The values of an input by the rules that they match, as bits, with what to call those that no rule tells
    apart."""
    if len(values) * len(table.rules) > MAX_TESTS:
        raise Undecided(say("太大"))
    kinds: dict[int, list[str]] = {}
    for value, called in values:
        mask = sum(1 << place for place, rule in enumerate(table.rules) if _passes(rule.tests[column], value))
        kinds.setdefault(mask, []).append(called)
    return {mask: _either(names) for mask, names in kinds.items()}


def _choices(reading: Reading, name: str) -> dict[Json, str]:
    """The choices that forms offer for the variable that an input is: value → label. None where a field has more than
    its own."""
    found: dict[Json, str] = {}
    begun = {each: value for (_, each), value in numbers(reading).items()}
    for form in reading.forms.values():
        for field in _fields(form.fields):
            if field.key == name:
                if not field.choices or field.choices_from:
                    return {}
                found |= {value: filled(label, begun)[:60] for value, label in field.choices if isinstance(value, str)}
    return found


def _fields(fields: Sequence[Any]) -> Iterator[Any]:
    for each in fields:
        yield each
        if each.type == "group":
            yield from _fields(each.fields)


def _constant(operand: Any) -> Json:
    if operand.names or operand.calls:
        raise Undecided(say("的条件里用了变量或函数"))
    try:
        value = operand.evaluate({}, now=NOW, calendar=CALENDAR)
    except WorkflowError:
        raise Undecided(say("的条件算不出来")) from None
    if isinstance(value, list | dict):
        raise Undecided(say("的条件里有列表或映射"))
    return value


def _numbers(constants: list[Json], only_these: bool) -> list[Value]:
    """The numbers that a table mentions, one between each two, one below and one above."""
    borders = sorted(set(constants))
    mentioned = [(border, _called(border)) for border in borders]
    if not borders or only_these:
        return mentioned
    between = [((low + high) / 2, say("%(low)s与%(high)s之间", low=low, high=high)) for low, high in pairwise(borders)]
    return [(borders[0] - 1, say("小于%(least)s", least=borders[0])), *mentioned, *between,
            (borders[-1] + 1, say("大于%(most)s", most=borders[-1]))]


def _either(names: list[str]) -> str:
    return reduce(lambda one, other: say("%(one)s或%(other)s", one=one, other=other), names)


def _passes(test: UnaryTest, value: Json) -> bool:
    return test.matches(value, {}, now=NOW, calendar=CALENDAR)


def _called(value: Json) -> str:
    if value is OTHER:
        return say("其他")
    if isinstance(value, bool):
        return say("是") if value else say("否")
    return say("空") if value is None else str(value)[:60]


def _walk(table: DecisionTable, columns: list[dict[int, str]], rules: int,
          chosen: tuple[str, ...] = ()) -> Iterator[tuple[Sentence, list[int]]]:
    """The combinations that no rule covers, or that several rules of a UNIQUE table claim. Rules that still match are
    the bits of `rules`; what does not matter any more is not told."""
    if not rules or len(chosen) == len(columns):
        matching = [rule.number for place, rule in enumerate(table.rules) if rules >> place & 1]
        if not rules or (table.hit_policy == "UNIQUE" and len(matching) > 1):
            yield _told(table, chosen), matching
        return
    kinds: dict[int, list[str]] = {}
    for mask, called in columns[len(chosen)].items():
        kinds.setdefault(rules & mask, []).append(called)
    for left, names in kinds.items():
        yield from _walk(table, columns, left, (*chosen, "" if len(kinds) == 1 else _either(names)))


def _told(table: DecisionTable, chosen: tuple[str, ...]) -> Sentence:
    """A combination in words."""
    parts = [say("%(label)s = %(value)s", label=label[:60], value=called)
             for label, called in zip(table.labels, chosen, strict=False) if called]
    return listed(parts[:MOST_SHOWN]) if parts else say("任何输入")
