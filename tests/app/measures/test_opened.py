"""The list behind a figure: each case once, in its order, and found without looking at all the others."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, Integer, String, cast, event, func, insert, literal, select
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


READ_BY = (
    ("solution", "missed", "", "ix_case_fact_solved"), ("response", "missed", "", "ix_case_fact_responded"),
    ("satisfaction", "missed", "", "ix_case_fact_satisfied"), ("on_time", "missed", "", "ix_case_fact_on_time"),
    ("reopened", "hits", "", "ix_case_fact_reopened"), ("plan_breach", "hits", "", "ix_case_fact_plan_breached"),
    ("refusals", "hits", "", "ix_case_fact_refusals"), ("returns", "hits", "", "ix_case_fact_returns"),
    ("refusals", "hits", "unit7", "ix_case_share_sent"), ("held", "hits", "unit7", "ix_case_share_closed"),
    ("on_time", "hits", "unit7", "ix_case_fact_unit_closed"),
    ("registered", "hits", "unit7", "ix_case_fact_unit_opened"), ("registered", "hits", "", "ix_case_fact_opened"),
    ("settled", "hits", "", "ix_case_fact_closed"))
"""(measure, part, unit, the index that a page of such cases is read by)"""


def test_a_page_is_read_by_an_index_in_its_order(sessions: sessionmaker[Session], engine: Engine) -> None:
    statements: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2:4]))
    with sessions() as session:
        if engine.dialect.name == "postgresql":
            _a_citys_cases(session)
        explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
        for key, part, unit, index in READ_BY:
            statements.clear()
            listed(session, key, part, replace(YEAR, units=frozenset({unit})) if unit else YEAR)
            text, given = next(each for each in statements if "ORDER BY" in each[0])
            plan = "\n".join(str(row) for row in session.connection().exec_driver_sql(explain + text, given))
            assert f"{index} " in plan, plan
            assert "TEMP B-TREE" not in plan and "Sort" not in plan, plan
        session.rollback()


def _a_citys_cases(session: Session) -> None:
    """So many that the planner has to choose, one in fifty with the rarer answers, without what lies behind them; they
    are gone with the transaction. What would never be worth it in a city it must not take where little lies behind."""
    connection = session.connection()
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    for kind in ("seqscan", "bitmapscan", "sort", "incremental_sort", "hashjoin", "mergejoin"):
        connection.exec_driver_sql(f"SET LOCAL enable_{kind} = off")
    numbers = select(func.generate_series(1, 20_000).column_valued("n")).subquery()
    n = numbers.c.n
    rare, month = func.mod(n, 50) == 0, func.to_char(func.mod(n, 12) + 1, 'FM"2026-"00')
    fact = {
        "issue_id": n, "unit": literal("unit") + cast(func.mod(n, 40), String), "place": literal("city"),
        "category": literal("land"), "level": literal("general"), "status": literal("closed"),
        "opened_at": func.now(), "opened_month": month, "closed_at": func.now(), "closed_month": month,
        "settled": literal(True), "plan_asked": literal(True), "plan_breached": rare, "rated": literal(True),
        "responded": ~rare, "solved": ~rare, "satisfied": ~rare, "on_time": ~rare, "reopened": rare,
        "reworks": literal(0), "returns": cast(rare, Integer), "refusals": cast(rare, Integer)}
    session.execute(insert(CaseFact).from_select(list(fact), select(*fact.values())))
    share = ("issue_id", "unit", "opened_month", "closed_month", "returns", "refusals")
    session.execute(insert(CaseShare).from_select([*share, "working"], select(
        *(getattr(CaseFact, name) for name in share), literal(60))))
    for kept in ("case_fact", "case_share"):
        connection.exec_driver_sql(f"ANALYZE {kept}")
