"""The operators of expressions, on JSON values only, each bounded in size and charged to the work budget."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflows.calendar import Calendar
from workflows.errors import ExpressionError
from workflows.vocabulary import MAX_TEXT, bounded, equal, is_number, kind_of

Json = Any

MAX_LIST = 10_000


class Scope:
    """One evaluation: the variables, the clock and calendar that were passed in, and the work still allowed."""
    __slots__ = ("calendar", "left", "names", "now")

    def __init__(self, names: Mapping[str, Json], now: datetime, calendar: Calendar, work: int) -> None:
        self.names = names
        self.now = now
        self.calendar = calendar
        self.left = work

    def charge(self, units: int) -> None:
        self.left -= units
        if self.left < 0:
            raise ExpressionError("计算量太大，已停止")


def add(scope: Scope, a: Json, b: Json) -> Json:
    if is_number(a) and is_number(b):
        return bounded(a + b)
    if isinstance(a, str) and isinstance(b, str):
        if len(a) + len(b) > MAX_TEXT:
            raise ExpressionError(f"文本太长，最多{MAX_TEXT}个字符")
        scope.charge((len(a) + len(b)) // 2)
        return a + b
    if isinstance(a, list) and isinstance(b, list):
        if len(a) + len(b) > MAX_LIST:
            raise ExpressionError(f"列表太长，最多{MAX_LIST}项")
        scope.charge((len(a) + len(b)) // 2)
        return a + b
    raise ExpressionError(f"{kind_of(a)}和{kind_of(b)}不能相加")


def subtract(_: Scope, a: Json, b: Json) -> Json:
    _numbers("相减", a, b)
    return bounded(a - b)


def multiply(_: Scope, a: Json, b: Json) -> Json:
    _numbers("相乘", a, b)
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
        raise ExpressionError(f"{kind_of(a)}没有负值")
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
    raise ExpressionError(f"不能问{kind_of(a)}是否在{kind_of(b)}里")


def lacks(scope: Scope, a: Json, b: Json) -> bool:
    return not contains(scope, a, b)


def item(whole: Json, key: Json) -> Json:
    """`whole[key]`: an entry of a map by its text key, an item of a list by its number (negative: from the end)."""
    if isinstance(whole, dict) and isinstance(key, str):
        if key not in whole:
            raise ExpressionError(f"映射里没有“{key[:40]}”")
        return whole[key]
    if isinstance(whole, list) and type(key) is int:
        if not -len(whole) <= key < len(whole):
            raise ExpressionError(f"列表只有{len(whole)}项，没有第[{key}]项")
        return whole[key]
    raise ExpressionError(f"不能用{kind_of(key)}从{kind_of(whole)}里取值")


def _numbers(what: str, a: Json, b: Json) -> None:
    if not (is_number(a) and is_number(b)):
        raise ExpressionError(f"{kind_of(a)}和{kind_of(b)}不能{what}")
    bounded(a)
    bounded(b)


def _divisor(a: Json, b: Json) -> None:
    _numbers("相除", a, b)
    if b == 0:
        raise ExpressionError("不能除以零")


def _ordered(scope: Scope, a: Json, b: Json) -> None:
    if isinstance(a, str) and isinstance(b, str):
        scope.charge(min(len(a), len(b)) // 64)
    elif not (is_number(a) and is_number(b)):
        raise ExpressionError(f"{kind_of(a)}和{kind_of(b)}不能比大小")
