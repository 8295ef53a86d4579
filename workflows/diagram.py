"""What we read from a BPMN file ourselves: elements with their lanes, stages and extension properties.

SpiffWorkflow's parser knows neither positions nor stages and keeps only lane names, so the diagram is read once more,
by lxml, without entities, network or document types.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from lxml import etree

from workflows.sentence import say

Json = Any
Node = Any  # lxml's element; its stubs leave attributes untyped

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
NAMESPACES = {"bpmn": BPMN, "spiff": SPIFF, "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
              "dc": "http://www.omg.org/spec/DD/20100524/DC", "di": "http://www.omg.org/spec/DD/20100524/DI"}

CONTAINERS = frozenset({"subProcess", "transaction", "adHocSubProcess"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
TASKS = frozenset({"task", "userTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask", "callActivity"})
SUPPORTED = GATEWAYS | EVENTS | TASKS | {"subProcess"}
UNSUPPORTED = frozenset({"manualTask", "serviceTask", "transaction", "adHocSubProcess", "complexGateway",
                         "choreographyTask", "callChoreography", "subChoreography", "implicitThrowEvent"})
FLOW_NODES = SUPPORTED | UNSUPPORTED


class XmlRefused(ValueError):
    """Not XML that we read; the text is a Chinese reason."""


@dataclass(frozen=True, slots=True)
class Element:
    """A flow node of a diagram. `kind` is its BPMN tag; `stage` its own or that of its subprocess or process.

    `position` and `unit_expression` come from its lane, `extensions` are its own properties, name → text.
    """
    id: str
    process_id: str
    kind: str
    name: str
    stage: str | None
    position: str | None
    unit_expression: str | None
    form: str | None
    extensions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Process:
    """A process of a file. `variables` are its declared names with initial values, `derived` the rules of variables
    that follow from others, in order; None when they do not parse."""
    id: str
    name: str
    node: Node
    elements: dict[str, Element] = field(default_factory=dict)
    variables: dict[str, Json] | None = field(default_factory=dict)
    derived: dict[str, Json] | None = field(default_factory=dict)
    called: tuple[str, ...] = ()


def parse_xml(text: str, *, comments: bool = False) -> Node:
    """The root element, without its comments and processing instructions unless asked. XmlRefused for what is not
    well-formed or carries a document type."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
                             remove_comments=not comments, remove_pis=not comments, encoding="utf-8")
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise XmlRefused(say("不是合格的 XML：第%(line)s行读不懂，文件可能不完整，或者不是流程图",
                             line=error.lineno)) from None
    except ValueError:
        raise XmlRefused(say("不是合格的 XML：里面有不允许的字符")) from None
    info: Any = root.getroottree().docinfo
    if info.doctype:
        raise XmlRefused(say("不接受文档类型声明（DOCTYPE）"))
    return root


def tag_of(node: Node) -> str:
    """The local name of a BPMN node, '' for nodes of other namespaces."""
    name = etree.QName(node)
    return name.localname if name.namespace == BPMN else ""


def properties_of(node: Node) -> dict[str, str]:
    """The extension properties of a node, name → value."""
    found = node.findall("bpmn:extensionElements/spiff:properties/spiff:property", NAMESPACES)
    return {item.get("name", ""): item.get("value", "").strip() for item in found}


def labels_of(node: Node) -> dict[str, str]:
    """What people call the variables of a process: its property `labels`; {} while that cannot be read."""
    try:
        labels = orjson.loads(properties_of(node).get("labels") or "{}")
    except ValueError:
        return {}
    return {name: str(label) for name, label in labels.items()} if isinstance(labels, dict) else {}


def read_processes(root: Node) -> list[Process]:
    """The processes of a file, with all elements of their embedded subprocesses."""
    return [_read_process(node) for node in root.findall("bpmn:process", NAMESPACES)]


def flow_nodes(container: Node) -> Iterator[tuple[Node, Node]]:
    """Each flow node below `container` with the node that directly encloses it, in document order."""
    for node in container:
        if tag_of(node) in FLOW_NODES:
            yield node, container
            if tag_of(node) in CONTAINERS:
                yield from flow_nodes(node)


def _read_process(node: Node) -> Process:
    own = properties_of(node)
    process_id = node.get("id", "")
    lanes = _lanes(node)
    places: dict[str, tuple[str | None, dict[str, str]]] = {process_id: (own.get("stage"), {})}
    elements: dict[str, Element] = {}
    for child, parent in flow_nodes(node):
        outer_stage, outer_lane = places[parent.get("id", "")]
        extensions = properties_of(child)
        lane = lanes.get(child.get("id", ""), outer_lane)
        stage = extensions.get("stage", outer_stage)
        places[child.get("id", "")] = stage, lane
        elements[child.get("id", "")] = Element(
            id=child.get("id", ""), process_id=process_id, kind=tag_of(child), name=child.get("name") or "",
            stage=stage, position=lane.get("position"), unit_expression=lane.get("unit"),
            form=extensions.get("form"), extensions=extensions)
    called = tuple(call.get("calledElement", "") for call in node.iterfind(".//bpmn:callActivity", NAMESPACES))
    return Process(process_id, node.get("name") or process_id, node, elements, _mapping(own, "variables"),
                   _mapping(own, "derived"), called)


def _lanes(process: Node) -> dict[str, dict[str, str]]:
    """Flow node id → properties of its lane; an inner lane inherits what it does not say itself."""
    found: dict[str, dict[str, str]] = {}

    def walk(lane_set: Node, inherited: dict[str, str]) -> None:
        for lane in lane_set.findall("bpmn:lane", NAMESPACES):
            own = inherited | properties_of(lane)
            found.update({(ref.text or "").strip(): own for ref in lane.findall("bpmn:flowNodeRef", NAMESPACES)})
            for inner in lane.findall("bpmn:childLaneSet", NAMESPACES):
                walk(inner, own)

    for lane_set in process.findall("bpmn:laneSet", NAMESPACES):
        walk(lane_set, {})
    return found


def _mapping(properties: Mapping[str, str], name: str) -> dict[str, Json] | None:
    """A property that holds a JSON object, None when it holds something else."""
    try:
        declared = orjson.loads(properties.get(name) or "{}")
    except ValueError:
        return None
    return declared if isinstance(declared, dict) else None
