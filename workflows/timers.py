"""Timers: their rules are worked out when a token reaches them, and can be worked out again.

A waiting timer keeps its due instant, the instant it started from and whether the deadline is provisional in its
token's internal data; the rule is its text in the diagram. So a calendar or a variable that changes later moves the
deadline by rule, and an administrator can see why it is what it is.
"""
from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from workflows.durations import Due, Duration, Every, due_of
from workflows.errors import ExpressionError
from workflows.expressions import compile_expression
from workflows.sentence import say
from workflows.step import ArmedTimer

if TYPE_CHECKING:
    from workflows.calendar import Calendar
    from workflows.spiff import Token

Json = Any
_LITERAL = re.compile(r"P[0-9T][0-9A-Z]*|[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?")


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer event's definition. `kind` is how the diagram says it; `rule` is an expression or ISO 8601 text.

    A cycle may rest: while its rule is null it does not fire, until a variable that it mentions is written.
    """
    kind: Literal["date", "duration", "cycle"]
    rule: str

    @property
    def repeats(self) -> bool:
        return self.kind == "cycle"


def is_literal(rule: str) -> bool:
    """Whether a rule is ISO 8601 text (`P5D`, `2026-03-01`) and not an expression."""
    return _LITERAL.fullmatch(rule) is not None


def due_from(value: Json | Duration | Every, start: datetime, calendar: Calendar) -> Due:
    """The instant that a rule's value means, counted from `start`. ExpressionError for anything but time."""
    if isinstance(value, Every):
        value = value.interval
    if not isinstance(value, (Duration, str)):
        raise ExpressionError(say("结果不是时长，也不是时间"))
    return due_of(value, start, calendar)


def work_out(token: Token, rule: str, since: datetime, optional: bool = False) -> Due | None:
    """The due instant of a rule of this token, as it would have come out at `since`.

    An `optional` deadline may have no value yet; a single timer must have one.
    """
    execution = token.execution
    value = rule if is_literal(rule) else execution.evaluate(token, rule, at=since)
    if value is None and optional:
        return None
    with execution.failing(token, "timer", say("时限“%(rule)s”", rule=rule)):
        return due_from(value, since, execution.calendar)


def keep(token: Token, due: Due | None, since: datetime) -> None:
    """Notes a deadline on its token, or that it has none so far."""
    token.internal_data["since"] = text_of(since)
    if due is not None:
        token.internal_data |= {"due": text_of(due.at), "provisional": due.provisional}
    else:
        token.internal_data.pop("due", None)


def due_at(token: Token) -> datetime:
    return datetime.fromisoformat(token.internal_data["due"])


def since(token: Token) -> datetime:
    return datetime.fromisoformat(token.internal_data["since"])


def is_armed(token: Token) -> bool:
    return _timer(token) is not None and "due" in token.internal_data


def _timer(token: Token) -> Timer | None:
    definition = getattr(token.task_spec, "event_definition", None)
    return definition if isinstance(definition, Timer) else None


def armed(token: Token) -> ArmedTimer:
    """The waiting timer of a token, as a step reports it."""
    spec = token.task_spec
    return ArmedTimer(token.id, spec.bpmn_id, due_at(token), spec.event_definition.rule, since(token),
                      token.internal_data["provisional"])


def rule_of(token: Token) -> str | None:
    """The rule of a token's deadline: of its timer, or the `due` property of its user task."""
    timer = _timer(token)
    return timer.rule if timer is not None else token.task_spec.element.extensions.get("due")


def work_out_again(token: Token) -> None:
    """Works a kept deadline out under today's calendar and variables. A single timer whose rule has no value any more
    keeps the deadline that it had."""
    rule, timer = rule_of(token), _timer(token)
    if rule is not None:
        rested = timer is not None and "due" not in token.internal_data
        start = token.execution.now if rested else since(token)
        due = work_out(token, rule, start, optional=True)
        if due is not None or timer is None or timer.repeats:
            keep(token, due, start)


def mentions(token: Token, names: Collection[str]) -> bool:
    """Whether this token's deadline is worked out from one of these variables."""
    rule = rule_of(token) if "since" in token.internal_data else None
    return rule is not None and not is_literal(rule) and not compile_expression(rule).names.isdisjoint(names)


def text_of(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
