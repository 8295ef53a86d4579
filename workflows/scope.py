"""Where variables live: one dict for the instance, and one more for each item of a multi-instance.

SpiffWorkflow copies a task's data to every child. Here a token points to its scope instead, so that parallel branches
see each other's answers and a step copies nothing (docs/adr/0002-instance-wide-variables.md).
"""
from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from typing import Any

Json = Any


class Scope:
    """`values` are this scope's own variables; names that it lacks are looked up in `outer`.

    Writes go to the innermost scope: inside a multi-instance they stay with the item.
    """
    __slots__ = ("outer", "values")

    def __init__(self, values: dict[str, Json], outer: Scope | None = None):
        self.values = values
        self.outer = outer

    def names(self) -> Mapping[str, Json]:
        """All visible variables, the innermost first."""
        if self.outer is None:
            return self.values
        return ChainMap(self.values, self.outer.names())  # type: ignore[arg-type]

    @property
    def local(self) -> dict[str, Json]:
        """A copy of the variables of the innermost item, {} at the instance's own level."""
        return dict(self.values) if self.outer is not None else {}
