"""Process folders on disk."""
from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflows.diagrams import FORM, diagram, end, flow, node, start, user
from workflows.content import read_folder


def test_a_folder_brings_the_folders_of_the_processes_it_calls(tmp_path: Path) -> None:
    caller = diagram(start(), node("callActivity", "call", attributes='calledElement="q"'),
                     node("callActivity", "odd", attributes='calledElement="../secret"'), end(),
                     flow("start", "call", "odd", "end"))
    called = diagram(start("q0"), user("qa"), end("q1"), flow("q0", "qa", "q1"), id="q")
    for path, text in {"p/p.bpmn": caller, "p/forms/plain.form.json": FORM, "p/README.md": "x", "q/q.bpmn": called,
                       "other/other.bpmn": called}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert sorted(read_folder(tmp_path, "p")) == ["p/forms/plain.form.json", "p/p.bpmn", "q/q.bpmn"]


def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_folder(tmp_path, "p")
