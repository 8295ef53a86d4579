"""Derived variables: what follows from other variables by rule, such as a promise date from its start and its limit.

A process names them in its property `derived`, JSON of name → expression, in order: each rule reads declared variables
and derived ones before it. They are worked out whenever something that they read is written, and again when the
calendar changes, so a date never outlives the reason for it (docs/adr/0008-derived-variables.md). Nothing else can
write them.
"""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workflows.durations import Duration, Every
from workflows.errors import ExpressionError
from workflows.expressions import Expression, compile_expression
from workflows.operators import Budget
from workflows.sentence import say

if TYPE_CHECKING:
    from workflows.calendar import Calendar
    from workflows.reading import Reading

Json = Any


def rules(reading: Reading) -> dict[str, Expression]:
    """The rules of a version that has passed its checks, the main process's first. What a caller derives, a called
    process does not derive anew."""
    found: dict[str, Expression] = {}
    for process_id in _callers_first(reading):
        for name, text in (reading.processes[process_id].derived or {}).items():
            found.setdefault(name, compile_expression(text))
    return found


def work_out(rule: Expression, names: Mapping[str, Json], *, now: datetime, calendar: Calendar,
             budget: Budget | None = None) -> Json:
    """A derived variable's value. ExpressionError as for any expression, and for a value that is not JSON."""
    return no_period(rule.evaluate(names, now=now, calendar=calendar, budget=budget))


def no_period(value: Json | Duration | Every) -> Json:
    """The value, if a variable can hold it; ExpressionError for a period."""
    if isinstance(value, (Duration, Every)):
        raise ExpressionError(say("时长不能作变量的值，要日期请写 after(开始, 时长)，要时长请写文本，如 \"P5D\""))
    return value


def _callers_first(reading: Reading) -> list[str]:
    order = [reading.main]
    for process_id in order:
        order += [called for called in reading.processes[process_id].called if called not in order]
    return order
