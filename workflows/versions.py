"""Process versions: immutable, known by their content hash, parsed once and shared by all threads."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from workflows.checks import Findings, check, check_reading, examine
from workflows.decisions import DecisionTable
from workflows.derived import rules
from workflows.diagram import Element
from workflows.errors import DefinitionRefused, Problem
from workflows.expressions import Expression
from workflows.forms import FormSpec, personal_names
from workflows.reading import read
from workflows.regions import Regions
from workflows.sentence import say
from workflows.specification import Spec, build

__all__ = ["Element", "Findings", "ProcessVersion", "check", "content_hash", "examine", "load_version", "parse_version"]

Json = Any
_loaded: dict[tuple[str, str], ProcessVersion] = {}
_lock = Lock()


@dataclass(frozen=True, eq=False, slots=True)
class ProcessVersion:
    """A published process with everything it needs: called processes, decision tables and forms.

    `elements` are the flow nodes of all its processes by id, `forms` by name, `diagrams` the BPMN text by process id,
    `decisions` by id, `derived` the rules of variables that follow from others, in order, `personal` the variables that
    some form of it calls personal (`personal_names`). The rest is the engine's own.
    """
    key: str
    hash: str
    name: str
    elements: Mapping[str, Element]
    forms: Mapping[str, FormSpec]
    diagrams: Mapping[str, str]
    decisions: Mapping[str, DecisionTable]
    derived: Mapping[str, Expression]
    personal: frozenset[str]
    spec: Spec
    subprocess_specs: Mapping[str, Spec]
    spec_lists: Mapping[str, list[Spec]]
    spec_numbers: Mapping[str, Mapping[str, int]]
    regions: Mapping[str, Regions]
    _variables: Mapping[str, Mapping[str, Json]]

    @property
    def main(self) -> str:
        """The id of the process that an instance starts: the key, but for a diagram that came from another tool."""
        return self.spec.name

    def variables_of(self, process_id: str) -> dict[str, Json]:
        """A fresh copy of a process's declared variables with their initial values."""
        return json.loads(json.dumps(self._variables.get(process_id, {})))


def content_hash(files: Mapping[str, str]) -> str:
    """SHA-256 over the canonical JSON of path → text, as 64 hexadecimal digits."""
    canonical = json.dumps(dict(files), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def load_version(key: str, files: Mapping[str, str]) -> ProcessVersion:
    """The version that these files make. Parsed once per content; DefinitionRefused with what is wrong with them."""
    identity = key, content_hash(files)
    with _lock:
        if identity not in _loaded:
            _loaded[identity] = parse_version(key, files)
        return _loaded[identity]


def parse_version(key: str, files: Mapping[str, str]) -> ProcessVersion:
    """The same, parsed anew and kept by nobody: for files that are only tried. DefinitionRefused as `load_version`."""
    reading = read(key, files)
    problems = check_reading(reading)
    if problems:
        raise DefinitionRefused(problems)
    main = reading.processes[reading.main]
    try:
        spec, inner = build(reading.roots, reading.main, reading.elements)
    except Exception as error:  # the parser raises whatever it likes
        raise DefinitionRefused([Problem(reading.file_of(reading.main), None,
                                         say("无法解析：%(error)s", error=error))]) from error
    levels = {spec.name: spec, **inner}
    spec_lists = {name: [level.task_specs[each] for each in sorted(level.task_specs)] for name, level in levels.items()}
    return ProcessVersion(
        key=key, hash=content_hash(files), name=main.name, elements=reading.elements, forms=reading.forms,
        diagrams=reading.diagrams, decisions=reading.decisions, derived=rules(reading),
        personal=frozenset(name for form in reading.forms.values() for name in personal_names(form.fields)),
        spec=spec, subprocess_specs=inner, spec_lists=spec_lists,
        spec_numbers={name: {each.name: number for number, each in enumerate(specs)}
                      for name, specs in spec_lists.items()},
        regions={name: Regions(level) for name, level in levels.items()},
        _variables={process.id: process.variables or {} for process in reading.processes.values()})

