"""The cells on the left of a decision table: the unary tests of DMN 1.3 (FEEL, clause 9.4) that we keep.

`-` or an empty cell always matches; `"a"`, `12`, `true`, `null` match that value; `"a", "b"` any of them; `not("a")`
the opposite; `< 5`, `>= 10` compare; `[1..5]`, `]1..5[`, `(1..5]` are intervals. A value is any expression of ours.
"""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from workflows.calendar import Calendar
from workflows.errors import ExpressionError
from workflows.expressions import Expression, compile_expression
from workflows.operators import Budget
from workflows.sentence import say
from workflows.vocabulary import is_number

Json = Any
Operator = Literal["==", "<", "<=", ">", ">="]

MAX_ARGUMENTS = 20
MAX_CELL = 2_000
"""characters of a cell; looking for the commas outside of quotes takes their square at worst"""

_COMPARISON = re.compile(r"(<=|>=|<|>)(.*)", re.DOTALL)
_NEGATION = re.compile(r"not\b\s*\((.*)\)", re.DOTALL)
_INTERVAL = re.compile(r"([\[\](])(.*)([\[\])])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class UnaryTest:
    """Matches a value when any of `parts` holds (no parts: always), or none of them if `negated`.

    A part is a list of comparisons that must all hold: one, or the two ends of an interval.
    """
    text: str
    parts: tuple[tuple[tuple[Operator, Expression], ...], ...]
    negated: bool = False

    def matches(self, value: Json, names: Mapping[str, Json], *, now: datetime, calendar: Calendar,
                budget: Budget | None = None) -> bool:
        """Whether `value` passes. Comparing what has no order (an empty value with a number, say) is no match."""
        if not self.parts:
            return True
        found = any(all(_holds(value, operator, operand.evaluate(names, now=now, calendar=calendar, budget=budget))
                        for operator, operand in part) for part in self.parts)
        return found is not self.negated


def parse_unary_test(text: str) -> UnaryTest:
    """The test of a cell; ExpressionError says what cannot be read."""
    body = text.strip()
    if len(body) > MAX_CELL:
        raise ExpressionError(say("一格最多%(max_cell)s个字符，现在有%(count)s个", max_cell=MAX_CELL, count=len(body)))
    if body in ("", "-"):
        return UnaryTest(text, ())
    negation = _NEGATION.fullmatch(body)
    if negation:
        body = negation[1]
    return UnaryTest(text, tuple(_parts(body)), negation is not None)


def _part(text: str) -> tuple[tuple[Operator, Expression], ...]:
    if _NEGATION.match(text):
        raise ExpressionError(say("not(…) 要括住整格"))
    comparison = _COMPARISON.fullmatch(text)
    if comparison:
        return ((comparison[1], compile_expression(comparison[2])),)  # type: ignore[return-value]
    interval = _INTERVAL.fullmatch(text)
    ends = _split(interval[2], "..") if interval else []
    if interval and len(ends) == 2:
        lower: Operator = ">=" if interval[1] == "[" else ">"
        upper: Operator = "<=" if interval[3] == "]" else "<"
        return (lower, compile_expression(ends[0])), (upper, compile_expression(ends[1]))
    return (("==", compile_expression(text)),)


def _holds(value: Json, operator: Operator, operand: Json) -> bool:
    if operator == "==":
        return bool(value == operand) and isinstance(value, bool) == isinstance(operand, bool)
    if not ((is_number(value) and is_number(operand)) or (isinstance(value, str) and isinstance(operand, str))):
        return False
    match operator:
        case "<":
            return bool(value < operand)
        case "<=":
            return bool(value <= operand)
        case ">":
            return bool(value > operand)
    return bool(value >= operand)


def _parts(text: str) -> Iterator[tuple[tuple[Operator, Expression], ...]]:
    """The members of a comma list. A comma may also stand inside a call, so a piece that does not read is tried
    again together with the next."""
    candidate = ""
    error: ExpressionError | None = None
    for piece in _split(text, ","):
        candidate = f"{candidate},{piece}" if error else piece
        try:
            yield _part(candidate.strip())
            error = None
        except ExpressionError as caught:
            error = caught
            if candidate.count(",") >= MAX_ARGUMENTS:
                break
    if error:
        raise ExpressionError(say("读不懂条件“%(text)s”：%(error)s", text=text.strip()[:60], error=error))


def _split(text: str, separator: str) -> list[str]:
    """`text` at each `separator` that stands outside quotes."""
    parts, start = [], 0
    for found in re.finditer(rf"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|{re.escape(separator)}", text, re.DOTALL):
        if found[0] == separator:
            parts.append(text[start:found.start()])
            start = found.end()
    return [*parts, text[start:]]
