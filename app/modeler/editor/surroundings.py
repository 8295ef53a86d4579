"""What an editor offers to choose from: what exists, each with its name for people, so that nobody has to know an
identifier."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.issues.categories import CATEGORIES, STAGES
from app.modeler.editor.called import callable_processes
from app.models import Position, ProcessDraft, Unit
from workflows import form_texts
from workflows.decisions import NAMESPACES, DecisionError, parse_root
from workflows.diagram import Node, labels_of
from workflows.errors import ExpressionError
from workflows.expressions import compile_script
from workflows.forms import Field, value_fields
from workflows.parameters import numbers
from workflows.reading import Reading, read
from workflows.sentence import Sentence, listed, say
from workflows.vocabulary import VOCABULARY

Json = Any
LISTS = {"units": say("单位"), "joint_units": say("协办单位"), "categories": say("问题类别"),
         "merge_targets": say("可以并入的问题"), "meeting_cases": say("调度会的事项")}
"""the application's lists that a form's choices can come from, in words"""
MEANINGS = {
    "working_days": say("几个工作日：working_days(5)"), "months": say("几个月：months(1)"),
    "days": say("几天：days(10)"), "hours": say("几小时：hours(2)"), "minutes": say("几分钟：minutes(30)"),
    "after": say("从某时起再过多久：after(时刻, working_days(5))"),
    "before": say("某时之前几个工作日：before(时刻, 3)"), "every": say("每隔多久：every(working_days(1))"),
    "now": say("现在：now()"), "today": say("今天：today()"),
    "earlier": say("两个时刻里较早的"), "later": say("两个时刻里较晚的"), "len": say("有几项、几个字"),
    "min": say("最小的"), "max": say("最大的"), "sum": say("合计"), "round": say("四舍五入"), "abs": say("绝对值"),
    "get": say("取其中一项：get(对象, \"键\")"), "exists": say("有没有填：exists(变量)"),
    "pluck": say("每行取一列：pluck(列表, \"键\")"), "count": say("有几行等于：count(列表, \"键\", 值)"),
    "all_of": say("每行都等于：all_of(列表, \"键\", 值)"), "any_of": say("有一行等于：any_of(列表, \"键\", 值)"),
    "without": say("去掉某项：without(列表, 值)"), "lower": say("变成小写"), "upper": say("变成大写"),
    "trim": say("去掉两头的空格"), "text": say("变成文字：text(5)"), "number": say("变成数：number(\"5\")"),
}
"""the vocabulary of expressions in words"""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a draft for the list: `kind` is diagram, table or form, `label` what people call it."""
    path: str
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A draft's files read once: what they are called, and what can be chosen in them."""
    draft: ProcessDraft
    reading: Reading

    @classmethod
    def of(cls, draft: ProcessDraft) -> Surroundings:
        return cls(draft, read(draft.key, draft.files))

    def name(self) -> str:
        """What the process is called."""
        main = self.reading.processes.get(self.reading.main)
        return main.name if main is not None else self.draft.key

    def files(self) -> list[File]:
        """Diagrams, tables and forms, each kind in the order of its paths; the process's own diagram first."""
        found = [File(path, kind, self._label(path, kind)) for path in self.draft.files if (kind := kind_of(path))]
        order = ("diagram", "table", "form")
        return sorted(found, key=lambda file: (order.index(file.kind), not file.path.startswith(f"{self.draft.key}/"),
                                               file.path))

    def name_of(self, element: str | None) -> str | Sentence:
        """What an element is called in any of the diagrams, a flow by its two ends; '' when it has no name."""
        for root in self.reading.roots.values() if element else ():
            for node in root.iter("*"):
                if node.get("id") == element:
                    return node.get("name") or self._ends(node)
        return ""

    def _ends(self, flow: Node) -> str | Sentence:
        elements = self.reading.elements
        one, other = (elements[ref].name if (ref := flow.get(end)) in elements else "" for end in
                      ("sourceRef", "targetRef"))
        return say("“%(one)s”到“%(other)s”的连线", one=one, other=other) if one.strip() and other.strip() else ""

    def file_of(self, element: str | None) -> str:
        """The path of the diagram that an element is in; of the process's own for anything else."""
        found = self.reading.elements.get(element or "")
        return self.reading.file_of(found.process_id if found is not None else self.reading.main)

    def choices(self, session: Session) -> dict[str, Json]:
        """Everything that pickers and completion offer, as JSON."""
        return {
            "positions": _named(session, Position), "units": _named(session, Unit),
            "forms": [{"value": _stem(file.path), "label": file.label, "path": file.path}
                      for file in self.files() if file.kind == "form"],
            "decisions": [{"value": each.id, "label": each.name} for each in self.reading.decisions.values()],
            "processes": [{"value": each.id, "label": each.name} for each in self.reading.processes.values()],
            "published": [{"value": key, "label": name} for key, name in callable_processes(
                session, self.draft.key, list(self.reading.processes))],
            "main": {"value": self.reading.main, **self._main()},
            "stages": [{"value": value, "label": label} for value, label in STAGES.items()],
            "lists": [{"value": value, "label": label} for value, label in LISTS.items()],
            "variables": [{"value": name, "label": label} for name, label in sorted(self._variables().items())],
            "options": self._options(session),
            "functions": [{"value": name, "label": MEANINGS[name]} for name in VOCABULARY],
        }

    def _label(self, path: str, kind: str) -> str:
        if kind == "diagram":
            own = [process.name for process in self.reading.processes.values()
                   if self.reading.files.get(process.id) == path]
            return own[0] if own else _stem(path)
        if kind == "table":
            return _title_of_table(self.draft.files[path]) or _stem(path)
        users = [element.name for element in self.reading.elements.values() if element.form == _stem(path)]
        return _title_of_form(self.draft.files[path]) or listed([name for name in users[:2] if name]) or _stem(path)

    def _main(self) -> dict[str, Json]:
        """The process that is begun, with the values that win over those of the processes that it calls."""
        main = self.reading.processes.get(self.reading.main)
        return {"label": main.name, "variables": main.variables or {}} if main else {"label": "", "variables": {}}

    def _options(self, session: Session) -> dict[str, list[dict[str, Json]]]:
        """What a variable can be, as expressions write it, where a form's question offers it."""
        known = {"units": _named(session, Unit), "joint_units": _named(session, Unit),
                 "categories": [{"value": value, "label": label} for value, label in CATEGORIES.items()]}
        found: dict[str, list[dict[str, Json]]] = {}
        for field in self._fields():
            offered = known.get(field.choices_from or "") or [
                {"value": value, "label": label} for value, label in field.choices]
            if offered and field.type in ("radio", "select"):
                found.setdefault(field.key, [{"value": orjson.dumps(each["value"]).decode(), "label": each["label"]}
                                             for each in offered])
        return found

    def _fields(self) -> Iterator[Field]:
        """The questions of all forms, in the words of a new case."""
        begun = {name: value for (_, name), value in numbers(self.reading).items()}
        for form in self.reading.forms.values():
            yield from value_fields(form_texts.told(form, begun).fields)

    def _variables(self) -> dict[str, str]:
        """Every variable that some process declares or something writes, with the question that asks for it."""
        found: dict[str, str] = {"started_at": say("开始办理的时刻")}
        labels: dict[str, str] = {}
        for process in self.reading.processes.values():
            found |= dict.fromkeys({**(process.variables or {}), **(process.derived or {})}, "")
            labels |= labels_of(process.node)
            for script in process.node.iter("{*}script"):
                try:
                    found = dict.fromkeys(compile_script(script.text or "").targets, "") | found
                except ExpressionError:
                    continue  # the list of problems says so
        for table in self.reading.decisions.values():
            found |= {name: say("%(table)s的结果", table=table.name) for name in table.outputs}
        found |= {field.key: field.label for field in self._fields()}
        return found | {name: label for name, label in labels.items() if name in found}


