"""Deployment checks of derived variables: rules that can be worked out at any time, and that nothing else overrules."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workflows.diagram import NAMESPACES, Process
from workflows.errors import WorkflowError
from workflows.expressions import compile_expression, compile_script
from workflows.reading import Reading
from workflows.sentence import say

CLOCKS = frozenset({"now", "today"})
"""What a rule may not call: its value would depend on when it happened to be worked out."""


def check_derived(reading: Reading, file: str, process: Process) -> None:
    """Notes what is wrong with a process's rules."""
    if process.derived is None:
        reading.problem(file, process.id, say("属性 derived 不是 JSON 对象"))
        return
    known = set(process.variables or {})
    for name, text in process.derived.items():
        reason = _fault(name, text, known)
        if reason is not None:
            reading.problem(file, process.id, say("推算“%(name)s”%(reason)s", name=name, reason=reason))
        known.add(name)
    for name, writer in _writers(reading):
        if name in process.derived:
            reading.problem(file, process.id, say("推算“%(name)s”不能由%(writer)s写入", name=name, writer=writer))


def _fault(name: str, text: Any, known: set[str]) -> str | None:
    if not name.isidentifier() or name.startswith("_"):
        return say("：不能作变量名")
    if name in known:
        return say("同时是变量，或写了两次")
    if not isinstance(text, str):
        return say("：要写成文本")
    try:
        rule = compile_expression(text)
    except WorkflowError as error:
        return say("：%(error)s", error=error)
    if rule.calls & CLOCKS:
        return say("不能用 now() 或 today()：结果不能随计算的时刻而变")
    if not rule.names:
        return say("没有读任何变量，请直接写成变量")
    unknown = sorted(rule.names - known)
    return say("读的“%(unknown)s”没有声明，或写在它后面", unknown=unknown[0]) if unknown else None


def _writers(reading: Reading) -> Iterator[tuple[str, str]]:
    """Every variable that an element, a table or a form writes, and who does."""
    for form in reading.forms.items():
        yield from ((name, say("表单“%(form)s”", form=form[0])) for name in form[1].writes())
    for table in reading.decisions.values():
        yield from ((name, say("决策表“%(table)s”", table=table.id)) for name in table.outputs)
    for process in reading.processes.values():
        for node in process.node.iterfind(".//bpmn:scriptTask", NAMESPACES):
            try:
                targets = compile_script(node.findtext("bpmn:script", "", NAMESPACES)).targets
            except WorkflowError:
                continue  # told where the script itself is checked
            yield from ((name, f"“{node.get('id')}”") for name in targets)
        for loop in process.node.iterfind(".//bpmn:multiInstanceLoopCharacteristics", NAMESPACES):
            item = loop.find("bpmn:inputDataItem", NAMESPACES)
            names = (item.get("name") or item.get("id") if item is not None else None,
                     loop.findtext("bpmn:loopDataOutputRef", None, NAMESPACES))
            yield from ((name, f"“{loop.getparent().get('id')}”") for name in names if name)
