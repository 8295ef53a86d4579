"""How an issue stands after a step."""
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.cases.projection import standing
from tests.bpmn.engine_driver import EngineDriver
from tests.bpmn.scenario import BPMN, Walk, load
from workflows.step import Step

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def walked(name: str) -> list[Step]:
    return Walk(load(BPMN / "issue-lifecycle" / "scenarios" / f"{name}.yaml"), EngineDriver()).run()


def test_an_issue_that_is_returned_stands_at_the_stage_that_it_was_returned_to() -> None:
    (returned,) = [step for step in walked("judged-again-as-complex") if any(t.what == "moved" for t in step.trace)]
    assert standing(returned, NOW) == {"status": "open", "stage": "judge"}


@pytest.mark.parametrize(("name", "status"), [("asked-then-merged", "merged"), ("material-and-withdrawal", "withdrawn"),
                                              ("general-in-time", "closed")])
def test_an_issue_closes_with_its_outcome(name: str, status: str) -> None:
    assert standing(walked(name)[-1], NOW) == {"stage": "closed", "closed_at": NOW, "status": status}


def test_what_is_read_after_the_closing_closes_nothing_again() -> None:
    assert standing(Step(b"", {"stage": "closed"}, ended="completed"), NOW) == {}


def test_an_issue_that_waits_for_an_answer_is_asked() -> None:
    assert {"status": "asked"} in [standing(step, NOW) for step in walked("asked-then-merged")]
