"""Reading the files of a process folder: diagrams, decision tables, forms, and what in them cannot be read."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import TypeVar

from lxml import etree

from workflows.decisions import DecisionTable, parse_dmn
from workflows.diagram import NAMESPACES, Element, Node, Process, XmlRefused, parse_xml, read_processes
from workflows.errors import Problem, WorkflowError
from workflows.forms import FormSpec, parse_form
from workflows.sentence import Sentence, say, sentence_of

MAX_FILE_BYTES = 2_000_000
MAX_PROCESSES = 50
"""of a version, with those that it calls"""
_Read = TypeVar("_Read")


@dataclass(slots=True)
class Reading:
    """The content of a folder. `main` is the id of the process that an instance starts, '' when there is none.

    `files` says which file a process came from, `origins` which one a table ("id.dmn") or form ("name.form.json");
    `problems` what could not be read.
    """
    key: str
    main: str = ""
    roots: dict[str, Node] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    elements: dict[str, Element] = field(default_factory=dict)
    diagrams: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, DecisionTable] = field(default_factory=dict)
    forms: dict[str, FormSpec] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def file_of(self, process_id: str) -> str:
        return self.files.get(process_id, f"{self.key}/{self.key}.bpmn")

    def problem(self, file: str, element: str | None, reason: str) -> None:
        self.problems.append(Problem(file, element, reason))


def read(key: str, files: Mapping[str, str]) -> Reading:
    """Reads all files of a version; never raises for what is in them."""
    reading = Reading(key)
    for path, text in sorted(files.items()):
        if not isinstance(text, str) or len(text.encode("utf-8", "replace")) > MAX_FILE_BYTES:
            reading.problem(path, None, say("文件超过 %(max_file_bytes)s MB，或不是文本",
                                            max_file_bytes=MAX_FILE_BYTES // 1_000_000))
        elif path.endswith(".bpmn"):
            _read_diagram(reading, path, text)
        elif path.endswith(".dmn"):
            for decision_id, table in (_tried(reading, path, partial(parse_dmn, text)) or {}).items():
                if decision_id in reading.decisions:
                    reading.problem(path, decision_id, say("决策表的编号与另一个文件重复"))
                reading.decisions[decision_id] = table
                reading.origins[f"{decision_id}.dmn"] = path
        elif path.endswith(".form.json"):
            form = _tried(reading, path, partial(parse_form, text))
            name = PurePosixPath(path).name.removesuffix(".form.json")
            if name in reading.forms:
                reading.problem(path, None, say("表单名“%(name)s”与另一个文件夹里的重复", name=name))
            if form is not None:
                reading.forms[name] = form
                reading.origins[f"{name}.form.json"] = path
    _find_main(reading)
    return reading


def in_words(finding: object, path: Sequence[str], files: Mapping[str, str]) -> Sentence:
    """A finding with the way that leads to it, by the names of its steps; those without a name are passed over."""
    elements = read("", files).elements
    names = [elements[step].name for step in path if step in elements and elements[step].name.strip()]
    if not names:
        return say("%(finding)s", finding=finding)
    return say("%(finding)s（走法：%(names)s）", finding=finding, names=" → ".join(names))


def _read_diagram(reading: Reading, path: str, text: str) -> None:
    try:
        root = parse_xml(text)
    except XmlRefused as error:
        reading.problem(path, None, sentence_of(error))
        return
    _forget_foreign_ids(root)
    reading.roots[path] = root
    found = read_processes(root)
    if len(reading.processes) + len(found) > MAX_PROCESSES:
        reading.problem(path, None, say("流程太多，最多 %(max_processes)s 个", max_processes=MAX_PROCESSES))
        return
    for process in found:
        if not process.id:
            reading.problem(path, None, say("流程没有编号（id）"))
        if process.id in reading.processes:
            reading.problem(path, process.id, say("流程编号与另一个流程重复"))
        for element in process.elements.values():
            if element.id in reading.elements:
                reading.problem(path, element.id, say("元素编号与同一版本里的另一个元素重复"))
        reading.processes[process.id] = process
        reading.files[process.id] = path
        reading.diagrams[process.id] = text
        reading.elements.update(process.elements)


def _forget_foreign_ids(root: Node) -> None:
    """Other tools' own elements may repeat the id of one of ours; SpiffWorkflow looks elements up by their id alone."""
    for node in root.iter("*"):
        if etree.QName(node).namespace not in NAMESPACES.values():
            node.attrib.pop("id", None)


def _tried(reading: Reading, path: str, parse: Callable[[], _Read]) -> _Read | None:
    try:
        return parse()
    except (WorkflowError, ValueError, TypeError, KeyError, RecursionError) as error:
        reading.problem(path, None, sentence_of(error))
        return None


def _find_main(reading: Reading) -> None:
    """The process named like the key, else the first one in the folder of the key."""
    own = [process for process, file in reading.files.items() if file.startswith(f"{reading.key}/")]
    if reading.key in own:
        reading.main = reading.key
    elif own:
        reading.main = own[0]
    else:
        reading.problem(f"{reading.key}/{reading.key}.bpmn", None, say("找不到流程图"))
