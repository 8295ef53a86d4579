"""Hostile diagrams and decision tables are refused before anything of them runs, in a sentence that people can read."""
from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from tests.security.hostile_files import DECISIONS, DIAGRAMS, GOOD, dmn
from tests.security.test_evaluator import CALENDAR, NOW, no_hang
from tests.sizes import tell
from tests.workflows.diagrams import files
from workflows.checks import check
from workflows.decisions import DecisionError, parse_dmn

SENTENCE = re.compile("[\u4e00-\u9fff]{2}")
LONGEST = 500
"""characters of a sentence about a file"""


def refusals(made: dict[str, str]) -> list[str]:
    return [problem.reason for problem in check("p", made)]


def _diagram(text: str) -> dict[str, str]:
    return {**files(GOOD), "p/p.bpmn": text}


def _decision(text: str) -> dict[str, str]:
    return files(GOOD, **{"p/d.dmn": text})


HOSTILE = [*((name, _diagram, make) for name, make in DIAGRAMS.items()),
           *((f"table: {name}", _decision, make) for name, make in DECISIONS.items())]


def test_the_files_that_the_hostile_ones_are_made_of_are_good():
    assert refusals(_diagram(GOOD)) == refusals(_decision(dmn())) == []


@pytest.mark.parametrize(("name", "folder", "make"), HOSTILE, ids=[name for name, _, _ in HOSTILE])
def test_a_hostile_file_is_refused_in_a_readable_sentence(name: str, folder: Callable[[str], dict[str, str]],
                                                          make: Callable[[], str]):
    with no_hang():
        told = refusals(folder(make()))
    assert told, f"{name} was let through"
    assert all(SENTENCE.search(sentence) and len(sentence) <= LONGEST for sentence in told[:20]), told[:3]
    assert "root:" not in "".join(told)


def test_a_table_that_has_no_answer_for_a_giant_value_says_so_shortly():
    with pytest.raises(DecisionError, match="没有适用的规则") as told:
        parse_dmn(dmn("1"))["d"].evaluate({"x": "字" * 99_999}, now=NOW, calendar=CALENDAR)
    assert len(str(told.value)) <= LONGEST


def test_all_of_them_together_are_told():
    started = time.process_time()
    longest = 0.0
    for _, folder, make in HOSTILE:
        text = make()
        begun = time.process_time()
        check("p", folder(text))
        longest = max(longest, time.process_time() - begun)
    tell(f"hostile files: {len(DIAGRAMS)} diagrams and {len(DECISIONS)} decision tables refused, "
         f"{(time.process_time() - started):.1f} s together, the dearest {longest * 1000:.0f} ms")
