"""What an editor drops on opening a file and saving it, put back: nothing of a file from another tool is lost.

bpmn-js and dmn-js keep what their descriptions of the standards know, extensionElements and most attributes. They drop
comments, elements of other vocabularies that stand anywhere else, and what they read in another way than it is written.
Three texts tell what they have dropped from what a person has taken away: the file as it was, what the editor makes of
it unchanged, and what it makes of it now. What is in the first and not in the second was dropped, and goes back.
"""
from __future__ import annotations

from collections import Counter, defaultdict, deque
from copy import deepcopy
from itertools import islice

from lxml import etree

from workflows.diagram import Node, XmlRefused, parse_xml

Pairs = dict[Node, Node]
MAX_NODES = 30_000
"""XML elements of a file: a diagram of 300 elements with all its shapes has about a fifth of that"""


def carry_over(before: str, opened: str, after: str) -> str:
    """`after` with all of `before` that `opened`, the editor's unchanged text of it, does not have; `after` itself when
    nothing was dropped, or one of them cannot be read."""
    try:
        old, echo, new = (parse_xml(text, comments=True) for text in (before, opened, after))
    except XmlRefused:
        return after
    if old.tag != echo.tag or echo.tag != new.tag or any(_is_large(tree) for tree in (old, echo, new)):
        return after
    merged = _Merged(old, echo, new)
    if not merged.restore():
        return after
    root = _with_prefixes(old, new)
    _around(old, root)
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8").decode()


def _is_large(tree: Node) -> bool:
    """Whether no draft keeps such a file anyway."""
    return next(islice(tree.iter(), MAX_NODES, None), None) is not None


class _Merged:
    """The three trees, and which node of one is which of the next."""

    def __init__(self, old: Node, echo: Node, new: Node):
        self.old = old
        self.in_echo, self.in_new = _pairs(old, echo), _pairs(echo, new)
        self.ids = _ids(new)
        self.gone = _ids(echo) - self.ids
        self.back: Pairs = {}

    def restore(self) -> bool:
        """Puts back what was dropped; True when something was."""
        changed = bool(_lone(self.old))
        for node in self.old.iter("*"):
            echo = self.in_echo.get(node)
            place = self.in_new.get(echo) if echo is not None else None
            if echo is not None and place is not None:
                attributes, text = _attributes(node, echo, place), _text(node, echo, place)
                changed = self._children(node, echo, place) or attributes or text or changed
        return changed

    def _children(self, node: Node, echo: Node, place: Node) -> bool:
        """What the editor has written in another way instead is taken out again, unless a person has changed it."""
        dropped = [child for child in node if child not in self.in_echo and not self._is_stale(child)]
        if not dropped:
            return False
        known = {self.in_echo[child] for child in node if child in self.in_echo}
        said = {_said(child) for child in dropped if isinstance(child.tag, str)}
        instead = [child for child in echo.iterchildren("*") if child not in known and _said(child) in said]
        written = [self.in_new[child] for child in instead if child in self.in_new]
        if any(_plain(child) != _plain(self.in_new.get(child)) for child in instead if child in self.in_new):
            return False
        for child in written:
            self.ids -= _ids(child)
            child.getparent().remove(child)
        kept = [child for child in dropped if not _ids(child) & self.ids]
        for child in kept:
            self._put(place, child)
        return bool(kept)

    def _is_stale(self, child: Node) -> bool:
        """Whether it is about something that a person has taken out of the diagram meanwhile."""
        said = (value.strip() for each in child.iter("*") for value in (*each.attrib.values(), each.text or ""))
        return bool(self.gone) and any(value in self.gone for value in said)

    def _put(self, place: Node, child: Node) -> None:
        """Behind what it stood behind, as far as that is still there."""
        copy = deepcopy(child)
        copy.tail = "\n"
        self.back[child] = copy
        for before in child.itersiblings(preceding=True):
            there = self.in_new.get(self.in_echo[before]) if before in self.in_echo else self.back.get(before)
            if there is not None and there.getparent() is place:
                there.addnext(copy)
                return
        place.insert(0, copy)


def _pairs(one: Node, other: Node) -> Pairs:
    """Which node of `one` is which of `other`: by its id, else by its place among those of its kind around it. Where
    `other` gives an id to what has none in `one`, it is still the same."""
    theirs, ours = _unique(other), _unique(one)
    found: Pairs = {one: other}
    found |= {node: theirs[key] for key, node in ours.items() if key in theirs}
    taken = set(found.values())
    for parent in one.iter("*"):
        if parent not in found:
            continue
        waiting, free = defaultdict(list), defaultdict(list)
        for child in parent:
            if child not in found and (child.tag, child.get("id")) not in ours:
                waiting[child.tag].append(child)
        for child in found[parent]:
            if child not in taken:
                free[child.tag].append(child)
        for tag, children in waiting.items():
            found |= _by_place(children, free[tag])
    return found


