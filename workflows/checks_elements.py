"""Deployment checks of single elements: what each kind needs, refers to and calculates."""
from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from workflows.diagram import NAMESPACES, Element, Node, tag_of
from workflows.durations import literal
from workflows.errors import WorkflowError
from workflows.expressions import compile_expression, compile_script
from workflows.notices import parse_notify
from workflows.reading import Reading
from workflows.sentence import say
from workflows.specification import called_decision
from workflows.support import DEFINITION, TRIGGERS, begins_event_subprocess, trigger_name, triggers_of
from workflows.timers import is_literal

EXPRESSIONS = {"due": say("期限"), "assignee": say("办理人")}


def check_element(reading: Reading, file: str, node: Node, container: Node, positions: Collection[str] | None) -> None:
    """Notes what is wrong with one flow node of a process."""
    finding = _Finding(reading, file, node)
    element = reading.elements[node.get("id")]
    kind = tag_of(node)
    if kind in TRIGGERS:
        _check_event(finding, node, container)
    elif kind == "userTask":
        _check_user_task(finding, element, positions)
    elif kind == "scriptTask":
        text = node.findtext("bpmn:script", "", NAMESPACES)
        finding.tried(say("脚本"), lambda: compile_script(text))
        if not text.strip():
            finding(say("脚本是空的"))
    elif kind == "businessRuleTask":
        decision = element.extensions.get("calledDecisionId") or called_decision(node)
        if decision not in reading.decisions:
            finding(say("找不到决策表“%(decision)s”", decision=decision))
    elif kind == "callActivity" and node.get("calledElement") not in reading.processes:
        finding(say("找不到被调用的流程“%(called)s”", called=node.get("calledElement") or ""))
    elif kind in ("sendTask", "receiveTask"):
        _check_reference(finding, node, "message", node)
    elif kind == "subProcess" and node.get("triggeredByEvent") == "true" and _is_repeated(node):
        finding(say("事件子流程不能是多实例或循环"))
    if kind not in TRIGGERS and triggers_of(node):
        finding(say("只有事件能有触发条件"))
    finding.tried("notify", lambda: parse_notify(element.extensions, element.name))
    _check_repetition(finding, node)


class _Finding:
    """Notes problems of one element."""

    def __init__(self, reading: Reading, file: str, node: Node):
        self.reading, self.file, self.node = reading, file, node

    def __call__(self, reason: str) -> None:
        self.reading.problem(self.file, self.node.get("id"), reason)

    def tried(self, what: str, compile: Callable[[], Any]) -> None:
        try:
            compile()
        except WorkflowError as error:
            self(say("%(what)s：%(error)s", what=what, error=error))

    def expression(self, what: str, text: str | None) -> None:
        if not (text or "").strip():
            self(say("%(what)s是空的", what=what))
        else:
            self.tried(what, lambda: compile_expression((text or "").strip()))

    def time_rule(self, what: str, text: str) -> None:
        """ISO 8601 text or an expression; what the text means can be told without any case."""
        if is_literal(text):
            self.tried(what, lambda: literal(text))
        else:
            self.expression(what, text)


def _check_user_task(finding: _Finding, element: Element, positions: Collection[str] | None) -> None:
    if element.position is None and element.unit_expression is None:
        finding(say("不在任何泳道里，或所在泳道没有岗位和单位，不知道由谁办理"))
    else:
        if not element.position:
            finding(say("所在泳道没有岗位（position）"))
        elif positions is not None and element.position not in positions:
            finding(say("泳道的岗位“%(position)s”不存在", position=element.position))
        finding.expression(say("泳道的单位（unit）"), element.unit_expression)
    if not element.form:
        finding(say("没有表单（form）"))
    elif element.form not in finding.reading.forms:
        finding(say("找不到表单“%(form)s”", form=element.form))
    for name, label in EXPRESSIONS.items():
        text = element.extensions.get(name)
        if text is not None:
            (finding.time_rule if name == "due" else finding.expression)(label, text)


