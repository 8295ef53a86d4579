"""What the engine does not run, element by element: a file from another tool is told all of it at once, whatever else
is wrong with it."""
from __future__ import annotations

from collections.abc import Iterator

from workflows.diagram import BPMN, UNSUPPORTED, Node, flow_nodes, tag_of
from workflows.sentence import Sentence, say

DEFINITION = "EventDefinition"
TRIGGERS = {
    "startEvent": {"none"},
    "endEvent": {"none", "message", "error", "escalation", "terminate"},
    "intermediateCatchEvent": {"message", "signal", "timer", "conditional"},
    "intermediateThrowEvent": {"none", "message", "signal", "escalation"},
    "boundaryEvent": {"message", "signal", "timer", "conditional", "error", "escalation"},
}
"""Event kind → the triggers that it may have. An event subprocess starts by a message or a signal instead."""
WORDS = {
    "serviceTask": say("服务任务"), "manualTask": say("手工任务"), "transaction": say("事务"),
    "adHocSubProcess": say("随意子流程"), "complexGateway": say("复杂网关"),
    "implicitThrowEvent": say("隐含的抛出事件"), "choreographyTask": say("编排任务"),
    "callChoreography": say("调用编排"), "subChoreography": say("子编排"), "choreography": say("编排图"),
    "globalChoreographyTask": say("全局编排任务"),
    "link": say("链接事件"), "compensate": say("补偿事件"), "cancel": say("取消事件"),
    "dataStoreReference": say("数据存储"), "dataInputAssociation": say("数据输入关联"),
    "dataOutputAssociation": say("数据输出关联"), "ioSpecification": say("输入输出说明"),
    "message": say("消息"), "signal": say("信号"), "timer": say("定时"), "conditional": say("条件"),
    "error": say("错误"), "escalation": say("上报"), "terminate": say("终止"),
    "startEvent": say("开始事件"), "endEvent": say("结束事件"), "intermediateCatchEvent": say("中间捕获事件"),
    "intermediateThrowEvent": say("中间抛出事件"), "boundaryEvent": say("边界事件"),
}
"""what people call them"""
NEVER = ("link", "compensate", "cancel")
"""triggers that no event may have"""
PARTS = ("dataStoreReference", "dataInputAssociation", "dataOutputAssociation", "ioSpecification")
ROOTS = ("choreography", "globalChoreographyTask")


def unsupported(root: Node) -> Iterator[tuple[str | None, str, Sentence]]:
    """Of a file: (id of the element, the standard's word for what is not run, the same in words)."""
    for node in root:
        if tag_of(node) in ROOTS:
            yield node.get("id"), tag_of(node), _not_run(tag_of(node))
    for process in root.iterfind(f"{{{BPMN}}}process"):
        for node, container in flow_nodes(process):
            if tag_of(node) in UNSUPPORTED:
                yield node.get("id"), tag_of(node), _not_run(tag_of(node))
            elif tag_of(node) in TRIGGERS:
                yield from _triggers(node, container)
        for part in process.iter(*(f"{{{BPMN}}}{name}" for name in PARTS)):
            named = part if tag_of(part) == "dataStoreReference" else part.getparent()
            yield named.get("id"), tag_of(part), _not_run(tag_of(part))


def triggers_of(node: Node) -> list[Node]:
    """The definitions of what an event waits for or throws."""
    return [child for child in node if tag_of(child).endswith(DEFINITION)]


def trigger_name(definition: Node) -> str:
    """The standard's word for a trigger: message, timer …"""
    return tag_of(definition).removesuffix(DEFINITION)


def begins_event_subprocess(node: Node, container: Node) -> bool:
    """Whether a start event begins a subprocess that something sets going from outside its flow."""
    return (tag_of(node) == "startEvent" and tag_of(container) == "subProcess"
            and container.get("triggeredByEvent") == "true")


def _triggers(node: Node, container: Node) -> Iterator[tuple[str | None, str, Sentence]]:
    kind, found = tag_of(node), [trigger_name(each) for each in triggers_of(node)]
    inner = begins_event_subprocess(node, container)
    if len(found) > 1:
        yield node.get("id"), f"several triggers on {kind}", say("一个事件只能有一种触发条件")
        return
    for name in found:
        if name in NEVER:
            yield node.get("id"), f"{name}{DEFINITION}", _not_run(name)
        elif name not in ({"message", "signal"} if inner else TRIGGERS[kind]):
            yield node.get("id"), f"{name} {kind}", say(
                "引擎不执行“%(trigger)s”触发的%(kind)s", trigger=WORDS[name], kind=WORDS[kind])
    if inner and node.get("isInterrupting", "true") != "false":
        yield node.get("id"), "interrupting event subprocess", say(
            '事件子流程的开始事件必须是非中断的（isInterrupting="false"）')


def _not_run(tag: str) -> Sentence:
    return say("引擎不执行%(word)s", word=WORDS[tag])
