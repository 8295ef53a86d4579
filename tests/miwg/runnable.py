"""A file of another tool made runnable as an administrator would, without a change to its steps and ways: what only
this product asks for is filled in, wherever it is missing."""
from __future__ import annotations

import json
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import pairwise

from lxml import etree

from tests.workflows.diagrams import FORM
from workflows.diagram import BPMN, NAMESPACES, SPIFF, TASKS, Node, flow_nodes, parse_xml, tag_of
from workflows.support import triggers_of

CHOOSING = ("exclusiveGateway", "inclusiveGateway")
WAYS = "ways"
"""the variable that says which way each deciding gateway goes: gateway → flow"""


@dataclass(slots=True)
class Runnable:
    """The files of a version for each process of the file, by its id; `ways`: the flows out of each deciding gateway;
    `filled` what had to be filled in, in words."""
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    ways: dict[str, list[str]] = field(default_factory=dict)
    filled: set[str] = field(default_factory=set)


def runnable(text: str) -> Runnable:
    """Raises whatever parsing raises."""
    root, made = parse_xml(text), Runnable()
    for process in root.findall("bpmn:process", NAMESPACES):
        if any(True for _ in flow_nodes(process)):
            _fill_process(root, process, made)
    whole = etree.tostring(root, encoding="unicode")
    for process in root.findall("bpmn:process", NAMESPACES):
        if any(True for _ in flow_nodes(process)):
            key = process.get("id")
            made.files[key] = {f"{key}/{key}.bpmn": whole, f"{key}/forms/plain.form.json": FORM}
    return made


def _fill_process(root: Node, process: Node, made: Runnable) -> None:
    if process.get("isExecutable") != "true":
        process.set("isExecutable", "true")
        made.filled.add("marked as executable")
    for node, container in list(flow_nodes(process)):
        _fill_node(root, node, container, made)
    for node, container in list(flow_nodes(process)):
        if tag_of(node) == "subProcess" and not any(True for _ in flow_nodes(node)):
            _fill_inside(node, container, made)
            made.filled.add("steps in an empty subprocess")
    _fill_lanes(process, made)
    _set(process, variables=json.dumps({WAYS: {}, "always": True}))


def _fill_node(root: Node, node: Node, container: Node, made: Runnable) -> None:
    kind, flows = tag_of(node), _flows(container, node.get("id"))
    if not node.get("name"):
        node.set("name", node.get("id"))
        made.filled.add("names")
    if kind == "userTask":
        _set(node, form="plain")
        made.filled.add("forms")
    if kind in CHOOSING and len(flows) > 1:
        _fill_ways(node, flows, made)
    if kind in (*TASKS, "subProcess", "startEvent") and len(flows) > 1:
        _fork(node, container, flows)
        made.filled.add("a gateway where several flows leave a step")
    for each in (node, *triggers_of(node)):
        _fill_reference(root, each, made)
    for cycle in node.iterfind("bpmn:timerEventDefinition/bpmn:timeCycle", NAMESPACES):
        cycle.text = "every(working_days(1))"
        made.filled.add("a time rule")


def _fill_ways(node: Node, flows: list[Node], made: Runnable) -> None:
    default = node.get("default") or flows[-1].get("id")
    node.set("default", default)
    made.ways[node.get("id")] = [flow.get("id") for flow in flows]
    for flow in flows:
        for old in flow.findall("bpmn:conditionExpression", NAMESPACES):
            flow.remove(old)
        if flow.get("id") != default:
            condition = etree.SubElement(flow, f"{{{BPMN}}}conditionExpression")
            condition.text = f'get({WAYS}, "{node.get("id")}") == "{flow.get("id")}"'
    made.filled.add("conditions")


def _fork(node: Node, container: Node, flows: Iterable[Node]) -> None:
    """What leaves a step on several flows at once leaves a parallel gateway behind it."""
    fork = etree.SubElement(container, f"{{{BPMN}}}parallelGateway", id=f"fork_{node.get('id')}", name="fork")
    for flow in flows:
        flow.set("sourceRef", fork.get("id"))
    for out in node.findall("bpmn:outgoing", NAMESPACES):
        node.remove(out)
    _flow(container, node, fork)


