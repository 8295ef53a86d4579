"""What is known of a version's variables: what people call them, what they can be, and which of them nothing writes."""
from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from app.dates import day_and_clock, in_full
from app.issues.categories import CATEGORIES, CHANNELS, DIFFICULTIES, LEVELS, LIGHTS, STAGES, STATUSES
from app.modeler.trial.outcome import Names
from workflows.calendar import Calendar
from workflows.checks_variables import written_variables
from workflows.decisions import DecisionTable
from workflows.diagram import labels_of, properties_of
from workflows.errors import WorkflowError
from workflows.forms import Choice, Field, value_fields
from workflows.reading import read
from workflows.sentence import Sentence, listed, say
from workflows.unary_tests import UnaryTest

Json = Any
KNOWN: Mapping[str, str] = {
    "number": say("编号"), "title": say("事项"), "registered_at": say("登记时间"), "place": say("所在旗区或园区"),
    "intake_unit": say("受理单位"), "stage": say("阶段"), "status": say("状态"), "light": say("亮灯"),
    "due_at": say("办结期限"), "limit_name": say("期限依据"), "lead_unit": say("主办单位"),
    "joint_units": say("协办单位"), "category": say("类别"), "level": say("问题类型"), "channel": say("渠道"),
    "action_number": say("所依据的行动"), "green_lane": say("绿色通道"), "plan_limit": say("定方案的期限"),
    "undisputed_arrears": say("无分歧欠款"), "judged_level": say("研判的问题类型"),
    "enterprise_difficulty": say("企业困难情况"), "key_enterprise": say("重点企业"),
    "promise_scope": say("在承诺办理的范围内"),
}
"""what the product itself gives or shows"""
_POSTS: Mapping[str, str] = {
    "city_intake": say("市级受理单位"), "leader_unit": say("批示的领导"), "supervise_unit": say("督办单位")}
"""units that the product's own processes name once and for all"""
_WORDS: Mapping[str, Mapping[str, str]] = {
    "category": CATEGORIES, "level": LEVELS, "judged_level": LEVELS, "channel": CHANNELS, "stage": STAGES,
    "status": STATUSES, "light": LIGHTS, "enterprise_difficulty": DIFFICULTIES}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LONGEST = 120
"""characters of a value that are shown"""
_NOW, _CALENDAR = datetime(2000, 1, 1, tzinfo=UTC), Calendar()
"""for constants, which do not read them"""


@dataclass(frozen=True, slots=True)
class Known:
    """`labels`: what people call a variable; `fields`: the form field that asks for it; `allowed`: the texts that
    decision tables say it can be, `compared` those that their rules mention; `written`: what something in the version
    writes; `given`: what whoever starts a case or a message brings along."""
    labels: Mapping[str, str]
    fields: Mapping[str, Field]
    allowed: Mapping[str, tuple[str, ...]]
    compared: Mapping[str, tuple[str, ...]]
    written: frozenset[str]
    given: frozenset[str]

    def choices(self, name: str) -> tuple[Choice, ...]:
        """What a variable can be, by the form that asks for it, else by the tables; () when nothing says so."""
        field = self.fields.get(name)
        if field is not None and field.choices and not field.multiple:
            return field.choices
        return tuple((text, text) for text in self.allowed.get(name, ()))

    def told(self, name: str, value: Json, names: Names) -> str | Sentence:
        """A value in words."""
        field = self.fields.get(name)
        if field is not None and field.type == "filepicker":
            return say("%(count)s个文件", count=len(value) if isinstance(value, list) else 1)
        if isinstance(value, list):
            return listed([self.told(name, each, names) for each in value])
        for choice, label in self.choices(name):
            if choice == value and type(choice) is type(value) and name not in _WORDS:
                return label
        if isinstance(value, bool):
            return say("是") if value else say("否")
        if not isinstance(value, str):
            return str(value)[:_LONGEST]
        return _WORDS.get(name, {}).get(value) or names.units.get(value) or _moment(value) or value[:_LONGEST]

    def facts(self, variables: Mapping[str, Json], changed: Collection[str],
              names: Names) -> list[tuple[str, str | Sentence, bool]]:
        """(label, value in words, whether the last step has changed it) of what has a word and is no parameter: what
        the product shows first. "No" and zero say nothing unless they are new."""
        places = {name: place for place, name in enumerate(KNOWN)}
        shown = [name for name, value in variables.items() if name in self.labels and not self.is_fixed(name)
                 and (value not in (None, [], "", False, 0) or (name in changed and value in (False, 0)))]
        return [(self.labels[name], self.told(name, variables[name], names), name in changed)
                for name in sorted(shown, key=lambda name: places.get(name, len(places)))]

    def rest(self, variables: Mapping[str, Json]) -> list[tuple[str, Json]]:
        """(name, value) of what `facts` never shows."""
        return sorted((self.labels.get(name, name), value) for name, value in variables.items()
                      if value is not None and (name not in self.labels or self.is_fixed(name)))

    def is_fixed(self, name: str) -> bool:
        """Whether it stays what it was at the beginning, as parameters do."""
        return name not in self.written and name not in self.given and name not in KNOWN


def known(key: str, files: Mapping[str, str]) -> Known:
    """Of the files of a version that can be read."""
    reading = read(key, files)
    labels, fields, given = dict[str, str](), dict[str, Field](), set[str]()
    for form in reading.forms.values():
        for field in value_fields(form.fields):
            fields.setdefault(field.key, field)
    for process in reading.processes.values():
        labels |= labels_of(process.node)
        given |= {name.strip() for name in properties_of(process.node).get("given", "").split(",")} - {""}
    labels = {name: field.label for name, field in fields.items() if field.label} | dict(_POSTS) | labels | dict(KNOWN)
    tables = list(reading.decisions.values())
    return Known(labels, fields, _texts(tables, lambda table, column: [table.allowed[column]]),
                 _texts(tables, lambda table, column: [rule.tests[column] for rule in table.rules]),
                 written_variables(reading) - given, frozenset(given))


def _texts(tables: Iterable[DecisionTable],
           tests: Callable[[DecisionTable, int], list[UnaryTest | None]]) -> dict[str, tuple[str, ...]]:
    """The texts in some tests of each variable that is an input, in their order."""
    found: dict[str, dict[str, None]] = {}
    for table in tables:
        for column, asked in enumerate(table.inputs):
            parts = [part for test in tests(table, column) if test is not None for part in test.parts]
            values = [_constant(operand) for part in parts for _, operand in part]
            found.setdefault(asked.text.strip(), {}).update({each: None for each in values if isinstance(each, str)})
    return {name: tuple(values) for name, values in found.items()}


def _constant(operand: Any) -> Json:
    try:
        return None if operand.names else operand.evaluate({}, now=_NOW, calendar=_CALENDAR)
    except WorkflowError:
        return None


def _moment(value: str) -> Sentence | None:
    try:
        if _INSTANT.match(value):
            return day_and_clock(datetime.fromisoformat(value))
        return in_full(date.fromisoformat(value)) if _DAY.fullmatch(value) else None
    except ValueError:
        return None
