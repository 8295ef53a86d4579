"""What the documents name exists: tests, and files that links lead to."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

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


def test_every_row_of_the_table_of_elements_names_a_test():
    lines = (ROOT / "docs/bpmn-elements.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith("| Element")]
    assert len(rows) > 15
    assert [row for row in rows if "::test_" not in row] == []
