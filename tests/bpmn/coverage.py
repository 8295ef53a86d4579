"""Which sequence flows and boundary events of the diagrams the scenarios have gone along.

A step tells which elements were entered and completed, in order, not by which flow. A flow counts as gone along when
its target appears (with a task id of its own) after its source has completed and no later completion explains that
appearance better: of several flows into an element, the one whose source completed last and has not been used yet.
Behind an event gateway the event that happens counts, not those that waited beside it.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from workflows.diagram import NAMESPACES, parse_xml, tag_of
from workflows.step import Step, Trace


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; `alone` tells that its source takes only one of its flows each time it completes."""
    id: str
    source: str
    target: str
    alone: bool


@dataclass(slots=True)
class Diagram:
    """What there is to cover of one process."""
    process_id: str
    flows: list[Flow]
    boundaries: list[str]
    covered: set[str] = field(default_factory=set)

    @property
    def everything(self) -> list[str]:
        return [flow.id for flow in self.flows] + self.boundaries

    @property
    def missing(self) -> list[str]:
        return [each for each in self.everything if each not in self.covered]


def read_diagram(text: str) -> Diagram:
    """The flows and boundary events of a BPMN text."""
    (process,) = parse_xml(text).findall("bpmn:process", NAMESPACES)
    kinds = {node.get("id"): tag_of(node) for node in process.iter() if tag_of(node)}
    flows = [Flow(node.get("id"), node.get("sourceRef"), node.get("targetRef"),
                  kinds[node.get("sourceRef")] in ("exclusiveGateway", "eventBasedGateway"))
             for node in process.iterfind(".//bpmn:sequenceFlow", NAMESPACES)]
    boundaries = [node.get("id") for node in process.iterfind(".//bpmn:boundaryEvent", NAMESPACES)]
    return Diagram(process.get("id"), flows, boundaries)


def cover(diagrams: Iterable[Diagram], steps: Iterable[Step]) -> None:
    """Notes what one walk, given by all its steps from the start, has gone along."""
    traces = [trace for step in steps for trace in step.trace]
    for diagram in diagrams:
        _cover(diagram, [trace for trace in traces if trace.process_id == diagram.process_id])


def _cover(diagram: Diagram, traces: list[Trace]) -> None:
    seen: set[str] = set()
    ready: list[list[Flow]] = []
    for trace in traces:
        waits = trace.kind == "intermediateCatchEvent" and trace.what == "entered"
        if trace.task_id not in seen and trace.what != "cancelled" and not waits:
            seen.add(trace.task_id)
            _arrive(diagram, ready, trace.element_id)
        if trace.what in ("fired", "received") and trace.element_id in diagram.boundaries:
            diagram.covered.add(trace.element_id)
        if trace.what == "completed":
            ready.append([flow for flow in diagram.flows if flow.source == trace.element_id])


def _arrive(diagram: Diagram, ready: list[list[Flow]], element: str) -> None:
    """`ready` holds the flows that each completion has left to take."""
    for flows in reversed(ready):
        for flow in flows:
            if flow.target == element:
                diagram.covered.add(flow.id)
                flows[:] = [] if flow.alone else [other for other in flows if other is not flow]
                return
