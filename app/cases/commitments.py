"""Personal data in the history: an entry holds commitments, the values lie beside it and can be erased (ADR 20).

In an entry's input each text of a personal name is replaced by {"committed": hash of salt and canonical JSON of the
value, as hex, "by": the algorithm}. Value and salt are a row of their own, which no hash covers: without it the
commitment says nothing, with it nobody can put another value in its place. Salts are drawn where an input comes in and
kept like the rest of it, so that running the input again needs none.
"""
from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import orjson

from workflows.sentence import say

Json = Any
Kept = Mapping[str, tuple[str, str]]
"""{commitment: (salt as hex, the value as canonical JSON)}, of one entry"""
SALT = 16
"""bytes"""
OPTION = "zhuqi_commitments"
"""execution option of an engine: the algorithm by which it commits"""
DEFAULT = "sha256"
HOLDERS = ("variables", "answers", "payload", "values")
"""the parts of an input that hold what people wrote, by name"""
ERASED = say("（已删除）")
"""what stands in the place of a value that is not there any more"""


def commit(given: Mapping[str, Json], personal: Collection[str], algorithm: str) -> tuple[dict[str, Json], dict[str,
                                                                                              tuple[str, str]]]:
    """An input as its entry holds it, and what is kept beside it. `personal` are names, `list.column` for one column of
    a list. Empty texts stay: that nothing was written is nobody's secret, and decides where a case goes."""
    kept: dict[str, tuple[str, str]] = {}

    def hidden(value: Json) -> dict[str, str]:
        salt, text = secrets.token_bytes(SALT), _canonical(value)
        mark = {"committed": digest(salt, text, algorithm), "by": algorithm}
        kept[mark["committed"]] = salt.hex(), text.decode()
        return mark

    def walked(value: Json, name: str, all_of_it: bool) -> Json:
        if isinstance(value, dict):
            if is_commitment(value):  # whatever looks like one in an entry is one
                return hidden(value)
            return {key: walked(each, f"{name}.{key}", all_of_it or f"{name}.{key}" in personal)
                    for key, each in value.items()}
        if isinstance(value, list):
            return [walked(each, name, all_of_it) for each in value]
        return hidden(value) if all_of_it and isinstance(value, str) and value else value

    held = {part: {name: walked(value, name, name in personal) for name, value in given[part].items()}
            for part in HOLDERS if isinstance(given.get(part), Mapping)}
    return {**given, **held}, kept


def filled(given: Json, kept: Kept | None) -> Json:
    """An input as it came in, ERASED in the place of what is not there any more."""
    if isinstance(given, dict):
        if is_commitment(given):
            found = (kept or {}).get(given["committed"])
            return str(ERASED) if found is None else orjson.loads(found[1])
        return {name: filled(value, kept) for name, value in given.items()}
    return [filled(value, kept) for value in given] if isinstance(given, list) else given


def is_commitment(value: Mapping[str, Json]) -> bool:
    return value.keys() == {"committed", "by"}


def in_entry(given: Json) -> Iterator[tuple[str, str]]:
    """(commitment, algorithm) of each that an input holds."""
    if isinstance(given, dict):
        if is_commitment(given):
            yield given["committed"], given["by"]
            return
        for value in given.values():
            yield from in_entry(value)
    elif isinstance(given, list):
        for value in given:
            yield from in_entry(value)


def opens(commitment: str, algorithm: str, kept: tuple[str, str]) -> bool:
    """Whether this value with this salt is what was committed to; not for what is written no way that this writes."""
    try:
        salt, text = kept
        return digest(bytes.fromhex(salt), text.encode(), algorithm) == commitment and \
            _canonical(orjson.loads(text)) == text.encode()
    except (ValueError, TypeError, AttributeError):
        return False


def digest(salt: bytes, text: bytes, algorithm: str) -> str:
    """The hash of salt and value. The salt has one length, so that nothing can be moved from one to the other. Raises
    ValueError for an algorithm that is none of ours."""
    if len(salt) != SALT or algorithm not in ("sha256", "sm3"):
        raise ValueError(algorithm)
    return hashlib.new(algorithm, salt + text).hexdigest()


def values(kept: Kept) -> list[Json]:
    """What was written."""
    return [orjson.loads(text) for _, text in kept.values()]


def _canonical(value: Json) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
