"""What an expression may come to when only some variables are known: its possible values, or `ANY`.

Deadlines are worked out from a start that stays a name: `after(plan_from, working_days(5))` is a `Moment` five working
days after `plan_from`, whenever that may be.
"""
from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from workflows.durations import Duration, iso_duration
from workflows.errors import WorkflowError
from workflows.syntax import CONSTANTS, Compiler
from workflows.vocabulary import is_number

Json = Any
MANY = 40
"""Values beyond which anything is possible."""
NOMINAL = {"working_days": 7 / 5, "months": 30.0, "days": 1.0, "hours": 1 / 24, "minutes": 1 / 1440}
"""Days of each unit, for comparing them."""


@dataclass(frozen=True, slots=True)
class Moment:
    """So long after a start: `spans` are (unit, number). A span without a start has `start` None."""
    start: str | None
    spans: tuple[tuple[str, float], ...] = ()

    @property
    def days(self) -> float:
        return sum(NOMINAL[unit] * number for unit, number in self.spans)

    def units(self) -> set[str]:
        return {unit for unit, number in self.spans if number}


@dataclass(frozen=True, slots=True)
class Known:
    """A value. `kind` tells true from 1."""
    kind: str
    value: Any

    @property
    def holds(self) -> bool:
        return self.kind == "moment" or bool(self.value)


Values = frozenset[Known] | None
ANY: Values = None
Look = Callable[[str], Values]
YES, NO = Known("bool", True), Known("bool", False)
NULL = Known("NoneType", None)


def known(value: Json) -> Values:
    """The one possible value, or ANY for lists and maps."""
    if isinstance(value, list | dict):
        return ANY
    return frozenset({Known("number" if is_number(value) else type(value).__name__, value)})


def moment(start: str | None, *spans: tuple[str, float]) -> Values:
    return frozenset({Known("moment", Moment(start, tuple(spans)))})


@lru_cache(maxsize=4096)
def tree(text: str) -> ast.expr:
    """The tree of an expression that has passed its checks."""
    return Compiler(text).tree()


def truths(node: ast.expr, look: Look) -> frozenset[bool]:
    """Whether an expression may hold, and whether it may not."""
    match node:
        case ast.BoolOp(op=ast.And()):
            return _joined([truths(each, look) for each in node.values], all)
        case ast.BoolOp():
            return _joined([truths(each, look) for each in node.values], any)
        case ast.UnaryOp(op=ast.Not()):
            return frozenset(not each for each in truths(node.operand, look))
    found = values(node, look)
    return frozenset(each.holds for each in found) if found else frozenset({True, False})


def values(node: ast.expr, look: Look) -> Values:
    """The possible values of an expression."""
    match node:
        case ast.Constant():
            return known(node.value)
        case ast.Name():
            return known(CONSTANTS[node.id]) if node.id in CONSTANTS else look(node.id)
        case ast.BoolOp():
            return _either(node, look)
        case ast.UnaryOp(op=ast.Not()):
            return frozenset(YES if each else NO for each in truths(node, look))
        case ast.IfExp():
            ways = [node.body if truth else node.orelse for truth in truths(node.test, look)]
            return union(values(way, look) for way in ways)
        case ast.Compare(ops=[operator], comparators=[right]):
            return _compared(operator, node.left, right, look)
        case ast.BinOp():
            return _calculated(node, look)
        case ast.Call(func=ast.Name(id=name)):
            return _called(name, node.args, look)
    return ANY


def union(parts: Iterable[Values]) -> Values:
    found: set[Known] = set()
    for part in parts:
        if part is None:
            return ANY
        found |= part
    return frozenset(found) if len(found) <= MANY else ANY


def assume(node: ast.expr, truth: bool) -> dict[str, Json]:
    """The variables that are known once an expression is known to hold, or not to. A bare name is taken for a truth
    value."""
    match node:
        case ast.Name() if node.id not in CONSTANTS:
            return {node.id: truth}
        case ast.UnaryOp(op=ast.Not()):
            return assume(node.operand, not truth)
        case ast.BoolOp() if isinstance(node.op, ast.And) is truth:
            return {name: value for each in node.values for name, value in assume(each, truth).items()}
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq() | ast.NotEq() as operator],
                         comparators=[ast.Constant() | ast.Name() as right]) if isinstance(operator, ast.Eq) is truth:
            if isinstance(right, ast.Constant):
                return {name: right.value}
            return {name: CONSTANTS[right.id]} if right.id in CONSTANTS else {}
    return {}


def _joined(parts: list[frozenset[bool]], how: Callable[[Iterable[bool]], bool]) -> frozenset[bool]:
    return frozenset({how(min(part) for part in parts), how(max(part) for part in parts)})


