"""What a BPMN file says about each of its elements, flattened to names and values that can be compared."""
from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from workflows.changes import Fact
from workflows.diagram import BPMN, FLOW_NODES, NAMESPACES, Node, properties_of, tag_of
from workflows.limits_told import limit_in_words
from workflows.sentence import say

BPMN_TAG = f"{{{BPMN}}}"
OWNERS = FLOW_NODES | {
    "process", "collaboration", "participant", "lane", "laneSet", "sequenceFlow", "messageFlow", "textAnnotation",
    "association", "group", "dataObject", "dataObjectReference", "dataStoreReference", "property"}
"""what is compared for itself; everything else in a file belongs to the owner that it stands in"""
LINKS = frozenset({"incoming", "outgoing", "flowNodeRef", "childLaneSet"})
"""said by the flow and by the element's lane already"""
TIMERS = frozenset({"timeDuration", "timeDate", "timeCycle"})
LABELS: dict[str, tuple[object, bool]] = {
    "name": (say("名称"), False), "documentation": (say("说明"), False), "text": (say("文字"), False),
    "property:stage": (say("阶段"), False), "property:form": (say("表单"), False),
    "property:due": (say("时限"), True), "property:assignee": (say("办理人"), True),
    "property:record": (say("经过里的标记"), False), "property:notify": (say("通知对象"), True),
    "property:notify_text": (say("通知内容"), False), "property:notify_kind": (say("通知方式"), False),
    "property:position": (say("岗位"), True), "property:unit": (say("单位"), True),
    "property:calledDecisionId": (say("决策表"), True), "lane": (say("泳道（由谁办）"), True),
    "condition": (say("条件"), True), "script": (say("计算"), True), "timer": (say("时限"), True),
    "default": (say("默认去向"), True), "sourceRef": (say("起点"), True), "targetRef": (say("终点"), True),
    "attachedToRef": (say("附着在"), True), "cancelActivity": (say("是否中断"), True),
    "calledElement": (say("调用的流程"), True), "inside": (say("所在的子流程"), True),
}
"""fact → its word for people, and whether it is an expression or routing"""
OTHER = say("其他设置")
POINTERS = frozenset({"default", "sourceRef", "targetRef", "attachedToRef", "inside"})
"""facts that name another element by its id"""
TIMED = ("property:due", "timer")
DEFAULTS = frozenset({
    ("isSequential", "false"), ("triggeredByEvent", "false"), ("parallelMultiple", "false"), ("testBefore", "false"),
    ("isForCompensation", "false"), ("instantiate", "false"), ("startQuantity", "1"), ("completionQuantity", "1"),
    ("gatewayDirection", "Unspecified")})
"""attributes that say what holds without them: some editors write them, others drop them"""


def is_owner(node: Node) -> bool:
    """Whether a node is compared for itself: those named above, and what stands at the top of a file."""
    if not node.get("id") or node.getparent() is None:
        return False
    return tag_of(node) in OWNERS or tag_of(node.getparent()) == "definitions"


