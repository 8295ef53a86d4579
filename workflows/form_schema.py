"""Reads a form-js schema (the format of bpmn.io's form editor). docs/forms.md lists what is kept.

A form never silently means less than it says: unknown types and properties that change behaviour are refused, all
faults at once; what only lays a form out is ignored.
"""
from __future__ import annotations

import json
import re
from collections import Counter
from math import isfinite, nan
from typing import Any, get_args

from workflows import form_fields
from workflows.characters import all_storable
from workflows.errors import ExpressionError
from workflows.expressions import Expression, compile_expression
from workflows.form_fields import (
    CHOOSE_MANY,
    CHOOSE_ONE,
    MAY_BE_PERSONAL,
    STATIC,
    Choice,
    Field,
    FormError,
    FormSpec,
    choice_key,
)
from workflows.patterns import PatternRefused, compile_pattern
from workflows.sentence import say

Json = Any

MAX_FORM, MAX_FIELDS, MAX_NESTING = 200_000, 200, 4
_TYPES = frozenset(get_args(form_fields.FieldType))
_LISTS = CHOOSE_MANY | {"dynamiclist", "filepicker"}
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
_REFUSED = ("disabled", "readonly", "valuesExpression", "path")
_VALIDATE = frozenset({"required", "minLength", "maxLength", "min", "max", "pattern", "validationType"})
_PROPERTIES = frozenset({"minRows", "maxRows", "patternMessage", "personal"})
"""Custom properties that are rules rather than hints for the page."""


def parse_form(text: str) -> FormSpec:
    """The form that a form-js schema describes; FormError lists everything that is wrong with it."""
    if len(text) > MAX_FORM:
        raise FormError([say("表单文件最多%(max_form)s个字符", max_form=MAX_FORM)])
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError):
        raise FormError([say("表单文件不是正确的 JSON")]) from None
    if not all_storable(schema):
        raise FormError([say("表单文件里有不成字符的编码")])
    if not isinstance(schema, dict) or schema.get("type", "default") != "default":
        raise FormError([say("表单文件要是 form-js 的表单（type 为 default）")])
    reader = _Reader()
    fields = reader.fields(schema.get("components"), 0)
    ident = schema.get("id")
    if not isinstance(ident, str) or not ident:
        reader.reasons.append(say("表单没有编号（id）"))
    if reader.reasons:
        raise FormError(reader.reasons)
    return FormSpec(str(ident), fields, tuple(reader.expressions))


