"""Static text of forms: paragraphs, `- ` lists, `**bold**`, and `{variable}` or `{variable.key}` for what the task's
variables hold. Everything else is shown as it is written, escaped."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_PLACE = re.compile(r"\{([a-z_]\w*(?:\.[a-z_]\w*)*)\}")


def static_text(text: str, variables: Mapping[str, Any]) -> Markup:
    """The text as HTML; a place whose variable is not there, or empty, stays empty."""
    text = _PLACE.sub(lambda place: _value(place[1], variables), text)
    blocks = [block.splitlines() for block in re.split(r"\n\s*\n", text.strip())]
    return Markup("").join(_block(lines) for lines in blocks if lines)


def _block(lines: list[str]) -> Markup:
    if all(line.lstrip().startswith("- ") for line in lines):
        items = Markup("").join(Markup("<li>{}</li>").format(_inline(line.lstrip()[2:])) for line in lines)
        return Markup("<ul>{}</ul>").format(items)
    return Markup("<p>{}</p>").format(Markup("<br>").join(map(_inline, lines)))


def _inline(line: str) -> Markup:
    return Markup(_BOLD.sub(r"<strong>\1</strong>", str(escape(line))))


def _value(path: str, variables: Mapping[str, Any]) -> str:
    found: Any = variables
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return "" if found is None else str(found)
