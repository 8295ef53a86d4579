"""Copies of a city's cases are as good as lived: their chains hold, and the rollups count what their facts say."""
from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest
from sqlalchemy import Engine, func, make_url, select
from sqlalchemy.orm import Session

from app.audit.verification import Verification
from app.cases.rows import table
from app.db import make_engine, make_session_factory
from app.measures.cells import summed
from app.measures.facting import Key, contributions
from app.models import CaseFact, CaseShare, Enterprise, History, Instance, Issue, LeaderCell, MeasureCell, WorkItem
from bench import city, measure
from bench.databases import filled
from bench.product import NOW

CASES, ENTRIES = 100, 2_000


@pytest.fixture(scope="module")
def engine(postgresql_url: str):
    """A city of a few lived cases, multiplied."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(measure.SCALE, "0.02")
        lived = filled(postgresql_url, "city_lived", city.live)
        url = filled(postgresql_url, "city", lambda url: city.multiply(url, CASES, ENTRIES),
                     template=make_url(lived).database or "")
    engine = make_engine(url)
    yield engine
    engine.dispose()


def test_a_city_has_as_many_cases_and_entries_as_asked_for_and_few_that_run(engine: Engine):
    with Session(engine) as session:
        cases, entries = session.execute(select(func.count(), func.sum(Instance.history_length))).one()
        running = session.scalar(select(func.count()).where(Issue.closed_at.is_(None))) or 0
    assert CASES <= cases < 10 * CASES and ENTRIES <= entries < 10 * ENTRIES
    assert 0 < running < cases / 4


def test_every_chain_of_a_copy_holds(engine: Engine):
    verification = Verification(make_session_factory(engine), NOW)
    for _ in verification.run():
        pass
    assert [each.said for each in verification.findings if each.case is not None] == []
    with Session(engine) as session:
        assert verification.cases == session.scalar(select(func.count()).select_from(Instance))


def test_what_refers_to_a_row_finds_it(engine: Engine):
    with Session(engine) as session:
        for column, target in ((Issue.instance_id, Instance.id), (Issue.enterprise_id, Enterprise.id),
                               (Issue.merged_into, Issue.id), (WorkItem.issue_id, Issue.id),
                               (WorkItem.opened_by_item, WorkItem.id), (WorkItem.returned_by_item, WorkItem.id),
                               (History.work_item_id, WorkItem.id)):
            assert session.scalars(select(column).where(column.is_not(None), column.not_in(select(target)))).all() == []


def test_the_rollups_are_the_sum_of_the_facts(engine: Engine):
    with Session(engine) as session:
        shares: dict[int, list[Any]] = defaultdict(list)
        for share in session.execute(select(table(CaseShare))).mappings():
            shares[share["issue_id"]].append(share)
        counted: Counter[Key] = Counter()
        for fact in session.execute(select(table(CaseFact))).mappings():
            counted.update(contributions(fact, shares[fact["issue_id"]]))
        expected, of_leaders = Counter[str](), Counter[str]()
        for (leader, *_, name), number in counted.items():
            expected[name] += number
            of_leaders[name] += number if leader is not None else 0
        for cell, sums in ((MeasureCell, expected), (LeaderCell, of_leaders)):
            assert sums.total() and summed(session.scalars(_of_all(cell))) == +sums
        one = max(counted, key=lambda key: counted[key])
        counts = session.scalars(select(MeasureCell.counts).where(*(
            getattr(MeasureCell, name) == value for name, value in zip(("month", "unit", "category", "level"), one[1:5],
                                                                       strict=True)))).one()
    assert counts[one[5]] == sum(number for key, number in counted.items() if key[1:] == one[1:])


def _of_all(cell: type[MeasureCell] | type[LeaderCell]) -> Any:
    return select(cell.counts).where(*(getattr(cell, name) == "*" for name in ("unit", "category", "level")))