class _Reader:
    """Reads parts and gathers every fault on the way, so that an author sees them all."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.expressions: list[Expression] = []
        self._count = 0

    def fields(self, components: Json, nesting: int) -> tuple[Field, ...]:
        if not isinstance(components, list) or nesting > MAX_NESTING:
            self.reasons.append(say("表单要有 components 列表，且嵌套不能太深"))
            return ()
        fields = tuple(field for part in components if (field := self._field(part, nesting)) is not None)
        for key, times in Counter(_keys(fields)).items():
            if times > 1:
                self.reasons.append(say("字段键“%(key)s”用了%(times)s次", key=key, times=times))
        return fields

    def _field(self, part: Json, nesting: int) -> Field | None:
        self._count += 1
        kind = str(part.get("type") if isinstance(part, dict) else None)
        if kind == "button" or self._count > MAX_FIELDS:
            if self._count == MAX_FIELDS + 1:
                self.reasons.append(say("表单最多%(max_fields)s个字段", max_fields=MAX_FIELDS))
            return None
        if kind not in _TYPES:
            self.reasons.append(say("不支持的字段类型“%(kind)s”", kind=kind))
            return None
        key = part.get("path" if kind == "dynamiclist" else "key", "")
        where = say("字段“%(label)s”", label=part.get("label") or key or kind)
        if kind not in STATIC | {"group"} and not (isinstance(key, str) and _KEY.fullmatch(key)):
            self.reasons.append(say("%(where)s的键要以字母开头，只用字母、数字和下划线，现在是“%(key)s”", where=where,
                                    key=key))
        for name in ("validate", "properties", "conditional"):
            if not isinstance(part.get(name) or {}, dict):
                self.reasons.append(say("%(where)s的 %(name)s 写法不对", where=where, name=name))
                return None
        self._refuse_unknown(part, kind, where)
        children = self.fields(part.get("components"), nesting + 1) if kind in ("group", "dynamiclist") else ()
        if kind == "dynamiclist" and any(child.type in ("dynamiclist", "filepicker") for child in children):
            self.reasons.append(say("%(where)s里不能再有重复组或附件", where=where))
        return self._built(part, kind, str(key), where, children)

    def _built(self, part: dict[str, Json], kind: Any, key: str, where: str, children: tuple[Field, ...]) -> Field:
        rules = part.get("validate") or {}
        own = {name: str(value) for name, value in (part.get("properties") or {}).items()}
        rows = kind == "dynamiclist"
        return Field(
            key="" if kind in STATIC or kind == "group" else key, type=kind, fields=children,
            label=str(part.get("dateLabel" if kind == "datetime" and "dateLabel" in part else "label") or ""),
            help=str(part.get("text" if kind == "text" else "description") or ""),
            required=bool(rules.get("required")),
            min=self._number(rules.get("min"), where), max=self._number(rules.get("max"), where),
            decimals=self._whole(part.get("decimalDigits"), where),
            min_length=self._whole(own.get("minRows") if rows else rules.get("minLength"), where),
            max_length=self._whole(own.get("maxRows") if rows else rules.get("maxLength"), where),
            pattern=self._pattern(rules.get("pattern"), where), pattern_message=own.get("patternMessage", ""),
            choices=self._choices(part, kind, where), choices_from=str(part.get("valuesKey") or "") or None,
            multiple=kind in CHOOSE_MANY or bool(part.get("multiple")),
            not_before_today=bool(part.get("disallowPassedDates")),
            personal=self._personal(own.get("personal"), kind, where),
            hide_if=self._condition(part.get("conditional"), where), default=self._default(part, kind, where),
            properties={name: value for name, value in own.items() if name not in _PROPERTIES},
        )

    def _refuse_unknown(self, part: dict[str, Json], kind: str, where: str) -> None:
        refused = [name for name in _REFUSED if part.get(name) and not (name == "path" and kind == "dynamiclist")]
        refused += [f"validate.{name}" for name in (part.get("validate") or {}) if name not in _VALIDATE]
        if (part.get("validate") or {}).get("validationType", "custom") not in ("custom", ""):
            refused.append(say("validate.validationType（请改写 pattern）"))
        if kind == "datetime" and part.get("subtype", "date") != "date":
            refused.append(say("subtype（只支持 date）"))
        if refused:
            self.reasons.append(say("%(where)s不支持：%(names)s", where=where, names=refused))

    def _choices(self, part: dict[str, Json], kind: str, where: str) -> tuple[Choice, ...]:
        values = part.get("values")
        if kind not in CHOOSE_ONE | CHOOSE_MANY:
            return ()
        if (values is None) == (part.get("valuesKey") is None):
            self.reasons.append(say("%(where)s的选项要么写在 values，要么用 valuesKey 指定", where=where))
            return ()
        if not isinstance(values or [], list) or not all(isinstance(value, dict) for value in values or []):
            self.reasons.append(say("%(where)s的 values 要是列表，每项有 value 和 label", where=where))
            return ()
        choices = [(value.get("value"), str(value.get("label") or value.get("value"))) for value in values or ()]
        if not all(isinstance(value, (str, int)) and value != "" for value, _ in choices):
            self.reasons.append(say("%(where)s的选项值要是文本、整数或是/否", where=where))
        elif len({choice_key(value) for value, _ in choices}) < len(choices):
            self.reasons.append(say("%(where)s的选项值有重复", where=where))
        return tuple(choices)

    def _condition(self, conditional: Json, where: str) -> Expression | None:
        hide = (conditional or {}).get("hide")
        if not hide:
            return None
        try:
            self.expressions.append(compile_expression(str(hide)))
        except ExpressionError as error:
            self.reasons.append(say("%(where)s的隐藏条件：%(error)s", where=where, error=error))
            return None
        return self.expressions[-1]

    def _default(self, part: dict[str, Json], kind: str, where: str) -> Json:
        default = part.get("defaultValue")
        if default is not None and isinstance(default, list) is not (kind in _LISTS):
            self.reasons.append(say("%(where)s的默认值和字段类型不合", where=where))
        return default

    def _pattern(self, pattern: Json, where: str) -> re.Pattern[str] | None:
        if not pattern:
            return None
        try:
            return compile_pattern(str(pattern))
        except PatternRefused as refused:
            self.reasons.append(say("%(where)s：%(refused)s", where=where, refused=refused))
            return None

    def _personal(self, given: str | None, kind: str, where: str) -> bool:
        if given is not None and given not in ("true", "false"):
            self.reasons.append(say("%(where)s的 personal 只能是 true 或 false", where=where))
        if given == "true" and kind not in MAY_BE_PERSONAL:
            self.reasons.append(say("%(where)s不能标为个人信息：只有文本和重复组可以，选项、数和日期决定流程往哪里走",
                                    where=where))
        return given == "true"

    def _number(self, value: Json, where: str) -> float | None:
        if value is None or value == "":
            return None
        try:
            number = float(value)
        except (ValueError, TypeError, OverflowError):
            number = nan
        if not isfinite(number):
            self.reasons.append(say("%(where)s的限制要是数，现在是“%(value)s”", where=where, value=value))
            return None
        return int(number) if number == int(number) else number

    def _whole(self, value: Json, where: str) -> int | None:
        number = self._number(value, where)
        if number is not None and (number != int(number) or number < 0):
            self.reasons.append(say("%(where)s的限制要是不小于零的整数，现在是“%(value)s”", where=where, value=value))
            return None
        return None if number is None else int(number)


def _keys(fields: tuple[Field, ...]) -> list[str]:
    return [key for field in fields for key in (_keys(field.fields) if field.type == "group" else [field.key]) if key]
