"""The operators of expressions, on JSON values only, each bounded in size and charged to the work budget."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflows.calendar import Calendar
from workflows.errors import ExpressionError
from workflows.sentence import say
from workflows.vocabulary import MAX_TEXT, bounded, equal, is_number, kind_of

Json = Any

MAX_LIST = 10_000


class Budget:
    """The work that all evaluations of one step may spend together."""
    __slots__ = ("left",)

    def __init__(self, work: int) -> None:
        self.left = work


class Scope:
    """One evaluation: the variables, the clock and calendar that were passed in, and the work still allowed."""
    __slots__ = ("_allowed", "_budget", "calendar", "left", "names", "now")

    def __init__(self, names: Mapping[str, Json], now: datetime, calendar: Calendar, work: int,
                 budget: Budget | None = None) -> None:
        self.names = names
        self.now = now
        self.calendar = calendar
        self.left = self._allowed = work if budget is None else min(work, budget.left)
        self._budget = budget

    def settle(self) -> None:
        """Takes what this evaluation has spent off the budget that it shares."""
        if self._budget is not None:
            self._budget.left -= self._allowed - self.left

    def charge(self, units: int) -> None:
        self.left -= units
        if self.left < 0:
            raise ExpressionError(say("计算量太大，已停止"))


def add(scope: Scope, a: Json, b: Json) -> Json:
    if is_number(a) and is_number(b):
        return bounded(a + b)
    if isinstance(a, str) and isinstance(b, str):
        if len(a) + len(b) > MAX_TEXT:
            raise ExpressionError(say("文本太长，最多%(max_text)s个字符", max_text=MAX_TEXT))
        scope.charge((len(a) + len(b)) // 2)
        return a + b
    if isinstance(a, list) and isinstance(b, list):
        if len(a) + len(b) > MAX_LIST:
            raise ExpressionError(say("列表太长，最多%(max_list)s项", max_list=MAX_LIST))
        scope.charge((len(a) + len(b)) // 2)
        return a + b
    raise ExpressionError(say("%(kind)s和%(other)s不能相加", kind=kind_of(a), other=kind_of(b)))


def subtract(_: Scope, a: Json, b: Json) -> Json:
    _numbers(say("相减"), a, b)
    return bounded(a - b)


def multiply(_: Scope, a: Json, b: Json) -> Json:
    _numbers(say("相乘"), a, b)
    return bounded(a * b)


def divide(_: Scope, a: Json, b: Json) -> Json:
    _divisor(a, b)
    return bounded(a / b)


def floor_divide(_: Scope, a: Json, b: Json) -> Json:
    _divisor(a, b)
    return bounded(a // b)


def modulo(_: Scope, a: Json, b: Json) -> Json:
    _divisor(a, b)
    return bounded(a % b)


def negate(a: Json) -> Json:
    if not is_number(a):
        raise ExpressionError(say("%(kind)s没有负值", kind=kind_of(a)))
    return -a


def same(scope: Scope, a: Json, b: Json) -> bool:
    return equal(scope, a, b)


def different(scope: Scope, a: Json, b: Json) -> bool:
    return not equal(scope, a, b)


def less(scope: Scope, a: Json, b: Json) -> bool:
    _ordered(scope, a, b)
    return bool(a < b)


def at_most(scope: Scope, a: Json, b: Json) -> bool:
    _ordered(scope, a, b)
    return bool(a <= b)


def greater(scope: Scope, a: Json, b: Json) -> bool:
    _ordered(scope, a, b)
    return bool(a > b)


def at_least(scope: Scope, a: Json, b: Json) -> bool:
    _ordered(scope, a, b)
    return bool(a >= b)


def contains(scope: Scope, a: Json, b: Json) -> bool:
    """`a in b`: an item of a list, a key of a map, a part of a text."""
    if isinstance(b, list):
        return any(equal(scope, a, item) for item in b)
    if isinstance(b, dict):
        return isinstance(a, str) and a in b
    if isinstance(a, str) and isinstance(b, str):
        scope.charge((len(a) + len(b)) // 16)
        return a in b
    raise ExpressionError(say("不能问%(kind)s是否在%(other)s里", kind=kind_of(a), other=kind_of(b)))


def lacks(scope: Scope, a: Json, b: Json) -> bool:
    return not contains(scope, a, b)


def item(whole: Json, key: Json) -> Json:
    """`whole[key]`: an entry of a map by its text key, an item of a list by its number (negative: from the end)."""
    if isinstance(whole, dict) and isinstance(key, str):
        if key not in whole:
            raise ExpressionError(say("映射里没有“%(key)s”", key=key[:40]))
        return whole[key]
    if isinstance(whole, list) and type(key) is int:
        if not -len(whole) <= key < len(whole):
            raise ExpressionError(say("列表只有%(count)s项，没有第[%(key)s]项", count=len(whole), key=key))
        return whole[key]
    raise ExpressionError(say("不能用%(kind)s从%(other)s里取值", kind=kind_of(key), other=kind_of(whole)))


def _numbers(what: str, a: Json, b: Json) -> None:
    if not (is_number(a) and is_number(b)):
        raise ExpressionError(say("%(kind)s和%(other)s不能%(what)s", kind=kind_of(a), other=kind_of(b), what=what))
    bounded(a)
    bounded(b)


def _divisor(a: Json, b: Json) -> None:
    _numbers(say("相除"), a, b)
    if b == 0:
        raise ExpressionError(say("不能除以零"))


def _ordered(scope: Scope, a: Json, b: Json) -> None:
    if isinstance(a, str) and isinstance(b, str):
        scope.charge(min(len(a), len(b)) // 64)
    elif not (is_number(a) and is_number(b)):
        raise ExpressionError(say("%(kind)s和%(other)s不能比大小", kind=kind_of(a), other=kind_of(b)))
