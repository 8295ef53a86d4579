"""What a diagram editor drops on saving, put back: nothing of a file that came from another tool is lost.

bpmn-js keeps whatever stands in extensionElements and all attributes. It drops comments, and elements of other
vocabularies that stand directly in a BPMN element; those are carried over from the text before.
"""
from __future__ import annotations

from copy import deepcopy

from lxml import etree

from workflows.diagram import NAMESPACES, Node, XmlRefused, parse_xml

OURS = frozenset(NAMESPACES[name] for name in ("bpmn", "bpmndi", "dc", "di"))


def carry_over(before: str, after: str) -> str:
    """`after` with the foreign elements and comments of `before` whose surroundings are still there."""
    try:
        old, new = parse_xml(before, comments=True), parse_xml(after, comments=True)
    except XmlRefused:
        return after
    places = {node.get("id"): node for node in new.iter("*") if node.get("id") and _space(node) in OURS}
    carried = False
    for parent in old.iter("*"):
        if _space(parent) not in OURS or etree.QName(parent).localname == "extensionElements":
            continue
        foreign = [(at, child) for at, child in enumerate(parent) if _is_foreign(child)]
        place = new if parent is old else places.get(parent.get("id"))
        if not foreign or place is None:
            continue
        kept = {_plain(child) for child in place if _is_foreign(child)}
        for at, child in foreign:
            if _plain(child) not in kept:
                _put(place, child, at)
                carried = True
    return etree.tostring(new.getroottree(), xml_declaration=True, encoding="UTF-8").decode() if carried else after


def _space(node: Node) -> str | None:
    return etree.QName(node).namespace if isinstance(node.tag, str) else None


def _is_foreign(node: Node) -> bool:
    return node.tag is etree.Comment or (isinstance(node.tag, str) and _space(node) not in OURS)


def _plain(node: Node) -> bytes:
    bare = deepcopy(node)
    bare.tail = None
    return etree.tostring(bare, method="c14n") if isinstance(node.tag, str) else etree.tostring(bare)


def _put(place: Node, child: Node, at: int) -> None:
    copy = deepcopy(child)
    copy.tail = "\n"
    place.insert(min(at, len(place)), copy)
