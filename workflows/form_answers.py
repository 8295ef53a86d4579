"""The judge of answers: coerces what was submitted, drops what the form does not ask for, and says what is wrong.

The same rules hold for a page (everything is text) and for a program (JSON values); judging accepted answers again
accepts them unchanged.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflows.calendar import CITY_ZONE, Calendar
from workflows.expressions import overlay
from workflows.form_coercion import Refused, coerce, is_empty
from workflows.form_fields import STATIC, Choice, Field, FormSpec, Validation, value_fields
from workflows.form_texts import told
from workflows.patterns import MAX_MATCHED
from workflows.sentence import say, sentence_of

Json = Any
Lists = Mapping[str, list[Choice]]

MAX_ROWS = 100
LONGEST_TEXT = {"textfield": 200, "textarea": 5_000}
"""Characters, where the form does not say."""
_ASK = {"select": say("请选择"), "radio": say("请选择"), "checklist": say("请选择"), "taglist": say("请选择"),
        "datetime": say("请选择"),
        "filepicker": say("请上传"), "checkbox": say("请勾选"), "dynamiclist": say("请至少填写一行")}


def validate(spec: FormSpec, raw: Mapping[str, Json], scope: Mapping[str, Json], *, now: datetime, calendar: Calendar,
             options: Lists | None = None) -> Validation:
    """Judges `raw`, the submission by field key (text as a page sends it, or JSON values; rows are lists of maps).

    `scope` holds the instance's variables, for conditions and for the words of messages. `options` holds the
    application's choice lists by `valuesKey` (and the files that may be named, under "attachments"); a value outside
    them is refused. None means that there is no application, as in scenarios, and any value of such a list passes. An
    empty answer is None (a list: []), so that a correction can clear it. ExpressionError when a condition cannot be
    worked out.
    """
    judge = _Judge(now, calendar, options)
    answers = judge.group(told(spec, scope).fields, raw, scope, "")
    return Validation(answers, judge.errors)


@dataclass(slots=True)
class _Judge:
    now: datetime
    calendar: Calendar
    options: Lists | None
    errors: dict[str, str] = field(default_factory=dict)

    def group(self, fields: tuple[Field, ...], raw: Mapping[str, Json], scope: Mapping[str, Json],
              prefix: str) -> dict[str, Json]:
        """The answers of a form or of a row."""
        values: dict[str, Json] = {}
        faults: dict[str, str] = {}
        for asked in value_fields(fields):
            try:
                values[asked.key] = coerce(asked, raw.get(asked.key), self.options)
            except Refused as refused:
                values[asked.key] = None
                faults[asked.key] = sentence_of(refused)
        answers: dict[str, Json] = {}
        self._visible(fields, values, faults, scope, prefix, answers)
        return answers

    def _visible(self, fields: tuple[Field, ...], values: dict[str, Json], faults: dict[str, str],
                 scope: Mapping[str, Json], prefix: str, answers: dict[str, Json]) -> None:
        for asked in fields:
            if asked.type in STATIC:
                continue
            if self._hidden(asked, values, scope):
                values.update(dict.fromkeys((inner.key for inner in value_fields((asked,))), None))
            elif asked.type == "group":
                self._visible(asked.fields, values, faults, scope, prefix, answers)
            else:
                answers[asked.key] = self._answer(asked, values, faults.get(asked.key), scope, prefix)

    def _hidden(self, asked: Field, values: dict[str, Json], scope: Mapping[str, Json]) -> bool:
        return asked.hide_if is not None and bool(
            asked.hide_if.evaluate(overlay(values, scope), now=self.now, calendar=self.calendar))

    def _answer(self, asked: Field, values: dict[str, Json], fault: str | None, scope: Mapping[str, Json],
                prefix: str) -> Json:
        name, value = prefix + asked.key, values[asked.key]
        if asked.type == "dynamiclist" and fault is None:
            value = self._rows(asked, value, overlay(values, scope), name)
        if fault is None and asked.required and _is_blank(asked, value):
            fault = _missing(asked)
        elif fault is None and not is_empty(value):
            fault = self._out_of_bounds(asked, value)
        if fault:
            self.errors[name] = fault
        return value

    def _rows(self, asked: Field, rows: list[Mapping[str, Json]], scope: Mapping[str, Json], name: str) -> list[Json]:
        """The rows in which something is filled in; a blank row at the end of a page is no answer."""
        return [self.group(asked.fields, row, scope, f"{name}-{number}-") for number, row in enumerate(rows)
                if not all(_is_blank(column, row.get(column.key)) for column in value_fields(asked.fields))]

    def _out_of_bounds(self, asked: Field, value: Json) -> str | None:
        match asked.type:
            case "number":
                return _number_fault(asked, value)
            case "textfield" | "textarea":
                return _text_fault(asked, value)
            case "datetime":
                today = self.now.astimezone(CITY_ZONE).date().isoformat()
                return say("不能早于今天") if asked.not_before_today and value < today else None
            case "dynamiclist":
                return _count_fault(asked, len(value), say("填写"), say("行"), MAX_ROWS)
            case "checklist" | "taglist" | "filepicker":
                return _count_fault(asked, len(value), say("选择") if asked.type != "filepicker" else say("上传"),
                                    say("项"), MAX_ROWS)
        return None


def _is_blank(asked: Field, value: Json) -> bool:
    return is_empty(value) or (asked.type == "checkbox" and value in (False, "false", "off"))


def _missing(asked: Field) -> str:
    verb = _ASK.get(asked.type, say("请填写"))
    return f"{verb}“{asked.label}”" if asked.type == "checkbox" else f"{verb}{asked.label}"


def _number_fault(asked: Field, value: float) -> str | None:
    if asked.min is not None and value < asked.min:
        return say("不能小于%(min)s", min=f"{asked.min:g}")
    if asked.max is not None and value > asked.max:
        return say("不能大于%(max)s", max=f"{asked.max:g}")
    if asked.decimals is not None and round(value, asked.decimals) != value:
        return say("最多%(decimals)s位小数", decimals=asked.decimals) if asked.decimals else say("请填写整数")
    return None


def _text_fault(asked: Field, value: str) -> str | None:
    if asked.min_length is not None and len(value) < asked.min_length:
        return say("最少%(min_length)s字，现在有%(count)s字", min_length=asked.min_length, count=len(value))
    longest = asked.max_length or LONGEST_TEXT[asked.type]
    if asked.pattern is not None:
        longest = min(longest, MAX_MATCHED)
    if len(value) > longest:
        return say("最多%(longest)s字，现在有%(count)s字", longest=longest, count=len(value))
    if asked.pattern is not None and not asked.pattern.fullmatch(value):
        return asked.pattern_message or say("%(label)s的格式不对", label=asked.label)
    return None


def _count_fault(asked: Field, count: int, verb: str, unit: str, most: int) -> str | None:
    if asked.min_length is not None and count < asked.min_length:
        return say("最少%(verb)s%(min_length)s%(unit)s，现在有%(count)s%(unit)s", verb=verb,
                   min_length=asked.min_length, unit=unit, count=count)
    longest = asked.max_length or most
    return say("最多%(verb)s%(longest)s%(unit)s，现在有%(count)s%(unit)s", verb=verb, longest=longest, unit=unit,
               count=count) if count > longest else None
