"""Fills in a task's form as a person would: the demonstration's choice where it has one, else something fitting."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from random import Random
from typing import Any

from workflows.calendar import CITY_ZONE, Calendar
from workflows.forms import Choice, Field, FormSpec, choice_key, validate, value_fields

Json = Any
Lists = Mapping[str, list[Choice]]


class CannotFill(Exception):
    """A form of the content pack that the demonstration does not know how to answer: names the form and its faults."""


def fill(spec: FormSpec, wanted: Mapping[str, Json], scope: Mapping[str, Json], options: Lists, *, rng: Random,
         text: str, now: datetime, calendar: Calendar) -> dict[str, Json]:
    """Answers that the form accepts. `wanted` wins; an unnamed required field gets a fitting value, an optional one
    stays empty. `text` fills required texts. Raises CannotFill."""
    today = now.astimezone(CITY_ZONE).date()
    raw = {field.key: wanted.get(field.key, _value(field, options, rng, text, today, calendar))
           for field in value_fields(spec.fields)}
    judged = validate(spec, raw, scope, now=now, calendar=calendar, options=options)
    if judged.errors:
        raise CannotFill(f"{spec.id}: {judged.errors} from {raw}")
    return judged.answers


def _value(field: Field, options: Lists, rng: Random, text: str, today: date, calendar: Calendar) -> Json:
    if field.default is not None:
        return field.default
    if not field.required:
        return [] if field.type in ("checklist", "taglist", "dynamiclist", "filepicker") else None
    choices = field.options(options) or []
    match field.type:
        case "textfield" | "textarea":
            return text[:field.max_length or 200]
        case "number":
            return int(field.min if field.min is not None else 1)
        case "datetime":
            return calendar.add_working_days(today, rng.randint(3, 12)).isoformat()
        case "checkbox":
            return True
        case "checklist" | "taglist":
            return [choice_key(rng.choice(choices)[0])] if choices else []
        case "dynamiclist":
            parts = value_fields(field.fields)
            return [{part.key: _value(part, options, rng, text, today, calendar) for part in parts}]
        case "filepicker":
            return [choice_key(value) for value, _ in options.get("attachments", [])][:1]
        case _:
            return choice_key(rng.choice(choices)[0]) if choices else None
