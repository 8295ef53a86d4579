"""The forms of a simulation that no version has: how it begins, and what a message from outside brings along.

They are forms like those of tasks, for the same macros and the same judge.
"""
from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.issues import options
from app.issues.categories import CATEGORIES, CHANNELS, DIFFICULTIES, LEVELS, RESPONSE, SATISFACTION
from app.issues.registration import intake_unit
from app.modeler.trial.variables import Known
from app.models import Unit
from workflows.forms import ATTACHMENTS, Choice, Field, FormSpec, value_fields
from workflows.sentence import listed, say
from workflows.versions import ProcessVersion

Json = Any
EVERY_UNIT = "every_unit"
"""name of the list of all units"""
OTHERS = "others"
"""key of the field that holds variables as lines `name = value`"""
LONGEST = 20_000
SAMPLE_FILE = (1, say("示例附件.pdf"))
"""stands for any file that a form asks for"""
_REASON = say("原因")

START: Sequence[Field] = (
    Field("title", "textfield", say("事项"), default=say("流动资金贷款到期，银行不再续贷"), required=True),
    Field("place", "select", say("企业所在的旗区或园区"), choices_from="places", required=True),
    Field("category", "select", say("类别"), choices=tuple(CATEGORIES.items()), default="financing", required=True),
    Field("level", "select", say("问题类型"), choices_from="levels"),
    Field("channel", "select", say("渠道"), choices=tuple(CHANNELS.items()), default="portal", required=True),
    Field("lead_unit", "select", say("主办单位"), choices_from="units", required=True),
    Field("enterprise_difficulty", "select", say("企业困难情况"), choices=tuple(DIFFICULTIES.items())),
    Field("key_enterprise", "checkbox", say("重点企业")),
    Field("promise_scope", "checkbox", say("在承诺办理的范围内")),
)
"""what is known of variables that the registration gives; a process is asked for those that it declares"""
REGISTERED = frozenset({"number", "registered_at", "intake_unit"})
"""given by the registration itself"""
FOLDED = {"folded": "yes"}
"""of a group that is shown when it is asked for"""
DECIDED_LATER = frozenset({"level", "lead_unit"})
"""not asked for by a process that begins with a report, and so works them out"""


def _numbered(choices: Mapping[str, str]) -> tuple[Choice, ...]:
    return tuple((int(value), label) for value, label in choices.items())


MESSAGES: Mapping[str, Sequence[Field]] = {
    "rated": (
        Field("response_rating", "select", say("响应快慢"), choices=_numbered(RESPONSE), default=5, required=True),
        Field("solved", "checkbox", say("问题解决了"), default=True),
        Field("satisfaction", "select", say("满意程度"), choices=_numbered(SATISFACTION), default=5,
              required=True),
        Field("comment", "textarea", say("评语"))),
    "enterprise_answered": (
        Field("answer", "textarea", say("企业的答复"), default=say("已补充说明。"), required=True),),
    "material_added": (
        Field("text", "textarea", say("企业补充的情况"), default=say("补充最近的情况。"), required=True),),
    "withdraw": (Field("reason", "textarea", _REASON, default=say("问题已经解决。"), required=True),),
    "extension_requested": (
        Field("extension_reason", "textarea", say("申请延期的原因"), default=say("需要等上级批复。"), required=True),
        Field("extension_until", "datetime", say("延到哪一天"), required=True)),
    "take_over": (Field("reason", "textarea", _REASON, default=say("办理迟缓。"), required=True),),
    "joint_released": (
        Field("released_unit", "select", say("免除哪个单位"), choices_from="units", required=True),
        Field("release_reason", "textarea", _REASON, default=say("与其职责无关。"), required=True)),
}
"""what the known messages bring along"""
BROUGHT = frozenset(field.key for fields in MESSAGES.values() for field in fields)


