"""Two issues that are merged into each other, or in a row, at the same moment: nobody waits for ever."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from app.actor import ENTERPRISE
from app.cases import definitions
from app.inbox import finishing, signatures
from app.issues.registration import PROCESS, register
from app.models import History, Issue, WorkItem
from tests.conftest import MONDAY
from tests.faults import life
from tests.faults.racing import assert_sound, race, told
from tests.workflows import diagrams as d

SORTING = d.diagram(d.start(), d.user("sort"), d.end(), d.flow("start", "sort", "end"), id=PROCESS,
                    variables='{"sort_result": null, "merged_into": null}')
WAYS = ("press", "signature")
"""how a task is finished at last: by whoever has it, or by whoever signs after it"""


@pytest.fixture
def sorting(session, people, calendar):
    """`sorting(n)` registers n issues of one enterprise: each with its open task, in the order of their numbers."""
    definitions.publish(session, PROCESS, d.files(SORTING, key=PROCESS), now=MONDAY)
    session.commit()

    def make(n):
        issues = [register(session, life.report(), ENTERPRISE, MONDAY, calendar)[0] for _ in range(n)]
        made = [(issue, session.scalars(select(WorkItem.id).where(WorkItem.issue_id == issue.id)).one())
                for issue in issues]
        session.commit()
        return made

    return make


@pytest.fixture
def merging(session, people, calendar, within):
    """`merging(item, main, way)` is the act that finishes a task by merging its issue into the main one."""
    def finish(own, item, answers):
        return finishing.finish(own, own.get_one(WorkItem, item), answers, actor=people[0], now=MONDAY,
                                calendar=calendar, idempotency_key=None)

    def make(item, main, way):
        answers = {"sort_result": "merge", "merged_into": main.number}
        if way == "press":
            return within(finish, item, answers)
        sign, = signatures.add(session, item, [people[1].user_id], when="after", mode="all", question="",
                               actor=people[0], now=MONDAY)
        finish(session, item, answers)
        session.commit()
        return within(signatures.answer, sign.id, agree=True, opinion="", actor=people[1], now=MONDAY,
                      calendar=calendar)

    return make


def merged(session, issues):
    """{number: the number it was merged into} of those that were."""
    session.expire_all()
    numbers = {issue.id: issue.number for issue in session.scalars(select(Issue))}
    return {issue.number: numbers[issue.merged_into] for issue, _ in issues if issue.merged_into is not None}


@pytest.mark.parametrize(("first", "second"), [("press", "press"), ("press", "signature"), ("signature", "signature")])
def test_of_two_issues_that_are_merged_into_each_other_one_goes_on(session, sorting, merging, pairs, first, second):
    for _ in range(pairs // 3):
        one, other = issues = sorting(2)
        results = race(merging(one[1], other[0], first), merging(other[1], one[0], second))
        assert sorted(status for status, _ in results) == [200, 422]
        assert merged(session, issues) in ({one[0].number: other[0].number}, {other[0].number: one[0].number})
        told_of = session.scalars(select(History.instance_id).where(
            History.op == "merge", History.instance_id.in_([issue.instance_id for issue, _ in issues]))).all()
        assert len(told_of) == 1
        session.commit()
    assert_sound(session)
    told(session, f"merge/merge crosswise ({first}/{second})", pairs // 3, "one success and one refusal each")


@pytest.mark.parametrize("way", WAYS)
def test_issues_that_are_merged_in_a_ring_leave_one(session, sorting, merging, pairs, way):
    for _ in range(pairs // 4):
        issues = sorting(3)
        mains = [issues[1], issues[2], issues[0]]
        results = race(*(merging(item, main[0], way) for (_, item), main in zip(issues, mains, strict=True)))
        statuses = sorted(status for status, _ in results)
        assert statuses in ([200, 200, 422], [200, 422, 422])
        assert len(merged(session, issues)) == statuses.count(200)
        session.commit()
    assert_sound(session)
    told(session, f"merge/merge/merge in a ring ({way})", pairs // 4, "no deadlock, one is left at least")
