"""The words of a form: labels, help, choices and messages, with the case's own numbers in them."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from workflows.form_fields import Field, FormSpec
from workflows.placeholders import filled, names_in, plain

Json = Any


def told(spec: FormSpec, variables: Mapping[str, Json], show: Callable[[Json], str] = plain) -> FormSpec:
    """The form as somebody reads it whose case has these variables. `show` puts a value in words."""
    return replace(spec, fields=tuple(told_field(field, variables, show) for field in spec.fields))


def told_field(field: Field, variables: Mapping[str, Json], show: Callable[[Json], str] = plain) -> Field:
    """One field of it."""
    return _told(field, lambda text: filled(text, variables, show))


def names(spec: FormSpec) -> frozenset[str]:
    """The variables that the form's words name."""
    return frozenset(name for field in spec.fields for text in _texts(field) for name in names_in(text))


def _told(field: Field, fill: Callable[[str], str]) -> Field:
    if not any("{" in text for text in _texts(field)):
        return field
    return replace(
        field, label=fill(field.label), help=fill(field.help), pattern_message=fill(field.pattern_message),
        choices=tuple((value, fill(label)) for value, label in field.choices),
        properties={name: fill(text) for name, text in field.properties.items()},
        fields=tuple(_told(inner, fill) for inner in field.fields))


def _texts(field: Field) -> Iterator[str]:
    yield from (field.label, field.help, field.pattern_message, *field.properties.values())
    yield from (label for _, label in field.choices)
    for inner in field.fields:
        yield from _texts(inner)
