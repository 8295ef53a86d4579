"""The functions that expressions may call; docs/expressions.md lists them.

Every function is pure: its arguments, the passed-in `now` and the calendar decide. Values are JSON values, plus
`Duration` and `Every`, which only timers and due rules take.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from workflows.calendar import CITY_ZONE, Calendar
from workflows.durations import Duration, Every, instant, iso, iso_duration, make_duration, resolve
from workflows.errors import ExpressionError
from workflows.sentence import say

Json = Any

LARGEST = 10**15
MAX_TEXT = 100_000
MAX_CASED = 20_000
"""characters whose case is changed at once: Python sets aside twelve bytes for each"""
MAX_DEPTH = 50
"""Levels of nesting, of expressions and of data."""


class Scope(Protocol):
    """What a function sees of the evaluation. `charge` takes units off the work budget, or raises."""
    now: datetime
    calendar: Calendar

    def charge(self, units: int) -> None: ...


def kind_of(value: Json) -> str:
    """What a value is, in an administrator's words."""
    if value is None:
        return say("空值")
    names = {bool: say("是/否"), int: say("数"), float: say("数"), str: say("文本"), list: say("列表"),
             dict: say("映射"),
             Duration: say("时长"), Every: say("周期")}
    return names.get(type(value), say("不支持的值"))


def is_number(value: Json) -> bool:
    return type(value) is int or type(value) is float


def _working_days(_: Scope, n: Json) -> Duration:
    return make_duration("working_days", n)


def _months(_: Scope, n: Json) -> Duration:
    return make_duration("months", n)


def _days(_: Scope, n: Json) -> Duration:
    return make_duration("days", n)


def _hours(_: Scope, n: Json) -> Duration:
    return make_duration("hours", n)


def _minutes(_: Scope, n: Json) -> Duration:
    return make_duration("minutes", n)


def _after(scope: Scope, start: Json, duration: Json) -> str:
    if isinstance(duration, str):
        duration = iso_duration(duration)
    if not isinstance(duration, Duration):
        raise ExpressionError(say("after 的第二个参数要是时长，例如 working_days(5)，得到的是%(kind)s",
                                  kind=kind_of(duration)))
    return iso(resolve(duration, instant(start), scope.calendar).at)


def _before(scope: Scope, end: Json, n: Json) -> str:
    days = make_duration("working_days", n).n
    day = instant(end).astimezone(CITY_ZONE).date()
    return iso(scope.calendar.end_of(scope.calendar.subtract_working_days(day, days)))


def _every(_: Scope, interval: Json) -> Every:
    if not isinstance(interval, Duration) or interval.n < 1:
        raise ExpressionError(say("every 的参数要是不为零的时长，例如 every(working_days(1))"))
    return Every(interval)


def _now(scope: Scope) -> str:
    return iso(scope.now)


def _today(scope: Scope) -> str:
    return scope.now.astimezone(CITY_ZONE).date().isoformat()


def _earlier(_: Scope, first: Json, second: Json) -> Json:
    return _one_of(first, second, lambda a, b: a <= b)


def _later(_: Scope, first: Json, second: Json) -> Json:
    return _one_of(first, second, lambda a, b: a >= b)


def _one_of(first: Json, second: Json, keep_first: Callable[[datetime, datetime], bool]) -> Json:
    if first is None or second is None:
        return second if first is None else first
    return first if keep_first(instant(first), instant(second)) else second


def _len(_: Scope, value: Json) -> int:
    if value is None:
        return 0
    if not isinstance(value, (str, list, dict)):
        raise ExpressionError(say("len 的参数要是文本、列表或映射，得到的是%(kind)s", kind=kind_of(value)))
    return len(value)


def _min(scope: Scope, *values: Json) -> Json:
    return min(_comparable(scope, "min", values))


def _max(scope: Scope, *values: Json) -> Json:
    return max(_comparable(scope, "max", values))


