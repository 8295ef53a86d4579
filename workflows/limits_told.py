"""Time limits in words: what `working_days(plan_days)` amounts to with a process's parameters."""
from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from workflows.sentence import listed, say

_CALL = re.compile(r"\b(working_days|months|days|hours|minutes)\(\s*(-?\d+)\s*\)")
_LITERAL = re.compile(r"P(\d+)D")
_WORD = re.compile(r"\b[A-Za-z_]\w*\b")
DEEPEST = 5
"""how far derived variables are followed"""
LONGEST = 4_000
"""characters of an expression that is followed"""


def limit_in_words(rule: str, variables: Mapping[str, Any], derived: Mapping[str, Any]) -> str:
    """The periods that a time rule names, such as 5个工作日; '' when it names none that is fixed. `P5D` is five
    working days."""
    literal = _LITERAL.fullmatch(rule.strip())
    if literal:
        return _told("working_days", literal[1])
    text = rule
    for _ in range(DEEPEST):
        followed = _WORD.sub(lambda found: f"({derived[found[0]]})" if isinstance(derived.get(found[0]), str)
                             else found[0], text)
        if followed == text or len(followed) > LONGEST:
            break
        text = followed
    text = _WORD.sub(lambda found: json.dumps(variables[found[0]]) if _is_whole(variables.get(found[0]))
                     else found[0], text)
    return str(listed(list(dict.fromkeys(_told(unit, number) for unit, number in _CALL.findall(text)))))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _told(unit: str, number: str) -> str:
    match unit:
        case "working_days":
            return say("%(n)s个工作日", n=number)
        case "months":
            return say("%(n)s个月", n=number)
        case "days":
            return say("%(n)s天", n=number)
        case "hours":
            return say("%(n)s小时", n=number)
        case _:
            return say("%(n)s分钟", n=number)
