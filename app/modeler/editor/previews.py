"""A form as its builder shows it: no case lies behind it, so what depends on a case's variables alone is shown."""
from __future__ import annotations

from dataclasses import replace

from workflows.forms import Field, FormSpec, value_fields


def for_preview(spec: FormSpec) -> FormSpec:
    """The form with every field that only a case's variables would hide; what its own answers hide is left to them."""
    keys = frozenset(spec.writes())
    return replace(spec, fields=tuple(_opened(field, keys) for field in spec.fields))


def _opened(field: Field, keys: frozenset[str]) -> Field:
    if field.type == "dynamiclist":
        keys |= {column.key for column in value_fields(field.fields)}
    own = field.hide_if if field.hide_if is not None and field.hide_if.names & keys else None
    return replace(field, hide_if=own, fields=tuple(_opened(inner, keys) for inner in field.fields))
