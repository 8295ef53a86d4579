"""Regular expressions that content may carry: kept to those that cannot run away on the texts we match."""
from __future__ import annotations

import re
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

from workflows.sentence import say

MAX_PATTERN, MAX_MATCHED = 200, 300
"""Characters of a pattern, and of a text that it is put to."""
_MAX_WAYS = MAX_MATCHED**3
_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
_BACK_REFERENCES = (_constants.GROUPREF, _constants.GROUPREF_EXISTS)


class PatternRefused(ValueError):
    """The reason, in Chinese."""


def compile_pattern(text: str) -> re.Pattern[str]:
    """The pattern, to be matched against a whole text of at most 300 characters.

    A backtracking matcher tries, at worst, every way in which a pattern can split the text. Refused is what has more
    than 300³ of them (`.*.*.*.*`), what repeats something that can match in several ways (`(a+)+`, `(a|b?)*`), and
    back references.
    """
    if len(text) > MAX_PATTERN:
        raise PatternRefused(say("正则表达式最多%(max_pattern)s个字符", max_pattern=MAX_PATTERN))
    try:
        tree = _parser.parse(text)
        compiled = re.compile(text)
    except (re.error, OverflowError, RecursionError):
        raise PatternRefused(say("正则表达式写法不对")) from None
    if _ways(tree) > _MAX_WAYS:
        raise PatternRefused(say("正则表达式不定长的部分太多，核对会太慢"))
    return compiled


def _ways(sequence: Any, rounds: int = 1) -> int:
    """In how many ways a sequence can match at one place; `rounds` is how often what surrounds it repeats it."""
    ways = 1
    for operator, argument in sequence:
        if operator in _BACK_REFERENCES:
            raise PatternRefused(say("正则表达式里不允许反向引用"))
        if operator is _constants.BRANCH:
            ways *= sum(_ways(branch, rounds) for branch in argument[1])
        elif operator in _REPEATS:
            least, most, body = argument
            ways *= _repeated(least, most, body, rounds)
        else:
            for child in argument if isinstance(argument, tuple) else [argument]:
                if isinstance(child, _parser.SubPattern):
                    ways *= _ways(child, rounds)
    return ways


def _repeated(least: int, most: int, body: Any, rounds: int) -> int:
    most = min(most, MAX_MATCHED)
    rounds *= max(least, 1)
    if rounds > MAX_MATCHED:
        raise PatternRefused(say("正则表达式里的重复最多%(max_matched)s次", max_matched=MAX_MATCHED))
    inner = _ways(body, rounds)
    if most > 1 and inner > 1:
        raise PatternRefused(say("正则表达式里不定长的部分不能再重复"))
    return max(most - least, 0) + inner
