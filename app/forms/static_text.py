"""Static text of forms: paragraphs, `- ` lists, `**bold**`, and `{variable}` or `{variable.key}` for what the task's
variables hold, days as people say them. Everything else is shown as it is written, escaped."""
from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from markupsafe import Markup, escape

from app.presentation import say_day
from app.repeated import day_of

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_PLACE = re.compile(r"\{([a-z_]\w*(?:\.[a-z_]\w*)*)\}")


def static_text(text: str, variables: Mapping[str, Any], today: date) -> Markup:
    """The text as HTML; a place whose variable is not there, or empty, stays empty."""
    text = _PLACE.sub(lambda place: _value(place[1], variables, today), text)
    blocks = [block.splitlines() for block in re.split(r"\n\s*\n", text.strip())]
    return Markup("").join(_block(lines) for lines in blocks if lines)


def _block(lines: list[str]) -> Markup:
    if all(line.lstrip().startswith("- ") for line in lines):
        items = Markup("").join(Markup("<li>{}</li>").format(_inline(line.lstrip()[2:])) for line in lines)
        return Markup("<ul>{}</ul>").format(items)
    return Markup("<p>{}</p>").format(Markup("<br>").join(map(_inline, lines)))


def _inline(line: str) -> Markup:
    return Markup(_BOLD.sub(r"<strong>\1</strong>", str(escape(line))))


def _value(path: str, variables: Mapping[str, Any], today: date) -> str:
    found: Any = variables
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    day = day_of(found)
    return say_day(day, today) if day else "" if found is None else str(found)