def start_form(version: ProcessVersion, about: Known, units: Collection[str]) -> FormSpec:
    """The form that a simulation of this version begins with: what a registration gives, what else nothing in the
    process works out, its parameters, and lines for whatever should be different from the beginning on. `units` are
    all codes of units: what begins as one stays one."""
    declared = version.variables_of(version.main)
    report = "place" in declared
    first = [field for field in START if field.key in declared and not (report and field.key in DECIDED_LATER)]
    left = [name for name in (*declared, *sorted(about.given - set(declared)))
            if name not in {OTHERS, *REGISTERED, *DECIDED_LATER, *BROUGHT, *(field.key for field in START)}
            and name not in about.written and not isinstance(declared.get(name), dict | list)]
    asked = [_field(name, declared.get(name), about, units) for name in left if declared.get(name) is None]
    parameters = [_field(name, declared[name], about, units) for name in left if declared.get(name) is not None]
    others = Field(OTHERS, "textarea", say("别的变量一开始就有的值"), max_length=LONGEST, help=say(
        "一般不用填。一行一个，写成“名称 = 值”；文字加双引号，是否写 true 或 false。"))
    groups = (Field("", "group", say("参数（%(count)s个，现在的值已经填好）", count=len(parameters)),
                    fields=tuple(parameters), properties=FOLDED) if parameters else None,
              Field("", "group", say("其他变量"), fields=(others,), properties=FOLDED))
    return FormSpec("start", (*first, *asked, *(group for group in groups if group is not None)), ())


def _field(name: str, value: Json, about: Known, units: Collection[str]) -> Field:
    """The field of a variable that has this value where nobody says otherwise."""
    label, choices = about.labels.get(name, name), about.choices(name)
    if isinstance(value, bool):
        return Field(name, "checkbox", label, default=value)
    if isinstance(value, int | float):
        return Field(name, "number", label, default=value)
    if value in units:
        return Field(name, "select", label, choices_from=EVERY_UNIT, default=value)
    if choices and (value is None or value in dict(choices)):
        return Field(name, "select", label, choices=choices, default=value)
    compared = about.compared.get(name)
    return Field(name, "textfield", label, default=value, max_length=LONGEST,
                 help=say("决策表里比较的有：%(values)s", values=listed(compared)) if compared else "")


def message_form(message: str) -> FormSpec:
    """What a message brings along; of an unknown one, lines of variables."""
    unknown = (Field(OTHERS, "textarea", say("带来的内容"), max_length=LONGEST,
                     help=say("一行一个，写成“名称 = 值”；文字加双引号。没有就空着。")),)
    return FormSpec(message, tuple(MESSAGES.get(message, unknown)), ())


def lists(session: Session, now: datetime) -> dict[str, list[Choice]]:
    """The choice lists of tasks' forms as the office has them, with a sample file, and those of the forms above."""
    own = options.lists(session, None, now)
    places = session.execute(select(Unit.code, Unit.name).where(Unit.kind.in_(("banner", "zone")), Unit.active)
                             .order_by(Unit.sort, Unit.code))
    every = session.execute(select(Unit.code, Unit.name).order_by(Unit.sort, Unit.code))
    return {"units": own["units"], "joint_units": own["joint_units"], "categories": own["categories"],
            "levels": list(LEVELS.items()), "places": [(code, name) for code, name in places],
            EVERY_UNIT: [(code, name) for code, name in every],
            "merge_targets": [], "meeting_cases": [], ATTACHMENTS: [SAMPLE_FILE]}


def sensible(spec: FormSpec, scope: Mapping[str, Json], known: Mapping[str, Sequence[Choice]]) -> dict[str, Json]:
    """Variables for a form to begin with: what a trial has none of gets a sample, a required list its first choice."""
    found = dict(scope)
    for field in value_fields(spec.fields):
        if field.type == "filepicker":
            found[field.key] = [SAMPLE_FILE[0]]
        elif field.required and field.choices_from and not found.get(field.key) and not field.multiple:
            found[field.key] = next((value for value, _ in known.get(field.choices_from, ())), None)
    return found


def variables(answers: Mapping[str, Json]) -> dict[str, Json]:
    """What a form of this module means: its fields as variables, lines read as values. Raises ValueError for a line
    that is none, with the line."""
    found = {name: value for name, value in answers.items() if name != OTHERS}
    for line in (answers.get(OTHERS) or "").splitlines():
        if line.strip():
            name, equals, value = line.partition("=")
            if not equals or not name.strip().isidentifier():
                raise ValueError(line.strip())
            try:
                found[name.strip()] = orjson.loads(value)
            except orjson.JSONDecodeError:
                raise ValueError(line.strip()) from None
    return found


def registered(session: Session, version: ProcessVersion, given: Mapping[str, Json], now: datetime) -> dict[str, Json]:
    """Start variables as a registration would give them, as far as the process declares them."""
    declared = version.variables_of(version.main)
    made = {"number": str(say("试走")), "registered_at": now.isoformat()}
    if given.get("place"):
        made["intake_unit"] = intake_unit(session, given["place"])
    return {name: value for name, value in made.items() if name in declared and not declared[name]} | {
        name: value for name, value in given.items() if value is not None}
