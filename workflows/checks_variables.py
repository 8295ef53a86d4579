"""Every name that an expression reads must be one that something gives a value: a slip of the pen is found here and not
as an incident of a case.

Known are the declared and derived variables of the version's processes, their property `given` (names with commas
between: what the application or a message brings along), the fields of forms that a step uses, the outputs of decision
tables, what scripts assign, and the items and results of multi-instances. What is written in one place is taken for
known everywhere; that it is written *before* it is read is not looked at.
"""
from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

from workflows import form_texts
from workflows.diagram import NAMESPACES, Element, Node, properties_of, tag_of
from workflows.errors import ExpressionError, WorkflowError
from workflows.expressions import compile_expression, compile_script
from workflows.notices import ENTERPRISE, parse_notify
from workflows.placeholders import names_in
from workflows.reading import Reading
from workflows.sentence import say
from workflows.timers import is_literal

ALWAYS = frozenset({"started_at"})
"""what a timer or due rule can read"""
COUNTS = frozenset({"nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances"})
TIMES = ("timeDate", "timeDuration", "timeCycle")
Read = tuple[str, Collection[str]]
"""Where something is read, in words, and the names."""


def check_variables(reading: Reading) -> None:
    """Notes the names that nothing gives a value, at the element that reads them."""
    known = known_variables(reading)
    for process in reading.processes.values():
        for node in process.node.iter():
            if tag_of(node):
                element = reading.elements.get(node.get("id") or "")
                _note(reading, reading.file_of(process.id), node.get("id"), reads_of(node, element), known)
    for file, element_id, reads in _elsewhere(reading):
        _note(reading, file, element_id, reads, known)


def known_variables(reading: Reading) -> frozenset[str]:
    """All names that something in the version gives a value."""
    known = set(written_variables(reading))
    for process in reading.processes.values():
        known.update(process.variables or {}, process.derived or {})
    return frozenset(known - {""})


def written_variables(reading: Reading) -> frozenset[str]:
    """The names that whoever starts a case gives, or that something in the version writes. What cannot be read writes
    nothing: a draft may be wrong for a while."""
    written: set[str] = set()
    used = {element.form for element in reading.elements.values() if element.kind == "userTask"}
    for process in reading.processes.values():
        written.update(name.strip() for name in properties_of(process.node).get("given", "").split(","))
        for node in process.node.iter():
            with suppress(ExpressionError):
                written.update(_written(node))
    for name, form in reading.forms.items():
        written.update(form.writes() if name in used else ())
    for table in reading.decisions.values():
        written.update(table.outputs)
    return frozenset(written)


def _written(node: Node) -> Iterator[str]:
    kind = tag_of(node)
    if kind == "scriptTask":
        yield from compile_script(node.findtext("bpmn:script", "", NAMESPACES)).targets
    elif kind == "multiInstanceLoopCharacteristics":
        item = node.find("bpmn:inputDataItem", NAMESPACES)
        if item is not None:
            yield item.get("name") or item.get("id")
        yield node.findtext("bpmn:loopDataOutputRef", "", NAMESPACES).strip()


def reads_of(node: Node, element: Element | None) -> Iterator[Read]:
    """What an element of a diagram reads, in words and with the names; without what a lane reads for it. Raises
    WorkflowError for what cannot be read."""
    kind = tag_of(node)
    if kind == "sequenceFlow":
        yield say("条件"), _names(node.findtext("bpmn:conditionExpression", "", NAMESPACES))
    elif kind == "scriptTask":
        yield say("脚本"), compile_script(node.findtext("bpmn:script", "", NAMESPACES)).names
    elif kind == "lane":
        yield say("泳道的单位（unit）"), _names(properties_of(node).get("unit", ""))
    if element is None:
        return
    yield say("期限"), _names(element.extensions.get("due", "")) - ALWAYS
    yield say("办理人"), _names(element.extensions.get("assignee", ""))
    notify = parse_notify(element.extensions, element.name)
    if notify is not None:
        yield say("通知"), {name for unit, _ in notify.targets if unit != ENTERPRISE for name in _names(unit)}
        yield say("通知的文字"), names_in(notify.text)
    for part in node:
        if tag_of(part) == "timerEventDefinition":
            yield say("定时"), {name for rule in part if tag_of(rule) in TIMES for name in _names(rule.text)} - ALWAYS
        elif tag_of(part) == "conditionalEventDefinition":
            yield say("条件"), _names(part.findtext("bpmn:condition", "", NAMESPACES))
        elif tag_of(part) == "multiInstanceLoopCharacteristics":
            for name in ("loopDataInputRef", "loopCardinality"):
                yield say("多实例的清单"), _names(part.findtext(f"bpmn:{name}", "", NAMESPACES))
            yield say("完成条件"), _names(part.findtext("bpmn:completionCondition", "", NAMESPACES)) - COUNTS
        elif tag_of(part) == "standardLoopCharacteristics":
            yield say("循环条件"), _names(part.findtext("bpmn:loopCondition", "", NAMESPACES))


def _elsewhere(reading: Reading) -> Iterator[tuple[str, str | None, Iterator[Read]]]:
    """What decision tables and forms read, with their file."""
    for table in reading.decisions.values():
        tested = {name for rule in table.rules for test in rule.tests for part in test.parts
                  for _, operand in part for name in operand.names}
        yield reading.origins[f"{table.id}.dmn"], table.id, iter([
            (say("输入"), {name for expression in table.inputs for name in expression.names}), (say("条件"), tested),
            (say("输出"), {name for rule in table.rules for output in rule.outputs for name in output.names})])
    for name, form in reading.forms.items():
        own = _keys(form.fields)
        yield reading.origins[f"{name}.form.json"], None, iter([
            (say("隐藏条件"), {name for expression in form.expressions for name in expression.names} - own),
            (say("表单的文字"), form_texts.names(form))])


def _keys(fields: Any) -> set[str]:
    """The keys of a form's fields, those in rows and groups included."""
    return {each.key for each in fields} | {key for each in fields for key in _keys(each.fields)}


def _names(text: str | None) -> frozenset[str]:
    text = (text or "").strip()
    if not text or is_literal(text):
        return frozenset()
    try:
        return compile_expression(text).names
    except WorkflowError:
        return frozenset()  # told where the expression itself is checked


def _note(reading: Reading, file: str, element: str | None, reads: Iterator[Read], known: frozenset[str]) -> None:
    for what, names in reads:
        for name in sorted(set(names) - known):
            near = get_close_matches(name, sorted(known), 1, 0.7)
            reading.problem(file, element, say("%(what)s里的“%(name)s”不是已知的变量", what=what, name=name[:60])
                            if not near else say("%(what)s里的“%(name)s”不是已知的变量，是不是“%(near)s”？", what=what,
                                                 name=name[:60], near=near[0]))
