"""What the documents name exists: tests, and files that links lead to."""
from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from workflows.diagram import SUPPORTED, UNSUPPORTED

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bpmn/*/README.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_that_a_document_names_exists(document):
    for file, name in re.findall(r"`(tests/[\w/.]+\.py)::(\w+)`", document.read_text(encoding="utf-8")):
        path = ROOT / file
        assert path.is_file() and f"def {name}(" in path.read_text(encoding="utf-8"), f"{file}::{name}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(document):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


ELEMENTS = (ROOT / "docs/bpmn-elements.md").read_text(encoding="utf-8").split("\n## ")[0]
ROWS = [line for line in ELEMENTS.splitlines() if line.startswith("| ") and not line.endswith("| Test |")]


def test_the_table_of_elements_has_a_row_for_all_that_the_engine_runs_and_does_not_run():
    assert len(ROWS) > 30
    told = re.sub(r"[^a-z]", "", " ".join(row.rpartition("|")[0].rpartition("|")[0] for row in ROWS).lower())
    kinds = {*SUPPORTED, *UNSUPPORTED} - {"implicitThrowEvent", "callChoreography", "subChoreography"}
    assert [kind for kind in kinds if re.sub("(task|gateway|event)$", "", kind.lower()) not in told] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:40])
def test_each_row_of_the_table_of_elements_holds(row):
    """Runs the scenarios that the row names, all their cases."""
    named = re.findall(r"`(tests/[\w/]+)\.py::(\w+)`", row)
    assert named, "the row names no scenario"
    for path, name in named:
        scenario = getattr(importlib.import_module(path.replace("/", ".")), name)
        for values in _cases(scenario):
            scenario(**values)


def _cases(scenario):
    """What a scenario is to be called with: once, or once for each of its parameters."""
    cases = [{}]
    for mark in getattr(scenario, "pytestmark", ()):
        if mark.name == "parametrize":
            names, values = mark.args
            cases = [{**case, names: value} for case in cases for value in values]
    return cases
