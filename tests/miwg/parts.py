"""What an XML file says, part by part, so that two texts can be compared whatever their layout, prefixes and order of
attributes."""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from workflows.diagram import Node, parse_xml

DRAWN = ("{http://www.omg.org/spec/DD/20100524/DC}", "{http://www.omg.org/spec/DD/20100524/DI}",
         "{http://www.omg.org/spec/BPMN/20100524/DI}")
DEFAULTS = {
    "isSequential": "false", "isForCompensation": "false", "startQuantity": "1", "completionQuantity": "1",
    "triggeredByEvent": "false", "cancelActivity": "true", "isInterrupting": "true", "parallelMultiple": "false",
    "isCollection": "false", "isClosed": "false", "processType": "None", "instantiate": "false",
    "gatewayDirection": "Unspecified", "eventGatewayType": "Exclusive", "associationDirection": "None",
    "itemKind": "Information", "behavior": "All", "testBefore": "false", "cancelRemainingInstances": "true",
    "textFormat": "text/plain", "implementation": "##unspecified", "expressionLanguage": "http://www.w3.org/1999/XPath",
    "typeLanguage": "http://www.w3.org/2001/XMLSchema", "isUnlimited": "false", "minimum": "0", "maximum": "1",
    "isImmediate": "true", "waitForCompletion": "true",
}
"""attributes whose value is the schema's own default (BPMN 2.0, Semantic.xsd): with or without them a file says the
same"""
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
TYPED = {"{http://www.omg.org/spec/DD/20100524/DI}waypoint", "{http://www.omg.org/spec/DD/20100524/DC}Bounds"}
"""elements that can only have one type, so that naming it says nothing"""
_PREFIXED = re.compile(r"([A-Za-z_][\w.-]*):[^\s:/]+")


def parts(text: str) -> Counter[tuple[str, ...]]:
    """Every element, attribute, text, comment and instruction with the place that it stands in, and what stands before
    it among its kind."""
    found = Counter[tuple[str, ...]]()
    root = parse_xml(text, comments=True)
    for lone in (*root.itersiblings(preceding=True), *root.itersiblings()):
        found["around", _plain(lone.text)] += 1
    places: dict[Node, str] = {}
    for node in root.iter():
        place = places[node] = _place(node, places)
        if isinstance(node.tag, str):
            found[place, "behind", "" if node.tag.startswith(DRAWN) else _before(node)] += 1
            found.update((place, each) for each in (*_attributes(node), *_text(node), *_meanings(node)))
        else:
            found[place, _plain(node.text)] += 1
    return found


def lost(before: str, after: str) -> list[str]:
    """What `before` says and `after` does not, a line each; [] when nothing is lost."""
    missing = parts(before) - parts(after)
    return [" ".join(part) for part in missing.elements()]


def _place(node: Node, places: Mapping[Node, str]) -> str:
    """The name of an element: its id, else its number among those of its kind around it."""
    kind = node.tag if isinstance(node.tag, str) else str(node.tag.__name__)
    if isinstance(node.tag, str) and node.get("id"):
        return f"{kind}#{node.get('id')}"
    above = places.get(node.getparent(), "")
    if not isinstance(node.tag, str):
        return f"{above}/{kind}"
    return f"{above}/{kind}[{sum(1 for _ in node.itersiblings(node.tag, preceding=True))}]"


def _before(node: Node) -> str:
    """The parent and the id of what stands before it among its kind: the order of flows decides which one is taken. The
    order of what is drawn says nothing."""
    parent = node.getparent()
    before = next(node.itersiblings(node.tag, preceding=True), None)
    return " ".join([parent.tag if parent is not None else "", before.get("id", "") if before is not None else ""])


def _attributes(node: Node) -> Iterator[str]:
    drawn = node.tag.startswith(DRAWN)
    for name, value in node.attrib.items():
        if name == TYPE:
            if node.tag not in TYPED:
                yield f"{name}={_resolved(value, node)}"
        elif name.startswith("{") or DEFAULTS.get(name) != value:
            yield f"{name}={_number(value) if drawn else _plain(value)}"


def _resolved(value: str, node: Node) -> str:
    prefix, _, name = value.rpartition(":")
    return f"{{{node.nsmap.get(prefix or None)}}}{name}"


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())


def _text(node: Node) -> Iterator[str]:
    text = "".join([node.text or "", *(child.tail or "" for child in node)]).strip()
    if text:
        yield "\n".join(line.strip() for line in text.splitlines())


def _meanings(node: Node) -> Iterator[str]:
    """What the prefixes mean that stand in values, such as `xsd:string`."""
    for value in (*(each for name, each in node.attrib.items() if name != TYPE), node.text or ""):
        for prefix in _PREFIXED.findall(value):
            if prefix in node.nsmap:
                yield f"xmlns:{prefix}={node.nsmap[prefix]}"


def _number(value: str) -> str:
    try:
        return f"{float(value):g}" if len(value) < 12 else f"{float(value):.6g}"
    except ValueError:
        return value
