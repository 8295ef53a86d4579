"""Which steps of a process run beside its main road: those that only an event which interrupts nothing leads to.

Reading what an enterprise adds, deciding about an extension or a leader's instruction go on while somebody else still
has the case in hand; whoever has it in hand is asked for by the main road alone.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from workflows.diagram import parse_xml, tag_of
from workflows.versions import ProcessVersion

Node = Any  # lxml's element


@lru_cache(maxsize=64)
def beside(version: ProcessVersion) -> frozenset[str]:
    """The ids of the elements that run beside the main road of a version, called processes included."""
    level = _Level(version.diagrams)
    return frozenset(version.elements) - level.reached(version.key)


class _Level:
    """The flows of all processes of a version."""

    def __init__(self, diagrams: Mapping[str, str]) -> None:
        self._nodes: dict[str, Node] = {}
        self._after: dict[str, list[str]] = defaultdict(list)
        self._starts: dict[str, list[str]] = defaultdict(list)
        for process_id, xml in diagrams.items():
            root = next(node for node in parse_xml(xml).iter("{*}process") if node.get("id") == process_id)
            for node in root.iter("{*}*"):
                self._take(node)

    def _take(self, node: Node) -> None:
        tag = tag_of(node)
        if tag == "sequenceFlow":
            self._after[node.get("sourceRef")].append(node.get("targetRef"))
        elif tag == "boundaryEvent" and node.get("cancelActivity") != "false":
            self._after[node.get("attachedToRef")].append(node.get("id"))
        elif tag == "startEvent":
            self._starts[_begun_by(node)].append(node.get("id"))
        if node.get("id"):
            self._nodes[node.get("id")] = node

    def reached(self, process_id: str) -> frozenset[str]:
        """What can be reached from a process's start without an event that interrupts nothing."""
        found: set[str] = set()
        waiting = list(self._starts[process_id])
        while waiting:
            element = waiting.pop()
            if element not in found:
                found.add(element)
                waiting.extend(self._next(element))
        return frozenset(found)

    def _next(self, element: str) -> Iterator[str]:
        yield from self._after[element]
        yield from self._starts[element]
        called = self._nodes[element].get("calledElement") if element in self._nodes else None
        yield from self._starts[called] if called else ()


def _begun_by(start: Node) -> str:
    """What a start event begins with: its process or subprocess; of an event subprocess the level around it, since it
    may begin at any moment there. '' where it interrupts nothing."""
    level = start.getparent()
    if level.get("triggeredByEvent") != "true":
        return level.get("id")
    return "" if start.get("isInterrupting") == "false" else level.getparent().get("id")