def _check_event(finding: _Finding, node: Node, container: Node) -> None:
    """That a trigger is one which the engine runs is looked at before, in `workflows.support`."""
    definitions = triggers_of(node)
    if len(definitions) > 1:
        return
    name = trigger_name(definitions[0]) if definitions else "none"
    allowed = {"message", "signal"} if begins_event_subprocess(node, container) else TRIGGERS[tag_of(node)]
    if name not in allowed:
        if not definitions:
            finding(say("没有触发条件"))
        return
    if not definitions:
        return
    if name == "timer":
        _check_timer(finding, node, definitions[0])
    elif name == "conditional":
        finding.expression(say("条件"), definitions[0].findtext("bpmn:condition", "", NAMESPACES))
    elif name != "terminate":
        _check_reference(finding, definitions[0], name, node)
    if name == "error" and node.get("cancelActivity", "true") != "true":
        finding(say("错误边界事件必须是中断的"))


def _check_reference(finding: _Finding, definition: Node, name: str, node: Node) -> None:
    """A message, signal, error or escalation is declared in the file; catching any error or escalation needs none."""
    inner = definition.find(f"bpmn:{name}{DEFINITION}", NAMESPACES)
    reference = (inner if inner is not None else definition).get(f"{name}Ref")
    declared = {each.get("id"): each for each in definition.getroottree().getroot().findall(f"bpmn:{name}", NAMESPACES)}
    if not reference:
        if name in ("message", "signal") or tag_of(node) != "boundaryEvent":
            finding(say("没有指明 %(name)sRef", name=name))
    elif reference not in declared:
        finding(say("文件里没有声明 %(name)s“%(reference)s”", name=name, reference=reference))
    elif not declared[reference].get("name" if name in ("message", "signal") else f"{name}Code"):
        finding(say("%(name)s“%(reference)s”没有%(what)s", name=name, reference=reference,
                    what=say("名称") if name in ("message", "signal") else say("代码")))


def _check_timer(finding: _Finding, node: Node, definition: Node) -> None:
    rules = [child for child in definition if tag_of(child) in ("timeDate", "timeDuration", "timeCycle")]
    if len(rules) != 1:
        finding(say("定时要写 timeDate、timeDuration、timeCycle 之一"))
        return
    text = (rules[0].text or "").strip()
    cycle = tag_of(rules[0]) == "timeCycle"
    if cycle and (tag_of(node) != "boundaryEvent" or node.get("cancelActivity", "true") != "false"):
        finding(say("循环定时（timeCycle）只能用在非中断的边界事件上"))
    if text.startswith("R") and "/" in text:
        finding(say("定时：循环要写成 every(时长)，不支持 ISO 8601 的 R…/…"))
    else:
        finding.time_rule(say("定时"), text)


def _is_repeated(node: Node) -> bool:
    return any(tag_of(child) in ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics") for child in node)


def _check_repetition(finding: _Finding, node: Node) -> None:
    multi = node.find("bpmn:multiInstanceLoopCharacteristics", NAMESPACES)
    loop = node.find("bpmn:standardLoopCharacteristics", NAMESPACES)
    if multi is not None:
        inputs = [multi.findtext(f"bpmn:{name}", None, NAMESPACES) for name in ("loopDataInputRef", "loopCardinality")]
        if sum(text is not None for text in inputs) != 1:
            finding(say("多实例要写 loopDataInputRef 或 loopCardinality 之一"))
        else:
            finding.expression(say("多实例的清单"), inputs[0] if inputs[0] is not None else inputs[1])
        item = multi.find("bpmn:inputDataItem", NAMESPACES)
        for name in (item.get("name") or item.get("id") if item is not None else None,
                     multi.findtext("bpmn:loopDataOutputRef", None, NAMESPACES)):
            if name is not None and not name.strip().isidentifier():
                finding(say("“%(name)s”不能作变量名", name=name))
        condition = multi.findtext("bpmn:completionCondition", None, NAMESPACES)
        if condition is not None:
            finding.expression(say("完成条件"), condition)
    if loop is not None:
        maximum, condition = loop.get("loopMaximum"), loop.findtext("bpmn:loopCondition", None, NAMESPACES)
        if maximum is None and condition is None:
            finding(say("循环要有条件或最多次数"))
        if maximum is not None and not maximum.isdecimal():
            finding(say("循环的最多次数不是整数"))
        if condition is not None:
            finding.expression(say("循环条件"), condition)
