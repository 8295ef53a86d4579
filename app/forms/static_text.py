"""Static text of forms: paragraphs, `- ` lists, `**bold**`. Everything else is shown as it is written, escaped."""
from __future__ import annotations

import re

from markupsafe import Markup, escape

_BOLD = re.compile(r"\*\*(.+?)\*\*")


def static_text(text: str) -> Markup:
    """The text as HTML."""
    blocks = [block.splitlines() for block in re.split(r"\n\s*\n", text.strip())]
    return Markup("").join(_block(lines) for lines in blocks if lines)


def _block(lines: list[str]) -> Markup:
    if all(line.lstrip().startswith("- ") for line in lines):
        items = Markup("").join(Markup("<li>{}</li>").format(_inline(line.lstrip()[2:])) for line in lines)
        return Markup("<ul>{}</ul>").format(items)
    return Markup("<p>{}</p>").format(Markup("<br>").join(map(_inline, lines)))


def _inline(line: str) -> Markup:
    return Markup(_BOLD.sub(r"<strong>\1</strong>", str(escape(line))))
