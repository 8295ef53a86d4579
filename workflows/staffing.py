"""Who a version's steps are for: the units that its routing can name, what follows what, and which steps have no limit.

A lane names its unit by an expression. What that can come to is followed through the parameters, scripts and decision
tables of the version; a name that is filled from outside (the place of an enterprise) stays open.
"""
from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workflows import python_syntax
from workflows.diagram import CONTAINERS, NAMESPACES, Node, flow_nodes, properties_of, tag_of
from workflows.reading import Reading, read


@dataclass(frozen=True, slots=True)
class Step:
    """A user task. `codes` are the units that its routing can name, `open` the variables in it that are filled from
    outside; `next` the ids of the user tasks that may directly follow."""
    id: str
    name: str
    position: str
    unit: str
    codes: frozenset[str]
    open: frozenset[str]
    has_limit: bool
    next: tuple[str, ...]


def steps_of(key: str, files: Mapping[str, str]) -> list[Step]:
    """The user tasks of a version in the order of its diagrams; those that are not read yet are left out."""
    reading = read(key, files)
    sources = _sources(reading)
    found: list[Step] = []
    for process in reading.processes.values():
        nodes = {node.get("id", ""): (node, around) for node, around in flow_nodes(process.node)}
        ways = _ways(process.node)
        timed = {event.get("attachedToRef") for event in process.node.iterfind(".//bpmn:boundaryEvent", NAMESPACES)
                 if event.find("bpmn:timerEventDefinition", NAMESPACES) is not None}
        for id, (node, _) in nodes.items():
            element = reading.elements[id]
            if element.kind == "userTask" and element.position:
                codes, unknown = _values(element.unit_expression or "", sources)
                limited = bool(element.extensions.get("due")) or bool(timed & set(_places(id, nodes)))
                found.append(Step(id, element.name or id, element.position, element.unit_expression or "", codes,
                                  unknown, limited, tuple(_following(node, nodes, ways))))
    return found


def lane_positions(key: str, files: Mapping[str, str]) -> dict[str, str]:
    """{position: name of the first lane that is for it}, lanes without anything to do included."""
    found: dict[str, str] = {}
    for process in read(key, files).processes.values():
        for lane in process.node.iterfind(".//bpmn:lane", NAMESPACES):
            if position := properties_of(lane).get("position"):
                found.setdefault(position, lane.get("name") or lane.get("id", ""))
    return found


def _places(id: str, nodes: Mapping[str, tuple[Node, Node]]) -> Iterator[str]:
    """An element and the subprocesses around it."""
    while id in nodes:
        yield id
        id = nodes[id][1].get("id", "")


def _ways(process: Node) -> dict[str, list[str]]:
    ways: dict[str, list[str]] = {}
    for flow in process.iterfind(".//bpmn:sequenceFlow", NAMESPACES):
        ways.setdefault(flow.get("sourceRef", ""), []).append(flow.get("targetRef", ""))
    return ways


def _following(start: Node, nodes: Mapping[str, tuple[Node, Node]], ways: Mapping[str, list[str]]) -> list[str]:
    """The user tasks that come next with no other one between: into subprocesses, and out of them at their ends."""
    found: list[str] = []
    seen: set[str] = set()
    todo = list(ways.get(start.get("id", ""), ()))
    while todo:
        id = todo.pop()
        if id in seen or id not in nodes:
            continue
        seen.add(id)
        node, around = nodes[id]
        kind = tag_of(node)
        if kind == "userTask":
            found.append(id)
        elif kind in CONTAINERS and (begin := node.find("bpmn:startEvent", NAMESPACES)) is not None:
            todo.append(begin.get("id", ""))
        elif kind == "endEvent" and around.get("id") in nodes:
            todo += ways.get(around.get("id", ""), ())
        else:
            todo += ways.get(id, ())
    return found


def _sources(reading: Reading) -> dict[str, list[ast.expr]]:
    """Variable → the expressions whose values it can take, in scripts, tables and as parameter."""
    found: dict[str, list[ast.expr]] = {}
    for process in reading.processes.values():
        for name, value in (process.variables or {}).items():
            if isinstance(value, str | list):
                found.setdefault(name, []).append(_tree(repr(value)))
        for name, rule in (process.derived or {}).items():
            found.setdefault(name, []).append(_tree(str(rule)))
        for loop in process.node.iterfind(".//bpmn:multiInstanceLoopCharacteristics", NAMESPACES):
            item = loop.find("bpmn:inputDataItem", NAMESPACES)
            if item is not None:
                name = item.get("name") or item.get("id", "")
                found.setdefault(name, []).append(_tree(loop.findtext("bpmn:loopDataInputRef", "", NAMESPACES)))
        for script in process.node.iterfind(".//bpmn:script", NAMESPACES):
            for name, tree in _assignments(script.text or ""):
                found.setdefault(name, []).append(tree)
    for table in reading.decisions.values():
        for rule_ in table.rules:
            for name, output in zip(table.outputs, rule_.outputs, strict=True):
                found.setdefault(name, []).append(_tree(output.text))
    return found


def _assignments(script: str) -> Iterator[tuple[str, ast.expr]]:
    try:
        body = python_syntax.parse(script).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for statement in body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            yield statement.targets[0].id, statement.value


def _tree(text: str) -> ast.expr:
    try:
        return python_syntax.parse(text.strip().removeprefix("=").strip(), "eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Constant(None)


def _values(expression: str, sources: Mapping[str, list[ast.expr]]) -> tuple[frozenset[str], frozenset[str]]:
    """The texts that an expression can come to, and the names in it that nothing in the version fills."""
    texts: set[str] = set()
    unknown: set[str] = set()
    seen: set[str] = set()
    todo = [_tree(expression)]
    while todo:
        match todo.pop():
            case ast.Constant(value=str() as text):
                texts.add(text)
            case ast.IfExp(body=body, orelse=orelse):
                todo += [body, orelse]
            case ast.List(elts=items) | ast.BoolOp(values=items):
                todo += items
            case ast.BinOp(left=left, right=right):
                todo += [left, right]
            case ast.Subscript(value=value):
                todo.append(value)
            case ast.Call(args=arguments):
                todo += arguments
            case ast.Name(id=name) if name not in seen and name not in ("null", "true", "false"):
                seen.add(name)
                todo += sources.get(name, ())
                if name not in sources:
                    unknown.add(name)
            case _:
                pass
    return frozenset(texts), frozenset(unknown)
