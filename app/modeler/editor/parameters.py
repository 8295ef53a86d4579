"""The numbers of a process that people change without opening its diagram: five working days become three.

A parameter is a variable that a process declares with a number and that nothing writes while a case runs. Changing one
changes the draft's diagram, in the one property that declares it; all else stands as it stood.
"""
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases.errors import Blocked, NotFound
from app.modeler.editor import drafts
from app.models import Definition, ProcessDraft
from workflows.diagram import NAMESPACES, labels_of, parse_xml
from workflows.parameters import numbers
from workflows.reading import read
from workflows.sentence import say

LARGEST = 9_999
_PROPERTY = "bpmn:extensionElements/spiff:properties/spiff:property[@name='variables']"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that a process declares. `in_force` is the current version's value, None where it has no such one;
    `process` is what the process is called that declares it."""
    process_id: str
    process: str
    name: str
    label: str
    value: int | float
    in_force: int | float | None

    @property
    def field(self) -> str:
        """Its name in the form."""
        return f"{self.process_id}.{self.name}"


def parameters(session: Session, key: str) -> list[Parameter]:
    """The parameters of the draft, or of the current version where there is no draft: the process's own first, then
    those of the processes that it calls. Raises NotFound for a process that there is none of."""
    current = session.scalar(select(Definition).where(Definition.key == key, Definition.current))
    draft = drafts.find(session, key)
    files = draft.files if draft is not None else current.files if current is not None else None
    if files is None:
        raise NotFound(say("没有流程“%(key)s”。", key=key))
    in_force = numbers(read(key, current.files)) if current is not None else {}
    reading = read(key, files)
    labels = {process.id: labels_of(process.node) for process in reading.processes.values()}
    return [Parameter(process_id, reading.processes[process_id].name, name, labels[process_id].get(name) or name, value,
                      in_force.get((process_id, name)))
            for (process_id, name), value in numbers(reading).items()]


def change(session: Session, key: str, typed: Mapping[str, str], *, on_revision: int, actor: Actor,
           now: datetime) -> int:
    """Puts the numbers that differ (`typed`: {Parameter.field: text}) into the draft, begun if there is none; how many
    differed. Raises Blocked for what is no number in range, Conflict if somebody has saved the diagram since."""
    wanted: dict[str, dict[str, int | float]] = {}
    for each in parameters(session, key):
        value = _number(typed.get(each.field), each)
        if value != each.value:
            wanted.setdefault(each.process_id, {})[each.name] = value
    if not wanted:
        return 0
    drafts.open_draft(session, key, actor=actor, now=now)
    draft = drafts.get(session, key, writing=True)
    for process_id, values in wanted.items():
        path = read(key, draft.files).file_of(process_id)
        drafts.save(session, draft, path, _with(draft, path, process_id, values), on_revision=on_revision, actor=actor,
                    now=now)
    return sum(map(len, wanted.values()))


def _number(typed: str | None, parameter: Parameter) -> int | float:
    """What was typed; a field that did not come along stays as it is."""
    if typed is None:
        return parameter.value
    try:
        value = int(typed) if isinstance(parameter.value, int) else float(typed)
    except ValueError:
        value = -1
    if not 0 <= value <= LARGEST:
        kind = say("整数") if isinstance(parameter.value, int) else say("数")
        raise Blocked(say("“%(label)s”要填0到%(largest)s的%(kind)s。", label=parameter.label, largest=LARGEST,
                          kind=kind))
    return value


def _with(draft: ProcessDraft, path: str, process_id: str, values: Mapping[str, int | float]) -> str:
    root = parse_xml(draft.files[path], comments=True)
    (node,) = [each for each in root.findall("bpmn:process", NAMESPACES) if each.get("id") == process_id]
    declared = node.find(_PROPERTY, NAMESPACES)
    declared.set("value", json.dumps({**json.loads(declared.get("value")), **values}, ensure_ascii=False))
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8").decode()