Callers = Mapping[str, tuple[dict[str, Any], dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Around:
    """What is said about a file's elements elsewhere: the innermost lane of each, by element id; by process id its
    parameters, its rules of derived variables, and the parameters and rules of whoever calls it, which win; what people
    call the variables."""
    lanes: dict[str, Node]
    declared: dict[str, tuple[dict[str, Any], dict[str, Any]]]
    callers: Callers
    labels: dict[str, str]

    @classmethod
    def read(cls, root: Node, callers: Callers) -> Around:
        processes = list(root.iter(f"{BPMN_TAG}process"))
        return cls({(ref.text or "").strip(): ref.getparent() for ref in root.iter(f"{BPMN_TAG}flowNodeRef")},
                   {process.get("id", ""): (_mapping(process, "variables"), _mapping(process, "derived"))
                    for process in processes}, callers,
                   {name: str(words) for process in processes for name, words in _mapping(process, "labels").items()})

    def holding(self, process: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The parameters and rules that hold in a process."""
        (variables, derived), (above, rules) = (each.get(process, ({}, {})) for each in (self.declared, self.callers))
        return variables | above, {name: rule for name, rule in derived.items() if name not in above} | rules


def callers_of(roots: Iterable[Node]) -> Callers:
    """The parameters that have a value, and the rules, of the processes that call others; by the called one's id."""
    found: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    for root in roots:
        for process in root.iter(f"{BPMN_TAG}process"):
            given = {name: value for name, value in _mapping(process, "variables").items() if value is not None}
            for call in process.iter(f"{BPMN_TAG}callActivity"):
                found[call.get("calledElement", "")] = given, _mapping(process, "derived")
    return found


def facts_of(node: Node, around: Around) -> dict[str, Fact]:
    """All that is said about an owner, by name."""
    found = dict(_own(node))
    for place, value in _inside(node, ""):
        found[place] = f"{found[place]}\n{value}" if place in found else value
    if tag_of(node) in FLOW_NODES and (lane := around.lanes.get(node.get("id", ""))) is not None:
        found["lane"] = lane.get("name") or lane.get("id")
    if tag_of(node.getparent()) in FLOW_NODES:
        found["inside"] = node.getparent().get("id", "")
    process = next((above.get("id", "") for above in node.iterancestors(f"{BPMN_TAG}process")), "")
    variables, derived = around.holding(process)
    if tag_of(node) == "boundaryEvent":
        found.setdefault("cancelActivity", "true")
    facts = {name: Fact(value, limit_in_words(value, variables, derived) if name in TIMED else "")
             for name, value in found.items()}
    return facts | (_declared(*around.declared[node.get("id")]) if tag_of(node) == "process" else {})


def _own(node: Node) -> Iterator[tuple[str, str]]:
    """The attributes but the id. What leads out of a lane's element is its lane's to say."""
    for name, value in node.attrib.items():
        own = etree.QName(name).localname
        if own != "id" and (own, value) not in DEFAULTS:
            yield own, value


def _inside(node: Node, place: str) -> Iterator[tuple[str, str]]:
    """(name, value) of everything that stands in an owner and is no owner itself."""
    for child in node:
        if not isinstance(child.tag, str) or is_owner(child):
            continue
        name = etree.QName(child).localname
        if name in LINKS and tag_of(child):
            continue
        if name == "property" and etree.QName(child).namespace == NAMESPACES["spiff"]:
            if child.get("name") not in ("variables", "derived") or _unreadable(child):
                yield f"property:{child.get('name', '')}", (child.get("value") or "").strip()
            continue
        text = (child.text or "").strip()
        short = _short(name)
        if text:
            yield short or f"{place}{name}", text
        for attribute, value in child.attrib.items():
            own = etree.QName(attribute).localname
            if own != "id" and (own, value) not in DEFAULTS and not (short and own == "type"):
                yield f"{place}{name}.{own}", value
        if not text and len(child) == 0 and set(child.attrib) <= {"id"} and name != "properties":
            yield f"{place}{name}", "✓"
        yield from _inside(child, f"{place}{name}." if name not in ("extensionElements", "properties") else place)


def _short(name: str) -> str | None:
    if name in TIMERS:
        return "timer"
    return {"conditionExpression": "condition", "script": "script", "documentation": "documentation",
            "text": "text"}.get(name)


def _unreadable(declared: Node) -> bool:
    try:
        return not isinstance(json.loads(declared.get("value") or "{}"), dict)
    except ValueError:
        return True


def _mapping(process: Node, name: str) -> dict[str, Any]:
    try:
        found = json.loads(properties_of(process).get(name) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _declared(variables: Mapping[str, Any], derived: Mapping[str, Any]) -> dict[str, Fact]:
    return {f"variable:{name}": Fact(json.dumps(value, ensure_ascii=False)) for name, value in variables.items()} | {
        f"derived:{name}": Fact(str(rule)) for name, rule in derived.items()}