def kind_of(path: str) -> str | None:
    """Which editor a file has, None for those without."""
    for suffix, kind in ((".bpmn", "diagram"), (".dmn", "table"), (".form.json", "form")):
        if path.endswith(suffix):
            return kind
    return None


def lists(session: Session) -> Mapping[str, list[tuple[Json, str]]]:
    """The application's lists as a preview shows them: the real units and categories, an example elsewhere."""
    units = [(code, name) for code, name in session.execute(
        select(Unit.code, Unit.name).where(Unit.active).order_by(Unit.sort))]
    shown: dict[str, list[tuple[Json, str]]] = {name: [(1, say("（办理时由系统列出）"))] for name in LISTS}
    return shown | {"units": units, "joint_units": units, "categories": list(CATEGORIES.items())}


def _named(session: Session, table: type[Position] | type[Unit]) -> list[dict[str, str]]:
    return [{"value": code, "label": name} for code, name in session.execute(
        select(table.code, table.name).order_by(table.sort, table.code))]


def _stem(path: str) -> str:
    return PurePosixPath(path).name.removesuffix(".form.json").removesuffix(".dmn").removesuffix(".bpmn")


def _title_of_form(text: str) -> str:
    """The name that a form carries for people; form-js knows none, so ours stands beside its fields."""
    return str(_mapping(text).get("name") or "")


def _mapping(text: str | None) -> dict[str, Json]:
    """A JSON object; {} for anything else."""
    try:
        value = orjson.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _title_of_table(text: str) -> str:
    """The name of a file's first decision, also while something in its rules is wrong."""
    try:
        decision = parse_root(text).find("dmn:decision", NAMESPACES)
    except DecisionError:
        return ""
    return decision.get("name", "") if decision is not None else ""
