"""Builds the page's form of a task. Judging stays with `workflows.forms.validate`; WTForms binds values and renders."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import wtforms
from markupsafe import Markup
from wtforms.form import BaseForm

from app.dates import city_day
from app.forms.conditions import for_the_page
from app.forms.fields import bind
from app.forms.static_text import static_text
from app.forms.submission import Submitted, change_rows, read
from app.presentation import say_day
from app.repeated import day_of
from workflows import form_texts
from workflows.calendar import Calendar
from workflows.forms import ATTACHMENTS, Choice, Field, FormSpec, Validation, choice_key, validate, value_fields
from workflows.placeholders import plain
from workflows.sentence import say

Json = Any
Options = Mapping[str, list[Choice]]

_LABELLED = frozenset({"textfield", "textarea", "number", "datetime", "select", "checkbox", "filepicker"})
"""Types with one control, which is what may be marked as required (a fieldset may not)."""
_IN_ROW = re.compile(r".*-(\d+)-[^-]*")
"""the name of a field in a list's row: milestones-1-date"""
BLANK = "__row__"
"""Stands for the number in the names of a row that the script will add."""


@dataclass(slots=True)
class Part:
    """A piece of the page. `input` is the bound WTForms field of a value; a `group` has `parts`; a `dynamiclist` has
    `rows` of parts and a `blank` one. `hide_if` is the condition as JSON for the script, None without one."""
    spec: Field
    name: str
    hide_if: str | None = None
    input: wtforms.Field | None = None
    parts: list[Part] = field(default_factory=list)
    rows: list[list[Part]] = field(default_factory=list)
    blank: list[Part] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    static_text: Markup | None = None

    @property
    def id(self) -> str:
        return f"f-{self.name}"

    @property
    def typed_values(self) -> str | None:
        """For the script: what the submitted texts of a choice stand for, where they are not plain text."""
        typed = {choice_key(value): value for value, _ in self.spec.choices if not isinstance(value, str)}
        return json.dumps(typed) if typed else None


class TaskForm:
    """A form on a page: `parts` to render, `problems` by field name after `judge`. `form["key"]` is a WTForms field."""

    def __init__(self, spec: FormSpec, scope: Mapping[str, Json], options: Options, raw: dict[str, Json], *,
                 now: datetime, calendar: Calendar, rows_changed: bool = False) -> None:
        self.spec = spec
        self.raw = raw
        self.rows_changed = rows_changed
        self.problems: dict[str, str] = {}
        self._scope = scope
        self._options = options
        self._now = now
        self._calendar = calendar
        self._fields: dict[str, wtforms.Field] = {}
        self.parts = self._parts(spec.fields, raw, "", frozenset(spec.writes()))

    def __getitem__(self, name: str) -> wtforms.Field:
        return self._fields[name]

    def judge(self) -> Validation:
        """Judges what was submitted and puts each message beside its field."""
        outcome = validate(self.spec, self.raw, self._scope, now=self._now, calendar=self._calendar,
                           options=self._options)
        self.problems = outcome.errors
        for name, message in outcome.errors.items():
            if name in self._fields:
                self._fields[name].errors = [message]
        return outcome

    def summary(self) -> list[tuple[str, str, str]]:
        """Each problem in the order of the page: the id to jump to, the label (of a list's row with its number) and the
        message."""
        return [(part.id, self._said(part), self.problems[part.name])
                for part in _walk(self.parts) if part.name in self.problems]

    def _said(self, part: Part) -> str:
        row, label = _IN_ROW.fullmatch(part.name), part.spec.label
        return say("第%(number)s行的%(label)s", number=int(row[1]) + 1, label=label) if row else label

    def aria(self, part: Part) -> dict[str, str]:
        """Attributes that tie a field to its help and its error, and say how to type in it."""
        about = [f"{part.id}-help"] if part.spec.help else []
        attributes = {}
        if part.name in self.problems:
            about.append(f"{part.id}-error")
            attributes["aria-invalid"] = "true"
        if about:
            attributes["aria-describedby"] = " ".join(about)
        if part.spec.required and part.spec.type in _LABELLED:
            attributes["aria-required"] = "true"
        if part.spec.type == "number":
            attributes["inputmode"] = "decimal"
        return attributes

    def has_files(self) -> bool:
        return any(part.spec.type == "filepicker" for part in _walk(self.parts))

    def _parts(self, fields: tuple[Field, ...], raw: Mapping[str, Json], prefix: str,
               keys: frozenset[str]) -> list[Part]:
        shown = [spec for spec in value_fields(fields) if spec.type != "dynamiclist"]
        bound = BaseForm({spec.key: bind(spec, self._options) for spec in shown}, prefix=prefix)
        bound.process(data={spec.key: _shown(spec, raw.get(spec.key)) for spec in shown})
        if BLANK not in prefix:
            self._fields.update((item.name, item) for item in bound)
        return [part for spec in fields if (part := self._part(spec, bound, raw, prefix, keys)) is not None]

    def _part(self, spec: Field, bound: BaseForm, raw: Mapping[str, Json], prefix: str,
              keys: frozenset[str]) -> Part | None:
        if self._never_asked(spec, keys):
            return None
        hide_if = None if spec.hide_if is None else for_the_page(spec.hide_if, keys, self._scope)
        part = Part(spec, prefix + spec.key, hide_if)
        if spec.type == "text":
            part.static_text = static_text(spec.help)
        elif spec.type == "group":
            part.parts = [inner for child in spec.fields if (inner := self._part(child, bound, raw, prefix, keys))]
        elif spec.type == "dynamiclist":
            self._add_rows(part, raw.get(spec.key), keys)
        elif spec.key:
            part.input = bound[spec.key]
        if spec.type == "filepicker":
            chosen = {str(item) for item in raw.get(spec.key) or []}
            part.files = [(choice_key(value), label) for value, label in self._options.get(ATTACHMENTS, [])
                          if choice_key(value) in chosen]
        return part

    def _add_rows(self, part: Part, rows: Json, keys: frozenset[str]) -> None:
        keys |= {column.key for column in value_fields(part.spec.fields)}
        rows = [row for row in rows or [] if isinstance(row, Mapping)] if isinstance(rows, list) else []
        rows += [{}] * (max(part.spec.min_length or 0, 1) - len(rows))
        part.rows = [self._parts(part.spec.fields, row, f"{part.name}-{number}-", keys)
                     for number, row in enumerate(rows)]
        part.blank = self._parts(part.spec.fields, {}, f"{part.name}-{BLANK}-", keys)

    def _never_asked(self, spec: Field, keys: frozenset[str]) -> bool:
        """A condition over the instance's variables alone cannot change while the form is filled in."""
        return spec.hide_if is not None and not spec.hide_if.names & keys and bool(
            spec.hide_if.evaluate(self._scope, now=self._now, calendar=self._calendar))


