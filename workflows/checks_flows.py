"""Deployment checks of the flows of a level: where they may begin and end, and that everything is on a way."""
from __future__ import annotations

from dataclasses import dataclass, field

from workflows.diagram import CONTAINERS, FLOW_NODES, GATEWAYS, NAMESPACES, Node, tag_of
from workflows.errors import WorkflowError
from workflows.expressions import compile_expression
from workflows.reading import Reading
from workflows.sentence import say

CONDITIONAL = ("exclusiveGateway", "inclusiveGateway")


@dataclass(slots=True)
class _Level:
    reading: Reading
    file: str
    node: Node
    nodes: dict[str, Node]
    flows: list[Node] = field(default_factory=list)
    by_source: dict[str, list[Node]] = field(default_factory=dict)
    by_target: dict[str, list[Node]] = field(default_factory=dict)

    def problem(self, element: str | None, reason: str) -> None:
        self.reading.problem(self.file, element, reason)

    def leaving(self, name: str) -> list[Node]:
        return self.by_source.get(name, [])

    def entering(self, name: str) -> list[Node]:
        return self.by_target.get(name, [])

    def kind(self, name: str) -> str:
        return tag_of(self.nodes[name])

    def is_event_subprocess(self, name: str) -> bool:
        return self.nodes[name].get("triggeredByEvent") == "true"


def check_level(reading: Reading, file: str, container: Node) -> None:
    """Notes what is wrong with the flows of a process or subprocess, and of those inside it."""
    nodes = {node.get("id"): node for node in container if tag_of(node) in FLOW_NODES}
    level = _Level(reading, file, container, nodes)
    _take_flows(level)
    _check_ends(level)
    for name, node in nodes.items():
        _check_leaving(level, name)
        if level.kind(name) == "boundaryEvent" and node.get("attachedToRef") not in nodes:
            level.problem(name, say("边界事件没有附在同一层的活动上"))
    _check_reached(level)
    for node in nodes.values():
        if tag_of(node) in CONTAINERS:
            check_level(reading, file, node)


def _take_flows(level: _Level) -> None:
    """The flows whose ends both exist in this level; the others are problems."""
    for flow in level.node.findall("bpmn:sequenceFlow", NAMESPACES):
        missing = [end for end in (flow.get("sourceRef"), flow.get("targetRef")) if end not in level.nodes]
        if missing:
            level.problem(flow.get("id"), say("连线的一端“%(missing)s”不在同一层里", missing=missing[0] or ""))
        else:
            level.flows.append(flow)
            level.by_source.setdefault(flow.get("sourceRef"), []).append(flow)
            level.by_target.setdefault(flow.get("targetRef"), []).append(flow)


def _check_ends(level: _Level) -> None:
    kinds = [tag_of(node) for node in level.nodes.values()]
    if kinds.count("startEvent") != 1:
        level.problem(level.node.get("id"),
                      say("要有而且只有一个开始事件，现在有 %(count)s 个", count=kinds.count("startEvent")))
    if "endEvent" not in kinds:
        level.problem(level.node.get("id"), say("没有结束事件"))
    for flow in level.flows:
        if level.kind(flow.get("targetRef")) in ("startEvent", "boundaryEvent"):
            level.problem(flow.get("targetRef"), say("开始事件和边界事件不能有连线进来"))
        if level.kind(flow.get("sourceRef")) == "endEvent":
            level.problem(flow.get("sourceRef"), say("结束事件不能有连线出去"))
        if level.is_event_subprocess(flow.get("targetRef")) or level.is_event_subprocess(flow.get("sourceRef")):
            level.problem(flow.get("id"), say("事件子流程不能有连线"))


def _check_leaving(level: _Level, name: str) -> None:
    kind, leaving = level.kind(name), level.leaving(name)
    node = level.nodes[name]
    lasting = kind == "boundaryEvent" and node.get("cancelActivity", "true") == "false"
    if not leaving and kind != "endEvent" and not lasting and not level.is_event_subprocess(name):
        level.problem(name, say("没有连线出去，办到这里就断了"))
    if len(leaving) > 1 and kind not in GATEWAYS:
        level.problem(name, say("有几条连线出去；分支要用网关"))
    if kind == "eventBasedGateway":
        for flow in leaving:
            target = flow.get("targetRef")
            if level.kind(target) not in ("intermediateCatchEvent", "receiveTask") or len(level.entering(target)) > 1:
                level.problem(name,
                              say("事件网关后面只能直接是捕获事件，“%(target)s”不是，或另有连线进来", target=target))
    _check_conditions(level, name, leaving)


def _check_conditions(level: _Level, name: str, leaving: list[Node]) -> None:
    kind, default = level.kind(name), level.nodes[name].get("default")
    conditions = {flow.get("id"): flow.findtext("bpmn:conditionExpression", None, NAMESPACES) for flow in leaving}
    if kind not in CONDITIONAL:
        for flow_id, text in conditions.items():
            if text is not None:
                level.problem(flow_id, say("条件只能写在排他网关和包容网关的出口上"))
        return
    if default is not None and default not in conditions:
        level.problem(name, say("默认出口“%(default)s”不是它的连线", default=default))
    if len(leaving) > 1 and default is None:
        level.problem(name, say("没有默认出口：条件都不成立时会卡住"))
    for flow_id, text in conditions.items():
        if flow_id == default:
            continue
        if text is None or not text.strip():
            if len(leaving) > 1:
                level.problem(flow_id, say("网关的出口没有条件，也不是默认出口"))
            continue
        try:
            compile_expression(text.strip())
        except WorkflowError as error:
            level.problem(flow_id, say("条件：%(error)s", error=error))


def _check_reached(level: _Level) -> None:
    """Every element lies on a way from the start, on one that a boundary event begins, or is an event subprocess."""
    reached = {name for name in level.nodes if level.kind(name) == "startEvent" or level.is_event_subprocess(name)}
    todo = sorted(reached)
    while todo:
        name = todo.pop()
        following = [flow.get("targetRef") for flow in level.leaving(name)]
        following += [other for other, node in level.nodes.items() if node.get("attachedToRef") == name]
        todo += [other for other in following if other not in reached]
        reached.update(following)
    for name in level.nodes:
        if name not in reached:
            level.problem(name, say("没有一条路通到这里"))
