"""Rules of policy.yaml and clauses, judged from what a case really did."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from app.measures.record import Record
from app.mining import clauses
from app.mining.promises import Breach, Variables, broken, rules_of
from tests.conftest import MONDAY
from workflows.calendar import Calendar

CALENDAR = Calendar(version=0)
DAY = timedelta(days=1)
APPROVED = """
rules:
  - {clause: C3, says: 先审后办, after: judge, when: level == "complex", comes: approve, before: [handle]}
"""
FIRST = "rules: [{clause: C1, says: 先梳理, never: judge, before: sort}]"
APART = "rules: [{clause: C6, says: 审办分开, apart: draft, from: [approve]}]"
BOUND = "rules: [{clause: C2, says: 一天受理, limit: [accept, red], at_most: {working_days: 1}}]"


def record(trace: Sequence[str] = (), *, items: Sequence[Any] = (), marks: Sequence[tuple[str, int]] = (),
           status: str = "open", closed: int | None = None) -> Record:
    """A case: `trace` are "step" or "step what"; `marks` are (mark, day)."""
    history = [SimpleNamespace(seq=seq, at=MONDAY + seq * timedelta(hours=1), op="complete", trace=[
        [(told := each.split())[0], "p", "userTask", told[0], told[1] if len(told) > 1 else "completed", "t", None]])
        for seq, each in enumerate(trace, 1)]
    history += [SimpleNamespace(seq=len(history) + number, at=MONDAY + day * DAY, op="wake", trace=[
        ["timer", "p", "boundaryEvent", "", "fired", "t", mark]]) for number, (mark, day) in enumerate(marks, 1)]
    issue = SimpleNamespace(id=1, status=status, closed_at=None if closed is None else MONDAY + closed * DAY)
    return Record(issue, None, 1, 1, "hash", history or [SimpleNamespace(seq=1, at=MONDAY, op="start", trace=[])],
                  items, [], frozenset(), {})  # type: ignore[arg-type]


def item(element: str, *, person: int | None = None, closed: int | None = 0, due: int | None = None) -> Any:
    return SimpleNamespace(kind="task", status="done" if closed is not None else "open", element_id=element,
                           closed_by=person, on_behalf_of=None,
                           closed_at=None if closed is None else MONDAY + closed * DAY,
                           due_at=None if due is None else MONDAY + due * DAY)


def variables(*, assigned: Sequence[str] = (), replayed: dict[str, Any] | None = None, **written: Any) -> Variables:
    def replay(_: int) -> dict[str, Any]:
        assert replayed is not None, "what was written tells it already"
        return replayed

    return Variables(lambda: [(1, written)], frozenset(assigned), replay)


def judged(text: str, case: Record, known: Variables | None = None) -> list[Breach]:
    return list(broken(case, rules_of({"policy.yaml": text}), known or variables()))


def test_what_begins_before_what_was_promised_is_a_breach():
    (found,) = judged(FIRST, record(["collect", "judge entered", "sort"]))
    assert (found.element, found.at, found.rule.clause) == ("judge", MONDAY + timedelta(hours=2), "C1")
    assert judged(FIRST, record(["collect", "sort", "judge entered"])) == []
    assert judged(FIRST, record(["sort entered", "judge entered"])) != [], "begun is not done"


def test_a_way_is_owed_only_where_its_condition_held():
    way = ["judge", "handle entered"]
    assert judged(APPROVED, record(way), variables(level="general")) == []
    assert len(judged(APPROVED, record(way), variables(level="complex"))) == 1
    assert judged(APPROVED, record(["judge", "approve", "handle"]), variables(level="complex")) == []
    again = ["judge", "approve", "handle", "judge", "handle"]
    assert len(judged(APPROVED, record(again), variables(level="complex"))) == 1, "each time it is owed anew"


@pytest.mark.parametrize(("level", "breaches"), [("complex", 1), ("general", 0)])
def test_what_a_script_writes_is_replayed(level: str, breaches: int) -> None:
    known = variables(assigned=["level"], replayed={"level": level}, level="whatever a form said")
    assert len(judged(APPROVED, record(["judge", "handle"]), known)) == breaches


def test_a_variable_that_nothing_has_set_is_none():
    assert judged(APPROVED, record(["judge", "handle"]), variables(replayed={})) == []


def test_one_person_on_both_sides_is_a_breach():
    (found,) = judged(APART, record(items=[item("draft", person=7), item("approve", person=7, closed=1)]))
    assert (found.element, found.at) == ("approve", MONDAY + DAY)
    assert judged(APART, record(items=[item("draft", person=7), item("approve", person=8)])) == []
    assert judged(APART, record(items=[item("draft"), item("approve")])) == [], "nobody is nobody's double"


def test_a_step_that_is_bounded_has_to_be_done_by_its_date():
    assert len(judged(BOUND, record(items=[item("accept", closed=3, due=1)]))) == 1
    assert judged(BOUND, record(items=[item("accept", closed=1, due=1), item("other", closed=9, due=1)])) == []
    assert len(judged(BOUND, record(["x"], items=[item("accept", closed=None, due=-1)]))) == 1, "open and past its date"


def test_files_that_cannot_be_read_promise_nothing():
    assert rules_of({"policy.yaml": "rules: [", "other.yaml": FIRST}) == ()


def told(case: Record) -> set[str]:
    return {clause.rule for clause, _ in clauses.broken(case, CALENDAR)}


RED = ("light_red", 1)


@pytest.mark.parametrize(("marks", "closed", "breaches"), [
    ([("replied", 1), ("rated", 2)], 2, set()), ([("replied", 1), ("not_rated", 9)], 9, set()),
    ([], 2, {"unanswered"}), ([("replied", 1)], 2, {"unrated"}),
    ([("rated", 1), ("replied", 2)], 3, {"unrated"}),
    ([("replied", 1), ("dissatisfied", 2), ("rated", 2)], 3, {"unfollowed"}),
    ([("triage_late", 1), ("accept_overdue", 2), ("plan_breached", 5)], None, {"triage_late", "accept_late",
                                                                              "plan_late"}),
    ([RED, ("urged", 2), ("replied", 2), ("rated", 3)], 3, {"promise_late"}),
    ([RED, ("replied", 2), ("rated", 9)], 9, {"promise_late"}),
    ([RED, ("urged", 8), ("replied", 8), ("rated", 9)], 9, {"promise_late", "unurged"}),
    ([RED, ("urged", 2), ("replied", 20), ("rated", 21)], 21, {"promise_late", "unreported"}),
    ([RED, ("urged", 2), ("escalated_to_leader", 8), ("replied", 20), ("rated", 21)], 21, {"promise_late"})])
def test_clauses_are_told_by_marks(marks: list[tuple[str, int]], closed: int | None, breaches: set[str]) -> None:
    case = record(marks=marks, status="open" if closed is None else "closed", closed=closed)
    assert told(case) == breaches


def test_what_the_enterprise_has_withdrawn_owes_no_answer():
    assert told(record(marks=[("withdrawn", 1)], status="withdrawn", closed=1)) == set()


def test_dissatisfaction_that_a_supervisor_decided_about_was_followed_up():
    marks = [("replied", 1), ("rated", 2), ("dissatisfied", 2)]
    decided = record(marks=marks, status="closed", closed=4, items=[item("final_decision", closed=3)])
    assert told(decided) == set()
