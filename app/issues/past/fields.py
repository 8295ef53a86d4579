"""Which fields an entry of the history changed, from what to what, by the names that their forms give them.

Read from the recorded inputs alone, without the engine: what a form, a message or a decision wrote, beside what had
been written before. Variables that a diagram works out by itself are shown where the case is replayed.
"""
from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from app.issues.answers import Names, in_words
from workflows import form_texts
from workflows.forms import Field, value_fields
from workflows.versions import ProcessVersion

Json = Any
Scope = str
"""'' for the case, else the item of a multi-instance: what its tasks write is its own"""
WRITES: Mapping[str, str] = {
    "start": "variables", "complete": "answers", "hold": "answers", "deliver": "payload", "assign_variables": "values",
    "set_variables": "values"}
"""op → the name in its input under which it says what it writes"""


@dataclass(frozen=True, slots=True)
class Written:
    """What one entry wrote: {name: value}. `form` is the name of the form that asked for it, '' for none."""
    seq: int
    scope: Scope
    form: str
    values: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Change:
    """A field that has another value than before, in words; '' where there was or is none."""
    label: str
    before: str
    after: str


def scope_of(element_id: str, local: Mapping[str, Json]) -> Scope:
    """The scope in which a work item's answers are kept, from its own variables."""
    own = {name: value for name, value in local.items() if name != "delegation"}
    return f"{element_id} {orjson.dumps(own, option=orjson.OPT_SORT_KEYS).decode()}" if own else ""


def changes(written: Iterable[Written], versions: Mapping[int, ProcessVersion],
            names: Names) -> dict[int, list[Change]]:
    """{seq: changes} of the entries that `versions` has a version for. `written` is the history's from the first entry
    on, in order. Names without a field in any form of the version are left out."""
    known: dict[tuple[Scope, str], Json] = {}
    case: dict[str, Json] = {}
    declared = {version.hash: version.variables_of(version.main) for version in set(versions.values())}
    fields: dict[tuple[str, str], dict[str, Field]] = {}
    found: dict[int, list[Change]] = {}
    for entry in written:
        if (version := versions.get(entry.seq)) is not None:
            form = version.hash, entry.form
            if form not in fields:
                fields[form] = fields_of(version, entry.form)
            asked = {name: form_texts.told_field(fields[form][name], ChainMap(case, declared[version.hash]))
                     for name in entry.values if name in fields[form]}
            told = list(_told(entry, asked, known, names))
            if told:
                found[entry.seq] = told
        known.update({(entry.scope, name): value for name, value in entry.values.items()})
        if not entry.scope:
            case.update(entry.values)
    return found


def fields_of(version: ProcessVersion, first: str = "") -> dict[str, Field]:
    """The fields of a version's forms by key; where several ask for the same, the form called `first` has its say."""
    forms = sorted(version.forms.items(), key=lambda item: item[0] == first)
    return {field.key: field for _, form in forms for field in value_fields(form.fields) if field.label}


def _told(entry: Written, asked: Mapping[str, Field], known: Mapping[tuple[Scope, str], Json],
          names: Names) -> Iterator[Change]:
    for name, field in asked.items():
        before = known.get((entry.scope, name), known.get(("", name)))
        texts = [in_words(field, value, names) for value in (before, entry.values[name])]
        if texts[0] != texts[1]:
            yield Change(field.label, *texts)