def build(spec: FormSpec, scope: Mapping[str, Json], options: Options, *, now: datetime, calendar: Calendar,
          data: Mapping[str, Json] | None = None, formdata: Submitted | None = None,
          uploaded: Mapping[str, list[int]] | None = None) -> TaskForm:
    """The form of a task on a page.

    `scope` are the instance's variables, `options` the application's lists by `valuesKey`. Filled from `formdata` (a
    submission; `uploaded` adds the ids of the files that came with it, by field), else from `data` (a draft: what
    `read` gave), else from the variables and the fields' defaults; what is to be decided starts empty. ExpressionError
    when a condition cannot be worked out.
    """
    spec = form_texts.told(spec, scope, lambda value: _said(value, city_day(now)))
    if formdata is None:
        raw = dict(data) if data is not None else _initial(spec, scope)
        return TaskForm(spec, scope, options, raw, now=now, calendar=calendar)
    raw = read(spec, formdata, uploaded)
    changed = change_rows(spec, raw, formdata)
    return TaskForm(spec, scope, options, raw, now=now, calendar=calendar, rows_changed=changed)


def _initial(spec: FormSpec, scope: Mapping[str, Json]) -> dict[str, Json]:
    return {field.key: field.default if scope.get(field.key) is None or _is_decision(field) else scope[field.key]
            for field in value_fields(spec.fields)}


def _said(value: Json, today: date) -> str:
    """What a variable holds, for the words of a form: days as people say them."""
    day = day_of(value)
    return say_day(day, today) if day else plain(value)


def _is_decision(spec: Field) -> bool:
    """Whether a field asks to choose one of the form's own answers. When a step comes round again that is done anew:
    what was decided then, often by somebody else, must not be sent off unread. A choice from the application's lists,
    such as a unit or a category, is a fact and stays, like texts and ticks."""
    return spec.type in ("radio", "select") and spec.choices_from is None


def _shown(spec: Field, value: Json) -> Json:
    """A tick comes from a variable as true and from a page as "true"; anything else is none."""
    return value in (True, "true") if spec.type == "checkbox" else value


def _walk(parts: list[Part]) -> Iterator[Part]:
    for part in parts:
        yield part
        yield from _walk(part.parts)
        for row in part.rows:
            yield from _walk(row)
