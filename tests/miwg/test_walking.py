"""Diagrams in the style of other tools run once what only this product asks for is filled in."""
from __future__ import annotations

from pathlib import Path

import pytest

from tests.miwg.walking import walk
from tests.workflows.diagrams import boundary, diagram, end, event, flow, node, start, sub, user, xor

FILES = Path(__file__).parents[1] / "fixtures" / "foreign"


@pytest.mark.parametrize(("name", "filled"), [
    ("signavio", ["conditions", "forms", "marked as executable", "names", "who does it"]),
    ("drawio", ["marked as executable", "names", "who does it"])])
def test_a_file_of_supported_elements_is_walked_to_an_end_along_all_its_ways(name: str, filled: list[str]) -> None:
    found = walk((FILES / f"{name}.bpmn").read_text(encoding="utf-8"))
    assert found.runs and found.wrong == [] and found.filled == filled
    assert found.passed == found.elements > 5


def test_what_the_engine_does_not_run_is_not_tried() -> None:
    found = walk((FILES / "camunda.bpmn").read_text(encoding="utf-8"))
    assert (found.unsupported, found.runs, found.walks) == (["serviceTask"], False, 0)


def test_an_empty_subprocess_a_fork_without_gateway_and_missing_references_are_filled_in() -> None:
    text = diagram(start(), node("task", "fork"), sub("s"), boundary("b", "s", event("escalation"), False),
                   boundary("m", "s", event("message")), user("a"), end(), end("e2"), end("e3"), end("e4"),
                   flow("start", "fork", "s", "end"), flow("fork", "a", "e2"), flow("b", "e3"), flow("m", "e4"),
                   lanes="")
    found = walk(text)
    assert found.wrong == [] and found.runs
    for filled in ("a gateway where several flows leave a step", "steps in an empty subprocess", "messages"):
        assert filled in found.filled


def test_a_process_that_cannot_come_to_its_end_is_told() -> None:
    assert walk(diagram(start(), xor("x"), user("a"), end(), flow("start", "x", "a", "x"))).wrong
