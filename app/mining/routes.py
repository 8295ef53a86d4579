"""Routes: the steps of a case in order, where a block that repeats at once stands once and is marked as repeated.

Tandem repeats, the shortest block first: Bose and van der Aalst, "Abstractions in process mining: a taxonomy of
patterns", BPM 2009. Blocks longer than LONGEST steps are left as they are.
"""
from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

LONGEST = 12
Json = Any
Token = str | tuple["Token", ...]
"""an element's id, or a block that repeats"""


def collapsed(elements: Sequence[str]) -> tuple[Token, ...]:
    """The route of these steps: ("a", ("b", "c"), "d") of a, b, c, b, c, b, c, d."""
    tokens: tuple[Token, ...] = tuple(elements)
    length = 1
    while length <= min(LONGEST, len(tokens) // 2):
        shorter = _without_repeats(tokens, length)
        length = 1 if len(shorter) < len(tokens) else length + 1  # what is shorter may repeat in a shorter block
        tokens = shorter
    return tokens


def _without_repeats(tokens: tuple[Token, ...], length: int) -> tuple[Token, ...]:
    """The blocks of that length that repeat at once, each once. A single block that repeats already stays one."""
    kept: list[Token] = []
    at = 0
    while at < len(tokens):
        block, after = tokens[at:at + length], at + length
        while tokens[after:after + length] == block:
            after += length
        if after == at + length:
            kept.append(tokens[at])
            at += 1
            continue
        kept.append(block[0] if length == 1 and isinstance(block[0], tuple) else block)
        at = after
    return tuple(kept)


def variant_of(route: Sequence[Token]) -> str:
    """The name of a route: 16 hexadecimal digits, the same for the same steps."""
    return hashlib.sha256(orjson.dumps(route)).hexdigest()[:16]


def of_json(steps: Sequence[Json]) -> tuple[Token, ...]:
    """A route as `Route.steps` keeps it."""
    return tuple(of_json(step) if isinstance(step, list) else step for step in steps)


def elements_of(route: Sequence[Token]) -> Iterator[str]:
    """The steps of a route, each block once."""
    for token in route:
        if isinstance(token, str):
            yield token
        else:
            yield from elements_of(token)
