"""State holds what the future needs: after a step the tree of a level is its live tokens, hung under its root.

Nothing here looks up the tree for history: joins count arrivals, scopes are pointers, moves start at the root. Only two
relations matter: an instance under its loop or multi-instance, and an activity with its boundary events under their
split. All else is dropped, so a step costs the same on the first day and after the 5,000th rework
(docs/adr/0001-state-and-compaction.md).
"""
from __future__ import annotations

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit

from workflows.activities import Repeated
from workflows.spiff import OPEN, Instance, Level, Token


def compact(instance: Instance) -> None:
    """Drops finished tokens of every live level and hangs the others under its root."""
    for level in instance.levels():
        _compact(level)


def _compact(level: Level) -> None:
    root = level.task_tree
    kept = {root.id: root}
    for token in level.tasks.values():
        if token is not root and (token._state & OPEN or "unmerged" in token.internal_data or _holds(token)):
            kept[token.id] = token
    for token in kept.values():
        token._children = [child for child in token._children if child in kept and _belongs(token)]
    root._children = []
    for token in kept.values():
        if token is not root:
            parent = kept.get(token._parent)
            if parent is None or not _belongs(parent):
                token._parent = root.id
                root._children.append(token.id)
    level.tasks = kept


def _holds(token: Token) -> bool:
    """A split whose activity is under way."""
    return isinstance(token.task_spec, BoundaryEventSplit) and any(child._state & OPEN for child in token.children)


def _belongs(parent: Token) -> bool:
    """Whether the children of this token must stay with it."""
    return isinstance(parent.task_spec, (BoundaryEventSplit, Repeated))