def _either(node: ast.BoolOp, look: Look) -> Values:
    """`and` and `or` give the operand that decides."""
    stops = isinstance(node.op, ast.Or)
    found: set[Known] = set()
    for place, each in enumerate(node.values):
        part = values(each, look)
        if part is None:
            decided = truths(node, look)
            return frozenset({YES if True in decided else NO}) if len(decided) == 1 else ANY
        last = place == len(node.values) - 1
        found |= {one for one in part if last or one.holds is stops}
        if all(one.holds is stops for one in part):
            break
    return frozenset(found)


def _compared(operator: ast.cmpop, left: ast.expr, right: ast.expr, look: Look) -> Values:
    if isinstance(operator, ast.In | ast.NotIn):
        if not isinstance(right, ast.List):
            return ANY
        inside = union(values(each, look) for each in right.elts)
        return _pairs(values(left, look), frozenset({Known("set", inside)}) if inside is not None else ANY,
                      lambda a, b: (a in b.value) is isinstance(operator, ast.In))
    first, second = values(left, look), values(right, look)
    if isinstance(operator, ast.Eq | ast.NotEq):
        return _pairs(first, second, lambda a, b: (a == b) is isinstance(operator, ast.Eq))
    return ANY


def _pairs(first: Values, second: Values, holds: Callable[[Known, Known], bool]) -> Values:
    if first is None or second is None or any(each.kind == "moment" for each in first | second):
        if first is not None and second is not None and NULL in (first | second):
            return frozenset(YES if holds(a, b) else NO for a, b in product(first, second))
        return frozenset({YES, NO})
    return frozenset(YES if holds(a, b) else NO for a, b in product(first, second))


def _calculated(node: ast.BinOp, look: Look) -> Values:
    first, second = values(node.left, look), values(node.right, look)
    if first is None or second is None:
        return ANY
    found = []
    for a, b in product(first, second):
        if not (a.kind == b.kind == "number" or (a.kind == b.kind == "str" and isinstance(node.op, ast.Add))):
            return ANY
        match node.op:
            case ast.Add():
                found.append(known(a.value + b.value))
            case ast.Sub():
                found.append(known(a.value - b.value))
            case ast.Mult():
                found.append(known(a.value * b.value))
            case _:
                return ANY
    return union(found)


def _called(name: str, arguments: list[ast.expr], look: Look) -> Values:
    if name in NOMINAL:
        numbers = values(arguments[0], look)
        if numbers is None or any(each.kind != "number" for each in numbers):
            return ANY
        return union(moment(None, (name, each.value)) for each in numbers)
    if name in ("now", "today"):
        return moment("now")
    if name == "exists":
        found = values(arguments[0], look)
        return frozenset({YES, NO}) if found is None else frozenset(
            YES if each.kind == "moment" or each.value not in (None, "") else NO for each in found)
    if name == "every":
        return values(arguments[0], look)
    if name == "text":
        found = values(arguments[0], look)
        return ANY if found is None else union(known("" if each is NULL else str(each.value)) for each in found)
    if name in ("after", "before"):
        return _shifted(arguments, look, 1 if name == "after" else -1)
    if name in ("earlier", "later"):
        found = union(instants(each, look) for each in arguments)
        return found if found is None or found == {NULL} else found - {NULL}
    return ANY


def instants(node: ast.expr, look: Look) -> Values:
    """The instants that an expression may come to: a variable whose value is not known is a start of its own."""
    if isinstance(node, ast.Name) and node.id not in CONSTANTS:
        found = look(node.id)
        return moment(node.id) if found is None or found == {NULL} else found
    return values(node, look)


def _shifted(arguments: list[ast.expr], look: Look, sign: int) -> Values:
    starts, spans = instants(arguments[0], look), spans_of(values(arguments[1], look))
    if starts is None or spans is None:
        return ANY
    found = []
    for start, span in product(starts, spans):
        if start.kind != "moment" or span.kind not in ("moment", "number"):
            continue  # nothing to count from, or nothing to count
        added = span.value.spans if span.kind == "moment" else (("working_days", span.value),)
        found.append(moment(start.value.start, *start.value.spans, *((unit, sign * n) for unit, n in added)))
    return union(found)


def spans_of(found: Values) -> Values:
    """Durations, those in ISO 8601 text read."""
    if found is None:
        return ANY
    read: list[Values] = []
    for each in found:
        if each.kind == "str":
            try:
                read.append(_span(iso_duration(each.value)))
            except WorkflowError:
                return ANY
        else:
            read.append(frozenset({each}))
    return union(read)


def _span(duration: Duration) -> Values:
    return moment(None, (duration.kind, duration.n))
