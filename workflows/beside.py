"""Which steps of a process run beside its main road: those that only an event which interrupts nothing leads to; and in
which order the others lie along it.

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


@lru_cache(maxsize=64)
def along(version: ProcessVersion) -> Mapping[str, int]:
    """{element: its place} of the main road, called processes included: what leads to another comes before it, but for
    flows that lead back (reverse postorder: Aho et al., "Compilers", 9.6). What an event leads to that interrupts a
    part comes after that part."""
    return _Level(version.diagrams).ordered(version.key)


class _Level:
    """The flows of all processes of a version."""

    def __init__(self, diagrams: Mapping[str, str]) -> None:
        self._nodes: dict[str, Node] = {}
        self._after: dict[str, list[str]] = defaultdict(list)
        self._starts: dict[str, list[str]] = defaultdict(list)
        self._edges: dict[str, list[str]] = defaultdict(list)
        """the events on the edge of an activity that interrupt it"""
        self._ends: dict[str, list[str]] = defaultdict(list)
        for process_id, xml in diagrams.items():
            root = next(node for node in parse_xml(xml).iter("{*}process") if node.get("id") == process_id)
            for node in root.iter("{*}*"):
                self._take(node)

    def _take(self, node: Node) -> None:
        tag = tag_of(node)
        if tag == "sequenceFlow":
            self._after[node.get("sourceRef")].append(node.get("targetRef"))
        elif tag == "boundaryEvent" and node.get("cancelActivity") != "false":
            self._edges[node.get("attachedToRef")].append(node.get("id"))
        elif tag == "startEvent":
            self._starts[_begun_by(node)].append(node.get("id"))
        elif tag == "endEvent":
            self._ends[node.getparent().get("id")].append(node.get("id"))
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

    def ordered(self, process_id: str) -> dict[str, int]:
        """The same elements, each with its place along the road."""
        for level, node in self._nodes.items():
            inner = node.get("calledElement") or level
            for end in self._ends[inner] if self._starts[inner] and level != process_id else ():
                self._after[end].extend(self._after[level])  # what follows a part follows its ends
        finished: list[str] = []
        seen: set[str] = set()
        waiting = [(element, self._inwards(element)) for element in self._starts[process_id]]
        seen.update(element for element, _ in waiting)
        while waiting:
            element, following = waiting[-1]
            fresh = next((each for each in following if each not in seen), None)
            if fresh is None:
                finished.append(element)
                waiting.pop()
            else:
                seen.add(fresh)
                waiting.append((fresh, self._inwards(fresh)))
        return {element: place for place, element in enumerate(reversed(finished))}

    def _inwards(self, element: str) -> Iterator[str]:
        """What is gone on to, last first: events that interrupt, what follows, and what is inside before it."""
        yield from self._edges[element]
        inside = self._inside(element)
        if not inside or not self._ends[self._called(element) or element]:
            yield from self._after[element]
        yield from inside

    def _next(self, element: str) -> Iterator[str]:
        yield from self._after[element]
        yield from self._edges[element]
        yield from self._inside(element)

    def _inside(self, element: str) -> list[str]:
        """What begins with an element: its own steps, or those of the process that it calls."""
        called = self._called(element)
        return [*self._starts[element], *(self._starts[called] if called else ())]

    def _called(self, element: str) -> str | None:
        return self._nodes[element].get("calledElement") if element in self._nodes else None


def _begun_by(start: Node) -> str:
    """What a start event begins with: its process or subprocess; of an event subprocess the level around it, since it
    may begin at any moment there. '' where it interrupts nothing."""
    level = start.getparent()
    if level.get("triggeredByEvent") != "true":
        return level.get("id")
    return "" if start.get("isInterrupting") == "false" else level.getparent().get("id")
