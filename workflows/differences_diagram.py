"""Two BPMN files compared element by element: what each is, says and leads to, and where it is drawn."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from workflows.changes import Change, Fact, Names, change_of
from workflows.diagram import NAMESPACES, Node, parse_xml, tag_of
from workflows.diagram_facts import BPMN_TAG, LABELS, OTHER, POINTERS, Around, Callers, facts_of, is_owner
from workflows.sentence import Sentence, say

KINDS = {
    "userTask": say("步骤"), "task": say("步骤"), "scriptTask": say("计算"), "businessRuleTask": say("查表"),
    "sendTask": say("发送"), "receiveTask": say("接收"), "callActivity": say("调用"), "subProcess": say("子流程"),
    "exclusiveGateway": say("判断"), "inclusiveGateway": say("判断"), "parallelGateway": say("并行"),
    "eventBasedGateway": say("等待"), "startEvent": say("开始"), "endEvent": say("结束"),
    "intermediateCatchEvent": say("等待"), "intermediateThrowEvent": say("事件"), "boundaryEvent": say("附着事件"),
    "sequenceFlow": say("连线"), "lane": say("泳道"), "participant": say("流程框"), "process": say("流程"),
    "message": say("消息"), "signal": say("信号"), "error": say("差错"), "escalation": say("升级"),
    "textAnnotation": say("注释"),
}
PLACES = (f"{{{NAMESPACES['dc']}}}Bounds", f"{{{NAMESPACES['di']}}}waypoint")
CODED = frozenset({"property:unit", "property:position", "property:notify"})
"""facts whose texts are codes of units and positions; elsewhere the same words mean categories and stages"""
NOTHING = Fact("")
UNSEEN = frozenset({"collaboration", "laneSet", "association", "property", "messageFlow", "dataObject", "group"})
"""kinds of which added and removed ones come along with others that are told"""


@dataclass(slots=True)
class _Side:
    """One file: its owners by id, what is said about each, the order of each node's ways on, where things are drawn."""
    nodes: dict[str, Node] = field(default_factory=dict)
    facts: dict[str, dict[str, Fact]] = field(default_factory=dict)
    ways: dict[str, list[str]] = field(default_factory=dict)
    drawn: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    callers: Callers = field(default_factory=dict)


def diagram_changes(path: str, old: str | None, new: str | None, names: Names,
                    callers: tuple[Callers, Callers] = ({}, {})) -> list[Change]:
    """The changes of a diagram. `callers` are those of the old and the new side. Raises XmlRefused for what is not XML.
    """
    before, after = _read(old, callers[0]), _read(new, callers[1])
    changes = [*_gone(path, before, after, "removed"), *_gone(path, after, before, "added")]
    for id in after.nodes:
        if id in before.nodes:
            changes += _changed(path, id, before, after, names)
    told = {change.element for change in changes}
    moved = [id for id, place in after.drawn.items() if before.drawn.get(id, place) != place and id not in told]
    if moved:
        changes.append(Change("moved", path, None, say("挪动了%(count)s个图形的位置，不影响办理", count=len(moved))))
        changes += [Change("moved", path, id, "") for id in moved]
    return changes


def _read(text: str | None, callers: Callers) -> _Side:
    side = _Side(callers=callers)
    if text is None:
        return side
    root = parse_xml(text)
    for node in root.iter(f"{BPMN_TAG}*"):
        if is_owner(node):
            side.nodes[node.get("id")] = node
            if tag_of(node) == "sequenceFlow":
                side.ways.setdefault(node.get("sourceRef", ""), []).append(node.get("id"))
    around = Around.read(root, callers)
    side.labels = around.labels
    for id, node in side.nodes.items():
        side.facts[id] = facts_of(node, around)
    for shape in root.iter(*(f"{{{NAMESPACES['bpmndi']}}}{kind}" for kind in ("BPMNShape", "BPMNEdge"))):
        places = [place for place in shape if place.tag in PLACES]
        side.drawn[shape.get("bpmnElement", "")] = ";".join(
            ",".join(_number(place.get(name)) for name in ("x", "y", "width", "height")) for place in places)
    return side


def _number(text: str | None) -> str:
    """A coordinate as every editor would write it."""
    try:
        return f"{float(text or 0):.1f}"
    except ValueError:
        return text or ""


