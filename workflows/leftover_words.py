"""Words that still say a number which a parameter no longer has: 「五个工作日内」 after five days have become three.

A number in a text may be meant otherwise, so what is found here is a hint and refuses nothing.
"""
from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.diagram import FLOW_NODES, XmlRefused, labels_of, parse_xml, properties_of, tag_of
from workflows.diagram_facts import is_owner
from workflows.differences_diagram import KINDS
from workflows.parameters import Number, numbers
from workflows.reading import Reading
from workflows.said_numbers import periods
from workflows.sentence import Sentence, say

Json = Any
LONGEST = 60
"""characters of a text that is quoted"""
_USES = {
    "working_days": r"working_days\(\s*{0}\s*\)|before\([^()]*,\s*{0}\s*\)|text\(\s*{0}\s*\)\s*\+\s*{1}D{1}",
    "months": r"months\(\s*{0}\s*\)|text\(\s*{0}\s*\)\s*\+\s*{1}M{1}", "days": r"\bdays\(\s*{0}\s*\)",
    "hours": r"hours\(\s*{0}\s*\)", "minutes": r"minutes\(\s*{0}\s*\)"}
_QUOTE = r"""(?:["']|&quot;|&#34;|&apos;)"""
_SPOKEN = {"label": say("名称"), "dateLabel": say("名称"), "description": say("说明"), "text": say("文字"),
           "showPolicy": say("政策原文"), "patternMessage": say("格式不对时的提示"), "values": say("选项")}


@dataclass(frozen=True, slots=True)
class Moved:
    """A parameter whose number has changed. `units` are the periods that it counts: working_days, months …"""
    process: str
    name: str
    label: str
    old: Number
    new: Number
    units: frozenset[str]


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of a file. `element` is the diagram's element, the table or the key of the form's field that it belongs
    to; `where` what it is there, in words."""
    file: str
    element: str | None
    where: Sentence | str
    text: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A text that names the old number, `said` as it is written there."""
    passage: Passage
    said: str

    @property
    def excerpt(self) -> str:
        flat = " ".join(self.passage.text.split())
        at = max(0, flat.find(self.said) - LONGEST // 3)
        cut = flat[at:at + LONGEST]
        return f"{'…' if at else ''}{cut}{'…' if len(flat) > at + LONGEST else ''}"


def moved(old: Reading, new: Reading, files: Mapping[str, str]) -> list[Moved]:
    """The parameters of both sides whose numbers differ and count periods. `files` are the new side's."""
    before, after = numbers(old), numbers(new)
    found = []
    for (process, name), value in after.items():
        if (process, name) in before and before[process, name] != value and (units := _units(name, files)):
            label = labels_of(new.processes[process].node).get(name) or name
            found.append(Moved(process, name, label, before[process, name], value, units))
    return found


def mentions(change: Moved, files: Mapping[str, str]) -> list[Mention]:
    """The texts of files that name the number that a parameter had, in the order of the files."""
    return [Mention(passage, said) for path, text in sorted(files.items()) for passage in passages(path, text)
            if (said := named(change, passage.text))]


def named(change: Moved, text: str) -> str:
    """How a text names the number that a parameter had, '' when it does not."""
    return next((said for unit in sorted(change.units) for number, said in periods(text, unit)
                 if number == change.old), "")


def passages(path: str, text: str) -> Iterator[Passage]:
    """The words for people in a file; none of what cannot be read."""
    try:
        if path.endswith(".bpmn"):
            yield from _of_diagram(path, text)
        elif path.endswith(".dmn"):
            yield from _of_table(path, text)
        elif path.endswith(".form.json"):
            form = json.loads(text)
            yield Passage(path, None, say("表单名称"), str(form.get("name") or ""))
            yield from _of_form(path, form.get("components"))
    except (XmlRefused, ValueError, AttributeError, RecursionError):
        return  # the list of problems says so


def _units(name: str, files: Mapping[str, str]) -> frozenset[str]:
    """The periods that a variable counts, by how expressions use it."""
    return frozenset(unit for unit, use in _USES.items() if any(
        re.search(use.format(re.escape(name), _QUOTE), text) for text in files.values()))


def _of_diagram(path: str, text: str) -> Iterator[Passage]:
    for node in parse_xml(text).iter("{*}*"):
        if not tag_of(node) or not is_owner(node):
            continue
        own = {say("名称"): node.get("name"), say("通知内容"): properties_of(node).get("notify_text")}
        own |= {say("说明"): node.findtext("{*}documentation"), say("文字"): node.findtext("{*}text")}
        kind = None if tag_of(node) in FLOW_NODES | {"process"} else KINDS.get(tag_of(node))
        yield from (Passage(path, node.get("id"), say("%(kind)s的%(where)s", kind=kind, where=where) if kind else where,
                            words) for where, words in own.items() if words)


def _of_table(path: str, text: str) -> Iterator[Passage]:
    rows: dict[str, int] = {}
    for node in parse_xml(text).iter("{*}*"):
        tag = node.tag.rpartition("}")[2]
        around = {above.tag.rpartition("}")[2]: above for above in (*node.iterancestors(), node)}
        table = around["decision"].get("id") if "decision" in around else None
        if tag == "rule":
            rows[table or ""] = rows.get(table or "", 0) + 1
        where = say("说明和列名") if "rule" not in around else say("第%(row)s行", row=rows[table or ""])
        words = [node.get("label"), node.get("name") if tag == "decision" else None,
                 node.text if tag in ("description", "text") else None]
        yield from (Passage(path, table, where, each) for each in words if each and each.strip())


def _of_form(path: str, components: Json) -> Iterator[Passage]:
    for part in components or []:
        subject = str(part.get("label") or part.get("dateLabel") or "")
        texts = {**part, **(part.get("properties") or {})}
        for name, where in _SPOKEN.items():
            spoken = texts.get(name)
            for each in spoken if isinstance(spoken, list) else [spoken]:
                words = each.get("label") if isinstance(each, dict) else each
                if isinstance(words, str) and words:
                    told = say("“%(field)s”的%(where)s", field=subject, where=where)
                    yield Passage(path, part.get("key") or part.get("path"),
                                  told if subject and subject != words else where, words)
        yield from _of_form(path, part.get("components"))
