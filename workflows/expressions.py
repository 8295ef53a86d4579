"""Expressions of diagrams, decision tables and forms: a white list over Python's expression syntax, JSON values only.

Nothing here reaches Python: there are no attributes, methods, formats, comprehensions or lambdas, and only functions of
the vocabulary can be called, by their bare names. Everything else is refused when the text is compiled, which happens
once per text. Work is bounded by a budget instead of a clock, so that an evaluation that stops here and now stops in
every replay; the budget is set so that the dearest evaluation stays under 50 ms (docs/adr/0003-expressions.md).
"""
from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Any

from workflows.calendar import Calendar
from workflows.durations import Duration, Every, iso
from workflows.errors import ExpressionError, WorkflowError
from workflows.operators import Scope
from workflows.syntax import Compiler, Evaluator

Json = Any

WORK = 100_000
"""Units of work that an evaluation, or a whole script, may spend: about one for each item or 64 characters touched."""
MAX_RESULT = 1_000_000
"""Characters of JSON, roughly, that a result may have."""
MAX_RESULT_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. `names` are the variables that it reads."""
    text: str
    names: frozenset[str]
    _run: Evaluator = field(repr=False, compare=False)

    def evaluate(self, names: Mapping[str, Json], *, now: datetime, calendar: Calendar,
                 started_at: datetime | None = None) -> Json | Duration | Every:
        """The value over the variables `names`: a JSON value (instants as ISO text), a Duration or an Every.

        `started_at`, when given, is readable under that name. ExpressionError for an unknown name, values that do not
        fit, too much work or too large a result.
        """
        if started_at is not None:
            names = overlay({"started_at": iso(started_at)}, names)
        scope = Scope(names, now, calendar, WORK)
        value = _guarded(self._run, scope, self.text)
        return value if isinstance(value, (Duration, Every)) else _checked(value, self.text)


@dataclass(frozen=True, slots=True)
class Script:
    """A compiled script: assignments in order. `names` are the variables that it reads and has not assigned before,
    `targets` the ones that it assigns."""
    text: str
    names: frozenset[str]
    targets: tuple[str, ...]
    _statements: tuple[Evaluator, ...] = field(repr=False, compare=False)

    def run(self, names: Mapping[str, Json], *, now: datetime, calendar: Calendar) -> dict[str, Json]:
        """The assigned values, in order; each line sees those before it. `names` is left as it is."""
        assigned: dict[str, Json] = {}
        scope = Scope(overlay(assigned, names), now, calendar, WORK)
        for target, statement in zip(self.targets, self._statements, strict=True):
            assigned[target] = _checked(_guarded(statement, scope, target), target)
        return assigned


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Expression:
    """The expression that `text` means, compiled once; ExpressionError says what is not allowed, and where."""
    compiler = Compiler(text)
    run = compiler.expression()
    return Expression(text, frozenset(compiler.names), run)


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
             started_at: datetime | None = None) -> Json | Duration | Every:
    """`compile_expression(text).evaluate(…)`."""
    return compile_expression(text).evaluate(names, now=now, calendar=calendar, started_at=started_at)


def run_script(text: str, names: Mapping[str, Json], *, now: datetime, calendar: Calendar) -> dict[str, Json]:
    """`compile_script(text).run(…)`."""
    return compile_script(text).run(names, now=now, calendar=calendar)


def overlay(over: dict[str, Json], under: Mapping[str, Json]) -> Mapping[str, Json]:
    """A view of `under` with `over` before it."""
    return ChainMap(over, under)  # type: ignore[arg-type]  # it reads only; typeshed wants both mutable


def _guarded(run: Evaluator, scope: Scope, label: str) -> Json:
    """Runs, and says in the error which expression it was."""
    try:
        return run(scope)
    except RecursionError:
        raise ExpressionError(f"“{_short(label)}”：数据嵌套太深") from None
    except WorkflowError as error:
        raise ExpressionError(f"“{_short(label)}”：{error}") from None


def _checked(value: Json, label: str) -> Json:
    """`value` itself if it is JSON of bearable size and depth."""
    if value is None or value is True or value is False:
        return value
    size, level = 0, [value]
    for _ in range(MAX_RESULT_DEPTH):
        size += sum(map(_own_size, level))
        if size > MAX_RESULT:
            raise ExpressionError(f"“{_short(label)}”：结果太大")
        level = [inner for outer in level if isinstance(outer, (list, dict)) for inner in _parts(outer)]
        if not level:
            return value
    raise ExpressionError(f"“{_short(label)}”：结果嵌套太深")


def _own_size(value: Json) -> int:
    if isinstance(value, str):
        return len(value) + 2
    if value is None or isinstance(value, (bool, int)):
        return 8
    if isinstance(value, float) and isfinite(value):
        return 8
    if isinstance(value, list):
        return 2 + 2 * len(value)
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return 2 + sum(len(key) + 4 for key in value)
    raise ExpressionError("结果里有不是 JSON 的值（时长只能单独使用）")


def _parts(value: Json) -> list[Json]:
    return value if isinstance(value, list) else list(value.values())


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:59] + "…"
