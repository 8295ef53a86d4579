"""The list behind a figure: each case once, in its order, and found without looking at all the others."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, insert, select
from sqlalchemy.orm import Session, sessionmaker

from app.measures import measuring
from app.measures.opened import find
from app.measures.question import Months, Question
from app.measures.registry import BY_KEY, COUNTED, Form
from app.models import CaseFact, CaseShare
from app.models.measures import RARER, SENT_AWAY
from tests.app.measures.conftest import Live
from tests.app.measures.test_figures import MARCH, SUPERVISOR
from tests.conftest import MONDAY

YEAR = Question(Months("2026-03", "2027-02"))


def listed(session: Session, key: str, part: str = "hits", question: Question = YEAR) -> list[int]:
    return [case.issue.id for case in find(
        session, SUPERVISOR, BY_KEY[key], part, question, 1, MONDAY).cases]  # type: ignore[arg-type]


def test_a_case_that_several_units_sent_away_stands_once(lived: Live, sessions: sessionmaker[Session]) -> None:
    for _ in range(2):
        lived(refused=1)
    measuring.work_off(sessions)
    with sessions.begin() as session:
        first, second = listed(session, "refusals")[::-1]
        session.execute(insert(CaseShare).values(issue_id=first, unit="finance", opened_month="2026-03", refusals=2))
        session.execute(insert(CaseShare).values(issue_id=second, unit="", opened_month="2026-03", refusals=1))
        assert listed(session, "refusals") == [second, first]
        for units, expected in ((("finance", "dongsheng"), [second, first]), (("dongsheng",), [second, first]),
                                (("finance",), [first]), (("finance", "otog"), [first]), (("otog",), [])):
            assert listed(session, "refusals", question=replace(YEAR, units=frozenset(units))) == expected, units


def test_the_latest_month_stands_first_and_in_it_the_newest_case(
        lived: Live, sessions: sessionmaker[Session]) -> None:
    for days in (40, 0, 0):
        lived(days=days)
    measuring.work_off(sessions)
    with sessions.begin() as session:
        late, second, third = session.scalars(select(CaseFact.issue_id).order_by(CaseFact.issue_id))
        assert listed(session, "settled") == listed(session, "solution") == [late, third, second]
        assert listed(session, "settled", question=MARCH) == [third, second]
        assert listed(session, "registered") == [third, second, late]
        dongsheng = replace(YEAR, units=frozenset({"dongsheng"}))
        assert listed(session, "held", question=dongsheng) == [late, third, second]


def test_a_period_leaves_out_what_a_unit_held_in_another(lived: Live, sessions: sessionmaker[Session]) -> None:
    lived(at=MONDAY - timedelta(days=60), refused=1)
    lived(refused=1)
    measuring.work_off(sessions)
    march = replace(MARCH, units=frozenset({"dongsheng"}))
    with sessions.begin() as session:
        for key in ("refusals", "held"):
            assert len(listed(session, key, question=march)) == 1, key


def test_the_rarer_answer_to_what_each_rate_asks_has_an_index() -> None:
    rates = {each.key: next(iter(each.hits)) for each in COUNTED if each.form is Form.RATE}
    assert set(rates.values()) == set(RARER)
    assert {column for each in COUNTED if each.form is Form.TIMES for column in each.sums} == set(SENT_AWAY)
    for key, column in rates.items():
        month, rare = RARER[column]
        assert month == f"{BY_KEY[key].month}_month"
        assert (rare,) in (BY_KEY[key].hits[column], BY_KEY[key].missed[column])


@pytest.mark.parametrize(("key", "part", "unit", "index"), [
    ("solution", "missed", "", "ix_case_fact_solved"), ("response", "missed", "", "ix_case_fact_responded"),
    ("satisfaction", "missed", "", "ix_case_fact_satisfied"), ("on_time", "missed", "", "ix_case_fact_on_time"),
    ("reopened", "hits", "", "ix_case_fact_reopened"), ("plan_breach", "hits", "", "ix_case_fact_plan_breached"),
    ("refusals", "hits", "", "ix_case_fact_refusals"), ("returns", "hits", "", "ix_case_fact_returns"),
    ("refusals", "hits", "finance", "ix_case_share_sent"), ("held", "hits", "finance", "ix_case_share_closed"),
    ("on_time", "hits", "finance", "ix_case_fact_unit_closed"),
    ("registered", "hits", "", "ix_case_fact_opened"), ("settled", "hits", "", "ix_case_fact_closed")])
def test_a_page_is_read_by_an_index_in_its_order(sessions: sessionmaker[Session], engine: Engine, key: str, part: str,
                                                 unit: str, index: str) -> None:
    question = replace(YEAR, units=frozenset({unit})) if unit else YEAR
    with sessions.begin() as session:
        if engine.dialect.name == "postgresql":
            _many_of_a_city(session)
        statements = []
        event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2:4]))
        listed(session, key, part, question)
        explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
        text, given = next(each for each in statements if "ORDER BY" in each[0])
        plan = "\n".join(str(row) for row in session.connection().exec_driver_sql(explain + text, given))
    assert f"{index} " in plan, plan
    assert "TEMP B-TREE" not in plan and "Sort" not in plan, plan


def _many_of_a_city(session: Session) -> None:
    """The planner takes what is worth it where there are many: here it must not take what is never worth it."""
    for kind in ("seqscan", "bitmapscan", "sort", "hashjoin", "mergejoin", "incremental_sort"):
        session.connection().exec_driver_sql(f"SET LOCAL enable_{kind} = off")
