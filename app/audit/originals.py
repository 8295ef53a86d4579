"""Entries are found again, by what was sealed of them, where somebody has numbered and chained them anew."""
from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.audit.entries import Entry
from app.audit.merkle import Hash


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry as a seal has it."""
    seal: int
    hash: Hash
    value: bytes
    by_sha256: bool


def found_again(entries: Sequence[Entry], sealed: Sequence[Sealed], wrong: int) -> dict[int, int]:
    """{place when sealed: place now} of entries from the first wrong place on.

    What is sealed of an entry has its predecessor's SHA-256 in it. The predecessor of the first wrong one is
    unchanged, and each that is found tells the next one's; of one that is gone or was changed only a seal by SHA-256
    tells it, so that behind such a one nothing is found under SM3.
    """
    found: dict[int, int] = {}
    previous = entries[wrong - 2].hash if wrong > 1 else ""
    for place, was in enumerate(sealed[wrong - 1:], start=wrong):
        for now in _from_near_to_far(place, wrong, len(entries)):
            content = put_back(entries[now - 1], place, previous)
            if was.hash(content) == was.value:
                found[place], previous = now, hashlib.sha256(content).hexdigest()
                break
        else:
            if not was.by_sha256:
                break
            previous = was.value.hex()
    return found


def put_back(entry: Entry, place: int, previous: str | None = None) -> bytes:
    """The entry's content with another place in it, and with another predecessor if one is given."""
    content: dict[str, Any] = orjson.loads(entry.content) | {"seq": place}
    if previous is not None:
        content["prev_hash"] = previous
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def _from_near_to_far(place: int, first: int, last: int) -> Iterator[int]:
    for away in range(max(place - first, last - place) + 1):
        yield from (at for at in {place - away, place + away} if first <= at <= last)
