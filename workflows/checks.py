"""Deployment checks: what a process folder must be before an instance may start from it.

SpiffWorkflow's parser says little about what is wrong and nothing about what it silently does not do, so every fault is
looked for here, on the diagram's own nodes, and named with file, element and reason.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from workflows import checks_derived, checks_elements, checks_flows, checks_labels, checks_tables, checks_variables
from workflows.diagram import NAMESPACES, UNSUPPORTED, Node, flow_nodes, tag_of
from workflows.errors import Problem
from workflows.flowgraph import levels_of
from workflows.reading import Reading, read
from workflows.sentence import say
from workflows.soundness import judge
from workflows.specification import build
from workflows.support import unsupported

MAX_ELEMENTS = 300
"""Flow nodes of one process."""
MAX_NESTING = 5
"""Subprocesses inside one another."""
RESERVED = ("Start", "End", "Root")


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with files, and what could not be looked at to the end."""
    problems: list[Problem]
    notes: list[str]


def check(key: str, files: Mapping[str, str], positions: Collection[str] | None = None) -> list[Problem]:
    """What is wrong with these files, [] when nothing is. Never raises for bad input.

    `positions` are the known position codes; None does not check them.
    """
    return examine(key, files, positions).problems


def examine(key: str, files: Mapping[str, str], positions: Collection[str] | None = None) -> Findings:
    """As `check`, with what the search has to say for itself. Whether a version that is published already can be loaded
    hangs on `check_reading` alone, so rules that are added here shut nobody out of their cases."""
    reading = read(key, files)
    if not check_reading(reading, positions):
        try:
            build(reading.roots, reading.main, reading.elements)
        except Exception as error:  # noqa: BLE001 - whatever the parser still finds
            reading.problem(reading.file_of(reading.main), None, say("无法解析：%(error)s", error=error))
    if reading.problems:
        return Findings(reading.problems, [])
    for process in reading.processes.values():
        for level in levels_of(process):
            checks_labels.check_labels(reading, reading.file_of(process.id), level)
    checks_variables.check_variables(reading)
    notes = checks_tables.check_tables(reading)
    verdict = judge(reading)
    return Findings(reading.problems + verdict.problems, notes + verdict.notes)


def check_reading(reading: Reading, positions: Collection[str] | None = None) -> list[Problem]:
    """As `check`, for files that are read already; all but what only building the specification can find."""
    for file, root in reading.roots.items():
        check_file(reading, file, root)
    broken = bool(reading.problems)
    for file, root in reading.roots.items():
        for element, _, reason in unsupported(root):
            reading.problem(file, element, reason)
    if not broken:
        for process in reading.processes.values():
            _check_process(reading, process.id, positions)
        check_calls(reading)
    return reading.problems


def check_file(reading: Reading, file: str, root: Node) -> None:
    """Notes what is wrong with a diagram's file as such, whatever its processes mean. Other tools' own elements may
    repeat an id."""
    if tag_of(root) != "definitions":
        reading.problem(file, None, say("不是 BPMN 2.0 文件（根元素应是 bpmn:definitions）"))
    nodes = root.iter(*(f"{{{NAMESPACES[name]}}}*" for name in ("bpmn", "bpmndi")))
    ids = Counter(node.get("id") for node in nodes if node.get("id") is not None)
    for repeated in (each for each, times in ids.items() if times > 1):
        reading.problem(file, repeated, say("编号（id）重复"))
    for bounds in root.iter(f"{{{NAMESPACES['dc']}}}Bounds", f"{{{NAMESPACES['di']}}}waypoint"):
        if not all(_is_number(bounds.get(name, "0")) for name in ("x", "y", "width", "height")):
            shape = bounds.getparent().get("bpmnElement") if bounds.getparent() is not None else None
            reading.problem(file, shape, say("图形坐标不是数字"))


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < 1e7
    except ValueError:
        return False


def _check_process(reading: Reading, process_id: str, positions: Collection[str] | None) -> None:
    process, file = reading.processes[process_id], reading.file_of(process_id)
    nodes = list(flow_nodes(process.node))
    if process.node.get("isExecutable", "true") != "true":
        reading.problem(file, process_id, say("流程只是示意图（isExecutable），不能新办；请在“能不能新办”里改成“能”"))
    if process.variables is None:
        reading.problem(file, process_id, say("属性 variables 不是 JSON 对象"))
    checks_derived.check_derived(reading, file, process)
    if len(nodes) > MAX_ELEMENTS:
        reading.problem(file, process_id, say("有 %(count)s 个元素，超过 %(max_elements)s 个的上限", count=len(nodes),
                                              max_elements=MAX_ELEMENTS))
        return
    known = _check_names(reading, file, [node for node, _ in nodes])
    if not known:
        return
    for node, container in nodes:
        if _depth(node, process.node) > MAX_NESTING:
            reading.problem(file, node.get("id"), say("子流程嵌套超过 %(max_nesting)s 层", max_nesting=MAX_NESTING))
        checks_elements.check_element(reading, file, node, container, positions)
    checks_flows.check_level(reading, file, process.node)


def _check_names(reading: Reading, file: str, nodes: list[Node]) -> bool:
    """Ids that the engine needs for itself; True if there are none, and no steps that it does not run."""
    before = len(reading.problems)
    for node in nodes:
        name = node.get("id", "")
        if not name:
            reading.problem(file, None, say("%(tag)s 没有编号（id）", tag=tag_of(node)))
        if name in RESERVED or name in reading.processes or "." in name or "[" in name:
            reading.problem(file, name, say("编号与引擎内部的名称冲突，请换一个（不用点号，不用 Start、End）"))
    return len(reading.problems) == before and not any(tag_of(node) in UNSUPPORTED for node in nodes)


def _depth(node: Node, process: Node) -> int:
    depth = 0
    while node.getparent() is not process:
        node, depth = node.getparent(), depth + 1
    return depth


def check_calls(reading: Reading) -> None:
    """No process calls itself, not even by way of others."""
    for process in reading.processes.values():
        seen, todo = set[str](), list(process.called)
        while todo:
            called = todo.pop()
            if called not in seen and called in reading.processes:
                seen.add(called)
                todo.extend(reading.processes[called].called)
        if process.id in seen:
            reading.problem(reading.file_of(process.id), process.id, say("流程直接或间接调用了自己"))