def _comparable(scope: Scope, word: str, values: tuple[Json, ...]) -> list[Json]:
    items = values[0] if len(values) == 1 and isinstance(values[0], list) else list(values)
    scope.charge(len(items) + sum(len(item) for item in items if isinstance(item, str)) // 64)
    if not items or not (all(map(is_number, items)) or all(isinstance(item, str) for item in items)):
        raise ExpressionError(say("%(word)s 的参数要全是数或全是文本，且至少一个", word=word))
    return items


def _sum(scope: Scope, numbers: Json) -> Json:
    scope.charge(len(_list("sum", numbers)))
    if not all(map(is_number, numbers)):
        raise ExpressionError(say("sum 的参数要是数的列表"))
    return bounded(sum(numbers))


def _round(_: Scope, value: Json, digits: Json = 0) -> Json:
    if not is_number(value) or type(digits) is not int or not 0 <= digits <= 9:
        raise ExpressionError(say("round 的参数要是一个数，以及 0 到 9 的小数位数"))
    rounded = Decimal(str(bounded(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return float(rounded) if digits else int(rounded)


def _abs(_: Scope, value: Json) -> Json:
    if not is_number(value):
        raise ExpressionError(say("abs 的参数要是数，得到的是%(kind)s", kind=kind_of(value)))
    return abs(value)


def _get(_: Scope, mapping: Json, key: Json, default: Json = None) -> Json:
    if mapping is None:
        return default
    if not isinstance(mapping, dict) or not isinstance(key, str):
        raise ExpressionError(say("get 的前两个参数要是映射和文本键"))
    return mapping.get(key, default)


def _exists(_: Scope, value: Json) -> bool:
    return value is not None and value != "" and value != [] and value != {}


def _pluck(scope: Scope, items: Json, key: Json) -> list[Json]:
    scope.charge(len(_list("pluck", items)))
    return [_field(item, key) for item in items]


def _count(scope: Scope, items: Json, key: Json, value: Json) -> int:
    return sum(_matches(scope, "count", items, key, value))


def _all_of(scope: Scope, items: Json, key: Json, value: Json) -> bool:
    return all(_matches(scope, "all_of", items, key, value))


def _any_of(scope: Scope, items: Json, key: Json, value: Json) -> bool:
    return any(_matches(scope, "any_of", items, key, value))


def _without(scope: Scope, items: Json, unwanted: Json) -> list[Json]:
    return [item for item in _list("without", items) if not equal(scope, item, unwanted)]


def _lower(scope: Scope, value: Json) -> str:
    return _cased(scope, "lower", value).lower()


def _upper(scope: Scope, value: Json) -> str:
    return _cased(scope, "upper", value).upper()


def _trim(scope: Scope, value: Json) -> str:
    return _text_of(scope, "trim", value).strip()


def _text(_: Scope, value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return str(bounded(value))
    if not isinstance(value, str):
        raise ExpressionError(say("text 的参数要是文本、数、是/否或空值，得到的是%(kind)s", kind=kind_of(value)))
    return value


def _number(_: Scope, value: Json) -> Json:
    if is_number(value):
        return value
    text = value.strip() if isinstance(value, str) and len(value) <= 40 and value.isascii() else ""
    for read in (int, float):
        try:
            return bounded(read(text.replace("_", "?")))
        except ValueError:
            continue
    raise ExpressionError(say("number 的参数不是数：%(kind)s", kind=kind_of(value)))


def bounded(number: Json) -> Json:
    """The number itself, or ExpressionError beyond ±10^15 (or when it is none, NaN)."""
    if not -LARGEST <= number <= LARGEST:
        raise ExpressionError(say("数太大，超出了 ±10^15"))
    return number


def equal(scope: Scope, a: Json, b: Json, depth: int = 0) -> bool:
    """JSON equality: true is not 1. What it walks is charged."""
    scope.charge(1)
    if depth > MAX_DEPTH:
        raise ExpressionError(say("数据嵌套太深，无法比较"))
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(equal(scope, x, y, depth + 1) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return len(a) == len(b) and all(key in b and equal(scope, a[key], b[key], depth + 1) for key in a)
    if isinstance(a, str) and isinstance(b, str):
        scope.charge(min(len(a), len(b)) // 64)
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def _matches(scope: Scope, word: str, items: Json, key: Json, value: Json) -> list[bool]:
    return [equal(scope, _field(item, key), value) for item in _list(word, items)]


def _field(item: Json, key: Json) -> Json:
    if not isinstance(item, dict) or not isinstance(key, str):
        raise ExpressionError(say("这里要的是映射的列表和文本键"))
    return item.get(key)


def _list(word: str, value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise ExpressionError(say("%(word)s 的第一个参数要是列表，得到的是%(kind)s", word=word, kind=kind_of(value)))
    return value


def _text_of(scope: Scope, word: str, value: Json) -> str:
    if not isinstance(value, str):
        raise ExpressionError(say("%(word)s 的参数要是文本，得到的是%(kind)s", word=word, kind=kind_of(value)))
    scope.charge(len(value) // 2)
    return value


def _cased(scope: Scope, word: str, value: Json) -> str:
    text = _text_of(scope, word, value)
    if len(text) > MAX_CASED:
        raise ExpressionError(say("%(word)s 的文本太长，最多%(max_cased)s个字符", word=word, max_cased=MAX_CASED))
    return text


@dataclass(frozen=True, slots=True)
class Word:
    """A function of the vocabulary: `least` to `most` positional arguments (None: any number)."""
    call: Callable[..., Json]
    least: int
    most: int | None


VOCABULARY: dict[str, Word] = {
    "working_days": Word(_working_days, 1, 1), "months": Word(_months, 1, 1), "days": Word(_days, 1, 1),
    "hours": Word(_hours, 1, 1), "minutes": Word(_minutes, 1, 1),
    "after": Word(_after, 2, 2), "before": Word(_before, 2, 2), "every": Word(_every, 1, 1),
    "now": Word(_now, 0, 0), "today": Word(_today, 0, 0),
    "earlier": Word(_earlier, 2, 2), "later": Word(_later, 2, 2),
    "len": Word(_len, 1, 1), "min": Word(_min, 1, None), "max": Word(_max, 1, None), "sum": Word(_sum, 1, 1),
    "round": Word(_round, 1, 2), "abs": Word(_abs, 1, 1),
    "get": Word(_get, 2, 3), "exists": Word(_exists, 1, 1), "pluck": Word(_pluck, 2, 2),
    "count": Word(_count, 3, 3), "all_of": Word(_all_of, 3, 3), "any_of": Word(_any_of, 3, 3),
    "without": Word(_without, 2, 2),
    "lower": Word(_lower, 1, 1), "upper": Word(_upper, 1, 1), "trim": Word(_trim, 1, 1),
    "text": Word(_text, 1, 1), "number": Word(_number, 1, 1),
}
