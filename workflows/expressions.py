"""Expressions of diagrams, decision tables and forms: a white list over Python's expression syntax, JSON values only.

Nothing here reaches Python: there are no attributes, methods, formats, comprehensions or lambdas, and only functions of
the vocabulary can be called, by their bare names. Everything else is refused when the text is compiled, which happens
once per text. Work is bounded by a budget instead of a clock, so that an evaluation that stops here and now stops in
every replay; the budget is set so that the dearest evaluation stays under 50 ms (docs/adr/0003-expressions.md).
"""
from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Any

from workflows.calendar import Calendar
from workflows.durations import Duration, Every, iso
from workflows.errors import ExpressionError, WorkflowError
from workflows.operators import Budget, Scope
from workflows.sentence import say
from workflows.syntax import Compiler, Evaluator
from workflows.vocabulary import MAX_DEPTH

Json = Any

WORK = 50_000
"""Units of work that an evaluation, or a whole script, may spend: about one for each item or 64 characters touched, and
one for every two characters that are made, so that no evaluation takes more than a megabyte."""
EVALUATION = 5
"""Units for evaluating anything at all."""
MAX_RESULT = 200_000
"""Characters of JSON, roughly, that a result may have."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. `names` are the variables that it reads, `calls` the functions that it calls."""
    text: str
    names: frozenset[str]
    calls: frozenset[str]
    _run: Evaluator = field(repr=False, compare=False)

    def evaluate(self, names: Mapping[str, Json], *, now: datetime, calendar: Calendar,
                 started_at: datetime | None = None, budget: Budget | None = None) -> Json | Duration | Every:
        """The value over the variables `names`: a JSON value (instants as ISO text), a Duration or an Every.

        `started_at`, when given, is readable under that name; `budget` is shared with the step's other evaluations.
        ExpressionError for an unknown name, values that do not fit, too much work or too large a result.
        """
        if started_at is not None:
            names = overlay({"started_at": iso(started_at)}, names)
        scope = Scope(names, now, calendar, WORK, budget)
        with _told(self.text):
            scope.charge(EVALUATION)
            value = self._run(scope)
            if value is not True and value is not False and not isinstance(value, (Duration, Every)):
                _json_size(value, scope)
        scope.settle()
        return value


@dataclass(frozen=True, slots=True)
class Script:
    """A compiled script: assignments in order. `names` are the variables that it reads and has not assigned before,
    `targets` the ones that it assigns."""
    text: str
    names: frozenset[str]
    targets: tuple[str, ...]
    _statements: tuple[Evaluator, ...] = field(repr=False, compare=False)

    def run(self, names: Mapping[str, Json], *, now: datetime, calendar: Calendar,
            budget: Budget | None = None) -> dict[str, Json]:
        """The assigned values, in order; each line sees those before it. `names` is left as it is."""
        assigned: dict[str, Json] = {}
        scope = Scope(overlay(assigned, names), now, calendar, WORK, budget)
        size = 0
        for target, statement in zip(self.targets, self._statements, strict=True):
            with _told(target):
                scope.charge(EVALUATION)
                assigned[target] = statement(scope)
                size += _json_size(assigned[target], scope)
                if size > MAX_RESULT:
                    raise ExpressionError(say("脚本的结果加起来太大"))
        scope.settle()
        return assigned


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Expression:
    """The expression that `text` means, compiled once; ExpressionError says what is not allowed, and where."""
    compiler = Compiler(text)
    run = compiler.expression()
    return Expression(text, frozenset(compiler.names), frozenset(compiler.calls), run)


@lru_cache(maxsize=1024)
def compile_script(text: str) -> Script:
    """The script that `text` means: one `name = expression` a line. ExpressionError as for an expression."""
    read, targets, statements = set[str](), list[str](), list[Evaluator]()
    for target, statement, names in Compiler(text).script():
        read |= names.difference(targets)
        targets.append(target)
        statements.append(statement)
    return Script(text, frozenset(read), tuple(targets), tuple(statements))


def evaluate(text: str, names: Mapping[str, Json], *, now: datetime, calendar: Calendar,
             started_at: datetime | None = None, budget: Budget | None = None) -> Json | Duration | Every:
    """`compile_expression(text).evaluate(…)`."""
    return compile_expression(text).evaluate(names, now=now, calendar=calendar, started_at=started_at, budget=budget)


def run_script(text: str, names: Mapping[str, Json], *, now: datetime, calendar: Calendar,
               budget: Budget | None = None) -> dict[str, Json]:
    """`compile_script(text).run(…)`."""
    return compile_script(text).run(names, now=now, calendar=calendar, budget=budget)


def overlay(over: dict[str, Json], under: Mapping[str, Json]) -> Mapping[str, Json]:
    """A view of `under` with `over` before it."""
    return ChainMap(over, under)  # type: ignore[arg-type]  # it reads only; typeshed wants both mutable


@contextmanager
def _told(label: str) -> Iterator[None]:
    """Says in the error which expression or assignment it was."""
    try:
        yield
    except WorkflowError as error:
        raise ExpressionError(say("“%(label)s”：%(error)s", label=_short(label), error=error)) from None


def _json_size(value: Json, scope: Scope) -> int:
    """The rough length of `value` as JSON; ExpressionError if it is not JSON, too large or too deep. The walk is
    charged, for a value can hold another many times."""
    scope.charge(1)
    size, level = 0, [value]
    for _ in range(MAX_DEPTH):
        inner: list[Json] = []
        for item in level:
            size += _own_size(item, scope)
            if size > MAX_RESULT:
                raise ExpressionError(say("结果太大"))
            if isinstance(item, (list, dict)):
                scope.charge(len(item))
                inner += item if isinstance(item, list) else item.values()
        if not inner:
            return size
        level = inner
    raise ExpressionError(say("结果嵌套太深"))


def _own_size(value: Json, scope: Scope) -> int:
    if isinstance(value, str):
        return len(value) + 2
    if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and isfinite(value)):
        return 8
    if isinstance(value, list):
        return 2 + len(value)
    if isinstance(value, dict):
        scope.charge(len(value))
        if all(isinstance(key, str) for key in value):
            return 2 + sum(map(len, value)) + 4 * len(value)
    raise ExpressionError(say("结果里有不是 JSON 的值（时长只能单独使用）"))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:59] + "…"
