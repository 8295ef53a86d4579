"""Periods as people write them: 5个工作日, 五个工作日, 三个月内, 十五日."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_PERIOD = re.compile(r"(?<![\d.零〇一二两三四五六七八九十百千])(\d{1,4}|[零〇一二两三四五六七八九十百千]{1,7})\s*个?\s*"
                     r"(工作日|月以?内|(?<=个)月|日|天|小时|分钟)")
_NOT_COUNTED = re.compile(r"[年月下上每]\s*")
"""what stands before a number that counts nothing: 3月5日, the next working day"""
_WORDS = {"working_days": re.compile("工作日|日|天"), "days": re.compile("日|天"), "months": re.compile("月(以?内)?"),
          "hours": re.compile("小时"), "minutes": re.compile("分钟")}
"""unit of a period → how people write it"""


def periods(text: str, unit: str) -> Iterator[tuple[int, str]]:
    """The periods of a unit that a text names, each as number and as it is written."""
    for found in _PERIOD.finditer(text):
        if _WORDS[unit].fullmatch(found[2]) and not _NOT_COUNTED.fullmatch(text[:found.start()].rstrip()[-1:]):
            yield whole(found[1]), found[0]


def whole(text: str) -> int:
    """A whole number in digits or Chinese numerals, below 10,000."""
    if text.isdecimal():
        return int(text)
    total, digit = 0, None
    for sign in re.sub("两", "二", text):
        value = int(unicodedata.numeric(sign))
        if value >= 10:
            total += (1 if digit is None else digit) * value
            digit = None
        else:
            digit = value
    return total + (digit or 0)
