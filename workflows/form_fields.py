"""What a form is: the values that `parse_form` makes and that pages and the judge of answers read."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from workflows.errors import WorkflowError
from workflows.expressions import Expression

Json = Any
FieldType = Literal["textfield", "textarea", "number", "datetime", "select", "radio", "checkbox", "checklist",
                    "taglist", "dynamiclist", "filepicker", "text", "separator", "group"]
Choice = tuple[Json, str]
"""A value (text, whole number, true or false) and its label."""

CHOOSE_ONE = frozenset({"select", "radio"})
CHOOSE_MANY = frozenset({"checklist", "taglist"})
STATIC = frozenset({"text", "separator"})
MAY_BE_PERSONAL = frozenset({"textfield", "textarea", "dynamiclist"})
"""what is written in people's own words; a choice, a number or a date decides where a case goes"""
ATTACHMENTS = "attachments"
"""The list in `options` that holds the files that a filepicker may name: (attachment id, file name)."""


class FormError(WorkflowError):
    """A form that cannot be read. `reasons` lists every fault, each naming its field, in Chinese."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__("\n".join(reasons))


@dataclass(frozen=True, slots=True)
class Field:
    """A field, a static part (`text`, `separator`: `key` is empty, `help` holds the text) or a container.

    `fields` are the parts of a `group` (no key, its fields' keys are the form's own) or the columns of a `dynamiclist`
    (its key holds a list of rows). `min` and `max` bound a number; `min_length` and `max_length` count characters of a
    text, choices of a list or rows. `choices_from` names a list of the application instead of `choices`.
    `not_before_today` is for dates. While `hide_if` is true the field is neither asked for nor written. What is written
    into a `personal` field is kept so that it can be erased (docs/forms.md).
    """
    key: str
    type: FieldType
    label: str = ""
    help: str = ""
    required: bool = False
    min: float | None = None
    max: float | None = None
    decimals: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: re.Pattern[str] | None = None
    pattern_message: str = ""
    choices: tuple[Choice, ...] = ()
    choices_from: str | None = None
    multiple: bool = False
    not_before_today: bool = False
    personal: bool = False
    hide_if: Expression | None = None
    default: Json = None
    properties: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[Field, ...] = ()

    def options(self, lists: Mapping[str, list[Choice]] | None) -> list[Choice] | None:
        """The choices: its own, or the application's list. None when the application gave no lists at all."""
        if self.choices_from is None:
            return list(self.choices)
        return None if lists is None else lists.get(self.choices_from, [])


@dataclass(frozen=True, slots=True)
class FormSpec:
    """A form: its `id` and its parts in order. `expressions` are all its conditions, for the deployment checks."""
    id: str
    fields: tuple[Field, ...]
    expressions: tuple[Expression, ...] = ()

    def writes(self) -> tuple[str, ...]:
        """The variables that answering this form can write, and no others."""
        return tuple(field.key for field in value_fields(self.fields))


@dataclass(frozen=True, slots=True)
class Validation:
    """What became of a submission: the answers to write, and messages for people by field name.

    Fields of rows are named as in the page: `milestones-0-title`. With errors, `answers` must not be used.
    """
    answers: dict[str, Json]
    errors: dict[str, str]


def value_fields(fields: tuple[Field, ...]) -> Iterator[Field]:
    """The fields that hold values, those of groups included, in order."""
    for part in fields:
        if part.type == "group":
            yield from value_fields(part.fields)
        elif part.type not in STATIC:
            yield part


def personal_names(fields: tuple[Field, ...]) -> Iterator[str]:
    """The variables that hold personal data: `phone`, or `milestones.responsible` for a column of a list."""
    for part in value_fields(fields):
        if part.personal:
            yield part.key
        yield from (f"{part.key}.{name}" for name in personal_names(part.fields))


def choice_key(value: Json) -> str:
    """A choice's value as a page submits it."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