def _by_place(ours: list[Node], theirs: list[Node]) -> Pairs:
    """One after the other; where some are missing, those that say the same first."""
    if not theirs:
        return {}
    if len(ours) == len(theirs) and isinstance(ours[0].tag, str):
        return dict(zip(ours, theirs, strict=True))
    found: Pairs = {}
    alike: dict[bytes, deque[Node]] = defaultdict(deque)
    for node in theirs:
        alike[_plain(node)].append(node)
    for node in ours:
        if waiting := alike.get(_plain(node)):
            found[node] = waiting.popleft()
    taken = set(found.values())
    left = [node for node in ours if node not in found and isinstance(node.tag, str)]
    return found | dict(zip(left, (node for node in theirs if node not in taken), strict=False))


def _unique(root: Node) -> dict[tuple[str, str], Node]:
    """Nodes by kind and id, where no two share both."""
    nodes = [node for node in root.iter("*") if node.get("id") and node is not root]
    times = Counter((node.tag, node.get("id")) for node in nodes)
    return {key: node for node in nodes if times[key := (node.tag, node.get("id"))] == 1}


def _attributes(node: Node, echo: Node, place: Node) -> bool:
    changed = False
    for name, value in node.attrib.items():
        seen, now = echo.get(name), place.get(name)
        if now == seen and seen != value and _meaning(value, node) != _meaning(seen, echo):
            place.set(name, value)
            changed = True
    return changed


def _text(node: Node, echo: Node, place: Node) -> bool:
    if len(node):
        return _mixed(node, echo, place)
    said = [" ".join((each.text or "").split()) for each in (node, echo)]
    if (echo.text or "") != (place.text or "") or said[0] == said[1]:
        return False
    if _meaning(said[0], node) == _meaning(said[1], echo):
        return False
    place.text = node.text
    return True


def _mixed(node: Node, echo: Node, place: Node) -> bool:
    """Words between elements, as other tools' own elements may have them, come back with all that stands there."""
    if " ".join(_words(node)) == " ".join(_words(echo)) or _plain(echo) != _plain(place):
        return False
    place[:] = [deepcopy(child) for child in node]
    place.text = node.text
    return True


def _words(node: Node) -> list[str]:
    """The words directly in an element."""
    return "".join([node.text or "", *(child.tail or "" for child in node)]).split()


def _meaning(value: str | None, node: Node) -> str | None:
    """A value with its prefix resolved, so that `bpmn:tExpression` and `semantic:tExpression` are one."""
    prefix, colon, name = (value or "").rpartition(":")
    space = node.nsmap.get(prefix or None)
    return f"{{{space}}}{name}" if space is not None and (colon or node.prefix is None) else value


def _said(node: Node) -> str:
    """All words in an element: what was read from it is known by them, whatever it is called then."""
    return " ".join("".join(node.itertext()).split())


def _plain(node: Node | None) -> bytes:
    if node is None:
        return b""
    bare = deepcopy(node)
    bare.tail = None
    return etree.tostring(bare, method="c14n") if isinstance(node.tag, str) else etree.tostring(bare)


def _ids(node: Node) -> set[str]:
    return {each.get("id") for each in node.iter("*") if each.get("id")}


def _with_prefixes(old: Node, new: Node) -> Node:
    """The new root, that also knows the prefixes of the old one: values such as `xsd:string` rest on them."""
    missing = {prefix: space for prefix, space in old.nsmap.items() if prefix and prefix not in new.nsmap}
    if not missing:
        return new
    root = etree.Element(new.tag, dict(new.attrib), nsmap={**new.nsmap, **missing})
    root.text = new.text
    root.extend(list(new))
    return root


def _lone(root: Node) -> list[Node]:
    """The comments and instructions before and after the root."""
    return [*reversed(list(root.itersiblings(preceding=True))), *root.itersiblings()]


def _around(old: Node, root: Node) -> None:
    """Puts them around the new root, those that the editor has kept aside."""
    kept = {_plain(node) for node in _lone(root)}
    for node in reversed(list(old.itersiblings(preceding=True))):
        if _plain(node) not in kept:
            root.addprevious(deepcopy(node))
    for node in reversed(list(old.itersiblings())):
        if _plain(node) not in kept:
            root.addnext(deepcopy(node))
