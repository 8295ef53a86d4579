"""Python's parser, for one thread at a time: the only way to it in the product.

CPython counts the depth of a tree in a place that all threads share. When the collector of garbage runs in the middle
of it and hands over to a thread that parses too, one of them ends with a SystemError.
"""
from __future__ import annotations

import ast
from threading import Lock
from typing import Any

_turn = Lock()


def parse(source: str | bytes, mode: str = "exec") -> Any:
    """The tree of a module ('exec') or of an expression ('eval'). Raises what `ast.parse` does: SyntaxError,
    ValueError, RecursionError, MemoryError."""
    with _turn:
        return ast.parse(source, mode=mode)
