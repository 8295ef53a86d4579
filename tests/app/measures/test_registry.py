"""Each measure is defined once, and everything that tells its definition tells the same."""
from __future__ import annotations

from pathlib import Path

from app.measures.registry import COUNTED, MEASURES, Form
from app.models import CaseFact, CaseShare

PAGE = (Path(__file__).parents[3] / "docs" / "measures.md").read_text(encoding="utf-8")


def test_the_document_tells_each_definition_with_its_source() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{each.key}` | {each.name} | {each.words} | {each.source} |" for each in MEASURES]


def test_every_measure_rests_on_a_clause_and_on_columns_that_there_are() -> None:
    facts, shares = set(CaseFact.__table__.c.keys()), set(CaseShare.__table__.c.keys())
    for each in MEASURES:
        assert "实施方案 C" in each.source and each.words.endswith("。")
        assert {*each.hits, *each.among} <= facts and set(each.sums) <= shares


def test_a_rate_has_something_to_be_out_of() -> None:
    assert all(each.among for each in COUNTED if each.form is Form.RATE)
    assert all(each.sums for each in COUNTED if each.form in (Form.TIMES, Form.MEAN))
