"""Whole numbers from addresses and forms: what is none, or larger than any id, is never an error."""
from __future__ import annotations

from collections.abc import Iterable

LARGEST = 2**63 - 1
"""of an id, on every database"""


def whole(text: str | None, default: int = 0) -> int:
    """The number that some ASCII digits mean, else `default`. Characters that only look like digits (²) are none."""
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 20):
        return default
    number = int(text)
    return number if number <= LARGEST else default


def page_number(text: str | None) -> int:
    """A page of a list: 1 at least, 10,000 at most."""
    return min(max(whole(text, 1), 1), 10_000)


def ids(texts: Iterable[str]) -> list[int]:
    """The numbers among these, in their order."""
    return [number for number in map(whole, texts) if number]
