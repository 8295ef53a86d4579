"""Reads what a page submitted into the raw answers that the judge takes."""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from workflows.form_answers import MAX_ROWS
from workflows.form_fields import CHOOSE_MANY
from workflows.forms import Field, FormSpec, value_fields

Json = Any
Submitted = MultiDict[str, str]

ADD_ROW, REMOVE_ROW = "row-add", "row-remove"
"""Names of the buttons that change rows without script; their values are `milestones` and `milestones-1`."""


def read(spec: FormSpec, formdata: Submitted, uploaded: Mapping[str, list[int]] | None = None) -> dict[str, Json]:
    """The raw answers by field key: text, lists of text, and rows as lists of maps. JSON: a draft keeps it as it is.
    `uploaded` are the ids of files that came with the submission, by field."""
    raw = _read(value_fields(spec.fields), formdata, "")
    for key, ids in (uploaded or {}).items():
        raw[key] = [*raw.get(key, []), *ids]
    return raw


def change_rows(spec: FormSpec, raw: dict[str, Json], formdata: Submitted) -> bool:
    """Adds or removes the row that a button asks for, in `raw`; whether one did."""
    lists = {field.key for field in value_fields(spec.fields) if field.type == "dynamiclist"}
    added = formdata.get(ADD_ROW, "")
    if added in lists:
        raw[added].append({})
        return True
    key, _, number = formdata.get(REMOVE_ROW, "").rpartition("-")
    if key in lists and number.isdecimal() and int(number) < len(raw[key]):
        del raw[key][int(number)]
        return True
    return False


def _read(fields: Iterable[Field], formdata: Submitted, prefix: str) -> dict[str, Json]:
    raw: dict[str, Json] = {}
    for field in fields:
        name = prefix + field.key
        if field.type == "dynamiclist":
            raw[field.key] = [_read(value_fields(field.fields), formdata, f"{name}-{number}-")
                              for number in _row_numbers(name, formdata)]
        elif field.type in CHOOSE_MANY or field.type == "filepicker":
            raw[field.key] = formdata.getlist(name)
        else:
            raw[field.key] = formdata.get(name)
    return raw


def _row_numbers(name: str, formdata: Submitted) -> list[int]:
    """The rows in the order of the page. One more than is allowed is read, so that the judge can say so."""
    pattern = re.compile(rf"{re.escape(name)}-([0-9]{{1,4}})-")
    found = {int(match[1]) for key in formdata if (match := pattern.match(key))}
    return sorted(found)[:MAX_ROWS + 1]
