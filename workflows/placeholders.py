"""`{variable}` or `{variable.key}` in a text for people: what the case's variables hold comes in its place.

Letters, forms and their choices are filled this way alike, so that a number stands in one place only, as a parameter.
Braces with a space in them are left as they are written.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from workflows.sentence import COMMA

Json = Any
_PLACE = re.compile(r"\{([^{}\s]+)\}")


def names_in(text: str) -> frozenset[str]:
    """The variables that a text names."""
    return frozenset(path.partition(".")[0] for path in _PLACE.findall(text))


def plain(value: Json) -> str:
    """A value as text: a list with commas, nothing for what has no value."""
    return COMMA.join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def filled(text: str, variables: Mapping[str, Json], show: Callable[[Json], str] = plain) -> str:
    """The text with its places filled; one whose variable is not there, or empty, stays empty. What is put in is not
    looked at for places again."""
    return _PLACE.sub(lambda place: show(_value(place[1], variables)), text) if "{" in text else text


def _value(path: str, variables: Mapping[str, Json]) -> Json:
    first, *keys = path.split(".")
    found = variables.get(first)
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
