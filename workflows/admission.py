"""What a file has to be before it is kept in a draft: readable, of bearable size, meaning no harm.

A diagram that is wrong may be kept, since nobody could draw otherwise; `workflows.versions.check` says what is wrong.
Refused is only what no editor could open again, and what would hurt whoever opens it.
"""
from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from workflows.characters import all_storable, storable
from workflows.checks import check_calls, check_file
from workflows.decisions import NAMESPACES as DMN
from workflows.decisions import DecisionError, parse_root
from workflows.diagram import NAMESPACES, Node, XmlRefused, flow_nodes, parse_xml
from workflows.errors import WorkflowError
from workflows.foreign import MAX_NODES
from workflows.form_schema import MAX_FORM, MAX_NESTING
from workflows.reading import MAX_FILE_BYTES, Reading, read
from workflows.sentence import say, sentence_of

Json = Any

_MARKUP = re.compile(r"<[a-z/!?][^<>]*>|<\s*(?:script|iframe|object|embed|svg|img)\b|javascript:", re.IGNORECASE)
_WORDS = ("label", "text", "description", "name")
"""what a form shows to people"""


class FileRefused(WorkflowError):
    """A file that is not kept; the text says why, for the person who brought it."""


def admit(key: str, files: Mapping[str, str], path: str) -> None:
    """Raises FileRefused if `files[path]` cannot be kept among the other files of the draft of `key`."""
    text = files[path]
    if len(text.encode("utf-8", "replace")) > MAX_FILE_BYTES:
        raise FileRefused(say("文件太大，最多 %(max_mb)s MB。", max_mb=MAX_FILE_BYTES // 1_000_000))
    if not storable(text):
        raise FileRefused(say("文件里有不成字符的编码。"))
    if path.endswith(".bpmn"):
        _admit_diagram(key, files, path)
    elif path.endswith(".dmn"):
        _admit_decisions(text)
    elif path.endswith(".form.json"):
        _admit_form(text)
    else:
        raise FileRefused(say("只能放流程图（.bpmn）、决策表（.dmn）和表单（.form.json）。"))


def refuse_markup(files: Mapping[str, str]) -> None:
    """Raises FileRefused where a file shows people a name with the code of a web page in it. What cannot be read is
    left to the checks."""
    for path, text in files.items():
        try:
            if path.endswith(".bpmn"):
                _refuse_markup(node.get("name", "") for node in parse_xml(text).iter())
            elif path.endswith(".dmn"):
                _refuse_markup(node.get(name, "") for node in parse_root(text).iter() for name in ("name", "label"))
            elif path.endswith(".form.json"):
                _refuse_markup(_shown(json.loads(text), 0))
        except (XmlRefused, DecisionError, ValueError, AttributeError, RecursionError):
            continue


def _admit_diagram(key: str, files: Mapping[str, str], path: str) -> None:
    reading = read(key, files)
    _refuse(reading, path)
    root = reading.roots[path]
    _bound(root)
    check_file(reading, path, root)
    _refuse(reading, path)
    check_calls(reading)
    _refuse(reading, path)
    _refuse_markup(node.get("name", "") for node in root.iter())
    drawn = root.find(".//bpmndi:BPMNShape", NAMESPACES) is not None
    if not drawn and any(True for process in root.iterfind("bpmn:process", NAMESPACES) for _ in flow_nodes(process)):
        raise FileRefused(say("文件里只有流程，没有图形（BPMNDiagram），请用画图工具保存一次再导入。"))


def _admit_decisions(text: str) -> None:
    try:
        root = parse_root(text)
    except DecisionError as error:
        raise FileRefused(sentence_of(error)) from None
    _bound(root)
    _refuse_markup(node.get(name, "") for node in root.iter() for name in ("name", "label"))
    if root.find("dmn:decision/dmn:decisionTable", DMN) is None:
        raise FileRefused(say("文件里没有决策表"))


def _admit_form(text: str) -> None:
    if len(text) > MAX_FORM:
        raise FileRefused(say("表单文件最多%(max_form)s个字符", max_form=MAX_FORM))
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError):
        raise FileRefused(say("表单文件不是正确的 JSON")) from None
    if not all_storable(schema):
        raise FileRefused(say("表单文件里有不成字符的编码"))
    if not isinstance(schema, dict) or schema.get("type", "default") != "default" or not isinstance(
            schema.get("components"), list):
        raise FileRefused(say("表单文件要是 form-js 的表单（type 为 default）"))
    _refuse_markup(_shown(schema, 0))


def _shown(part: Json, depth: int) -> Iterator[str]:
    """The texts of a form that people see."""
    if depth > MAX_NESTING + 1:
        raise FileRefused(say("表单要有 components 列表，且嵌套不能太深"))
    for child in part.get("components") or () if isinstance(part.get("components"), list) else ():
        if not isinstance(child, dict):
            raise FileRefused(say("表单要有 components 列表，且嵌套不能太深"))
        yield from (child[name] for name in _WORDS if isinstance(child.get(name), str))
        yield from _shown(child, depth + 1)


def _refuse(reading: Reading, path: str) -> None:
    """The first thing that reading has noted about this file, if any."""
    for problem in reading.problems:
        if problem.file == path:
            raise FileRefused(say("%(element)s：%(reason)s", element=problem.element, reason=problem.reason)
                              if problem.element else problem.reason)


def _bound(root: Node) -> None:
    if sum(1 for _ in root.iter()) > MAX_NODES:
        raise FileRefused(say("文件里的元素超过 %(max_nodes)s 个，太多了。", max_nodes=MAX_NODES))


def _refuse_markup(texts: Iterator[str]) -> None:
    for text in texts:
        if _MARKUP.search(text):
            raise FileRefused(say("名称“%(name)s”里有网页代码，请改成普通文字。", name=text[:40]))
