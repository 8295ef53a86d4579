"""Which text can be kept: everything that is made of characters, without the one that PostgreSQL stores nowhere."""
from __future__ import annotations


def storable(text: str) -> bool:
    """Whether a text can be written to UTF-8 and to either database: no half of a character, and no NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def all_storable(value: object) -> bool:
    """The same of every text within a JSON value."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, str) and not storable(each):
            return False
        if isinstance(each, dict):
            pending += [*each.keys(), *each.values()]
        elif isinstance(each, list | tuple):
            pending += each
    return True