def _fill_inside(node: Node, container: Node, made: Runnable) -> None:
    """A start, a step that lets messages come, an end; by another way what the boundary waits for."""
    begin, step, choice, end = (
        etree.SubElement(node, f"{{{BPMN}}}{kind}", id=f"{kind}_{node.get('id')}", name=kind)
        for kind in ("startEvent", "userTask", "exclusiveGateway", "endEvent"))
    _set(step, form="plain")
    for one, other in pairwise((begin, step, choice, end)):
        _flow(node, one, other)
    for boundary in container.iterfind(f"bpmn:boundaryEvent[@attachedToRef='{node.get('id')}']", NAMESPACES):
        for definition in boundary.iterfind("bpmn:escalationEventDefinition", NAMESPACES):
            thrown = etree.SubElement(node, f"{{{BPMN}}}endEvent", id=f"thrown_{boundary.get('id')}", name="thrown")
            thrown.append(deepcopy(definition))
            thrown[0].set("id", f"definition_{boundary.get('id')}")
            _flow(node, choice, thrown)
    flows = _flows(node, choice.get("id"))
    if len(flows) > 1:
        choice.set("default", flows[0].get("id"))
        _fill_ways(choice, flows, made)


def _flow(container: Node, one: Node, other: Node) -> None:
    etree.SubElement(container, f"{{{BPMN}}}sequenceFlow", id=f"flow_{one.get('id')}_{other.get('id')}",
                     sourceRef=one.get("id"), targetRef=other.get("id"))


def _fill_reference(root: Node, node: Node, made: Runnable) -> None:
    """A message or signal that is missing, and names and codes of those that are there."""
    tag = tag_of(node)
    kind = "message" if tag in ("sendTask", "receiveTask") else tag.removesuffix("EventDefinition")
    if kind not in ("message", "signal", "error", "escalation"):
        return
    inner = node.find(f"bpmn:{kind}EventDefinition", NAMESPACES)
    reference = (inner if inner is not None else node).get(f"{kind}Ref")
    declared = root.find(f"bpmn:{kind}[@id='{reference}']", NAMESPACES) if reference else None
    if declared is None:
        declared = etree.Element(f"{{{BPMN}}}{kind}", id=f"{kind}_{node.get('id') or node.getparent().get('id')}")
        root.insert(0, declared)
        node.set(f"{kind}Ref", declared.get("id"))
        made.filled.add(f"{kind}s")
    attribute = "name" if kind in ("message", "signal") else f"{kind}Code"
    if not declared.get(attribute):
        declared.set(attribute, declared.get("id"))


def _fill_lanes(process: Node, made: Runnable) -> None:
    """Every step in a lane, every lane with somebody who does it."""
    lanes = process.findall(".//bpmn:lane", NAMESPACES)
    placed = {(ref.text or "").strip() for ref in process.iterfind(".//bpmn:flowNodeRef", NAMESPACES)}
    astray = [node.get("id") for node, _ in flow_nodes(process) if node.get("id") not in placed]
    if astray:
        lane_set = process.find("bpmn:laneSet", NAMESPACES)
        if lane_set is None:
            lane_set = etree.Element(f"{{{BPMN}}}laneSet", id=f"lanes_{process.get('id')}")
            process.insert(0, lane_set)
        lanes.append(etree.SubElement(lane_set, f"{{{BPMN}}}lane", id=f"lane_{process.get('id')}"))
        for name in astray:
            etree.SubElement(lanes[-1], f"{{{BPMN}}}flowNodeRef").text = name
    for lane in lanes:
        _set(lane, position="clerk", unit="'miit'")
    made.filled.add("who does it")


def _flows(container: Node, source: str) -> list[Node]:
    return [flow for flow in container.findall("bpmn:sequenceFlow", NAMESPACES) if flow.get("sourceRef") == source]


def _set(node: Node, **values: str) -> None:
    """Our properties on an element, in place of those that it has."""
    holder = node.find("bpmn:extensionElements", NAMESPACES)
    if holder is None:
        holder = etree.Element(f"{{{BPMN}}}extensionElements")
        node.insert(1 if len(node) and tag_of(node[0]) == "documentation" else 0, holder)
    properties = etree.SubElement(holder, f"{{{SPIFF}}}properties")
    for name, value in values.items():
        etree.SubElement(properties, f"{{{SPIFF}}}property", name=name, value=value)
