"""Hide conditions for the page's script: expressions as JSON that frontend/src/task-form.js can work out.

Only comparisons, `in`, and/or/not and a few functions over the form's own fields travel; variables of the instance
become constants. What does not fit is left to the server: the field is then shown, and the judge decides.
"""
from __future__ import annotations

import ast
import json
from collections.abc import Collection, Mapping
from typing import Any

from workflows.expressions import Expression
from workflows.syntax import CONSTANTS, Compiler

Json = Any

_COMPARE: dict[type[ast.cmpop], str] = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">",
                                        ast.GtE: ">=", ast.In: "in", ast.NotIn: "not in"}
_FUNCTIONS = frozenset({"len", "exists"})


class _NotForThePage(Exception):
    """The condition uses what the script does not know."""


def for_the_page(condition: Expression, keys: Collection[str], scope: Mapping[str, Json]) -> str | None:
    """The condition as JSON (`["==", ["field", "accept"], ["value", false]]`); None if only the server can judge it."""
    try:
        return json.dumps(_translated(Compiler(condition.text).tree(), keys, scope), ensure_ascii=False)
    except (_NotForThePage, TypeError):
        return None


def _translated(node: ast.expr, keys: Collection[str], scope: Mapping[str, Json]) -> list[Json]:
    def inner(part: ast.expr) -> list[Json]:
        return _translated(part, keys, scope)

    match node:
        case ast.Constant(value):
            return ["value", value]
        case ast.Name(name) if name in CONSTANTS:
            return ["value", CONSTANTS[name]]
        case ast.Name(name) if name in keys:
            return ["field", name]
        case ast.Name(name) if name in scope:
            return ["value", scope[name]]
        case ast.List(items):
            return ["list", *map(inner, items)]
        case ast.BoolOp(operator, parts):
            return ["and" if isinstance(operator, ast.And) else "or", *map(inner, parts)]
        case ast.UnaryOp(ast.Not(), operand):
            return ["not", inner(operand)]
        case ast.Compare(left, [operator], [right]) if type(operator) in _COMPARE:
            return [_COMPARE[type(operator)], inner(left), inner(right)]
        case ast.Call(ast.Name(name), [argument], []) if name in _FUNCTIONS:
            return [name, inner(argument)]
    raise _NotForThePage
