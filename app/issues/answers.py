"""What people answered in their steps, in words: each form's labels beside what was chosen or written."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.dates import in_full
from app.issues.categories import CATEGORIES
from app.numbers import whole
from workflows.forms import Field, FormSpec, choice_key, value_fields
from workflows.sentence import listed, say


@dataclass(frozen=True, slots=True)
class Names:
    """The names behind values that come from the application's lists, which a form names by `valuesKey`."""
    units: Mapping[str, str]
    people: Mapping[int, str]

    def of(self, values_key: str, value: str) -> str:
        if values_key == "categories":
            return CATEGORIES.get(value, value)
        if values_key == "people":
            return self.people.get(whole(value), value)
        return self.units.get(value, value)


@dataclass(frozen=True, slots=True)
class Answer:
    """A field's label and its value in words; `rows` holds a repeated group's rows instead, `columns` its labels."""
    label: str
    text: str = ""
    long: bool = False
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def describe(spec: FormSpec | None, values: Mapping[str, Any] | None, names: Names) -> list[Answer]:
    """The answers of a finished step, in the form's order; fields left empty are left out."""
    if spec is None or not values:
        return []
    return [_answer(field, values[field.key], names) for field in value_fields(spec.fields)
            if values.get(field.key) not in (None, "", [])]


def _answer(field: Field, value: Any, names: Names) -> Answer:
    if field.type == "dynamiclist":
        columns = tuple(value_fields(field.fields))
        return Answer(field.label, columns=tuple(column.label for column in columns), rows=tuple(
            tuple(_words(column, row.get(column.key), names) for column in columns) for row in value))
    return Answer(field.label, _words(field, value, names), long=field.type == "textarea")


def in_words(field: Field, value: Any, names: Names) -> str:
    """A value of a field; '' where there is none. Rows of a repeated group are a line each, their cells parted by
    commas."""
    if value in (None, "", []):
        return ""
    if field.type == "dynamiclist":
        columns = tuple(value_fields(field.fields))
        return "\n".join(listed([told for column in columns if (told := _words(column, row.get(column.key), names))])
                         for row in value)
    return _words(field, value, names)


def _words(field: Field, value: Any, names: Names) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return listed([_word(field, each, names) for each in value])
    return _word(field, value, names)


def _word(field: Field, value: Any, names: Names) -> str:
    if field.choices_from is not None:
        return names.of(field.choices_from, choice_key(value))
    for choice, label in field.choices:
        if choice_key(choice) == choice_key(value):
            return label
    if isinstance(value, bool):
        return say("是") if value else say("否")
    if field.type == "datetime" and isinstance(value, str):
        return _day(value)
    return str(value)


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return text
    return in_full(day)