def _gone(path: str, there: _Side, elsewhere: _Side, kind: str) -> Iterator[Change]:
    """The elements of one side that the other does not have. A flow that comes and goes with its end is marked, and
    told only where it has a condition."""
    alone = {id for id in there.nodes if id not in elsewhere.nodes}
    for id in there.nodes:
        if id not in alone:
            continue
        node = there.nodes[id]
        tag, facts = tag_of(node), there.facts[id]
        quiet = tag in UNSEEN or (tag == "sequenceFlow" and "condition" not in facts and bool(
            alone & {node.get("sourceRef"), node.get("targetRef")}))
        subject = subject_of(node, there.nodes)
        condition = facts["condition"].raw if "condition" in facts else ""
        text: Sentence | str = "" if quiet else _appeared(kind, subject, condition)
        yield Change("added" if kind == "added" else "removed", path, id, text,
                     weighty=not quiet and tag != "textAnnotation")


def _appeared(kind: str, subject: object, condition: str) -> Sentence:
    if condition:
        return say("新增%(subject)s，条件是 %(condition)s", subject=subject, condition=condition) if kind == "added" \
            else say("去掉%(subject)s，原来的条件是 %(condition)s", subject=subject, condition=condition)
    return say("新增%(subject)s", subject=subject) if kind == "added" else say("去掉%(subject)s", subject=subject)


def _changed(path: str, id: str, before: _Side, after: _Side, names: Names) -> Iterator[Change]:
    old, new = before.facts[id], after.facts[id]
    kinds = tag_of(before.nodes[id]), tag_of(after.nodes[id])
    newly_named = kinds[0] != "sequenceFlow" and not before.nodes[id].get("name")
    named = after if newly_named else before
    subject = subject_of(named.nodes[id], named.nodes)
    if kinds[0] != kinds[1]:
        yield Change("changed", path, id, say("%(subject)s改成了%(kind)s", subject=subject,
                                              kind=KINDS.get(kinds[1], kinds[1])), weighty=True)
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            label, weighty = _label(name, after, id)
            change = change_of(path, id, subject, label, weighty, _told(old.get(name), name, before),
                               _told(new.get(name), name, after), names if name in CODED else None)
            same = old.get(name, NOTHING).raw == new.get(name, NOTHING).raw
            yield replace(change, fact=name, kind="follows" if same else "changed")
    common = set(before.ways.get(id, ())) & set(after.ways.get(id, ()))
    orders = [[flow for flow in side.ways.get(id, ()) if flow in common] for side in (before, after)]
    if orders[0] != orders[1]:
        yield Change("changed", path, id, say("%(subject)s各条去向的判断先后有改动", subject=subject), weighty=True)


def _label(name: str, side: _Side, process: str) -> tuple[object, bool]:
    kind, _, own = name.partition(":")
    if name in LABELS:
        return LABELS[name]
    words = side.labels.get(own, own)
    if kind in ("variable", "derived") and any(own in above for above in side.callers.get(process, ())):
        return say("参数「%(name)s」（调用它的流程里另有，这里的不起作用）", name=words), True
    if kind == "variable":
        return say("参数「%(name)s」", name=words), True
    if kind == "derived":
        return say("推算「%(name)s」", name=words), True
    return say("%(other)s（%(name)s）", other=OTHER, name=name), True


def _told(fact: Fact | None, name: str, side: _Side) -> Fact | None:
    """A fact that points to another element, with that element's name."""
    if fact is None or name not in POINTERS:
        return fact
    target = side.nodes.get(fact.raw)
    if target is not None and tag_of(target) == "sequenceFlow":
        target = side.nodes.get(target.get("targetRef", ""))
    return fact if target is None else Fact(say("「%(name)s」", name=target.get("name") or target.get("id")))


def subject_of(node: Node, nodes: Mapping[str, Node]) -> Sentence:
    """「审定方案」 with its kind before it; a flow by what it leads from and to. `nodes` are those around it, by id."""
    tag = tag_of(node)
    if tag == "sequenceFlow":
        ends = [_end(node.get(end, ""), nodes) for end in ("sourceRef", "targetRef")]
        return say("连线「%(source)s → %(target)s」", source=ends[0], target=ends[1])
    text = node.get("name") or _text_of(node) or node.get("id")
    return say("%(kind)s「%(name)s」", kind=KINDS.get(tag, tag), name=text)


def _end(id: str, nodes: Mapping[str, Node]) -> str:
    node = nodes.get(id)
    if node is None:
        return id
    return str(node.get("name") or KINDS.get(tag_of(node)) or id)


def _text_of(node: Node) -> str:
    return " ".join("".join(node.itertext()).split())[:40] if tag_of(node) == "textAnnotation" else ""
