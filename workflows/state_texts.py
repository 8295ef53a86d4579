"""The texts in a stored state: changed without running anything, for cases that have ended."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workflows.state import packed, read

Json = Any
_SCOPES = 6
"""where a state keeps its variables (workflows/state.py)"""


def changed(state: bytes, change: Callable[[Json], Json]) -> bytes:
    """The state with each scope's variables as `change` gives them. StateRefused for another format."""
    document = read(state)
    document[_SCOPES] = [[change(values), outer] for values, outer in document[_SCOPES]]
    return packed(document)
