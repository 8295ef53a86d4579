"""A submit that is sent twice with its form's one-time key has one effect, on both databases."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from app.cases import check, definitions, service
from app.cases.errors import AlreadyDone, NotYours
from app.models import History, WorkItem
from tests.conftest import MONDAY
from tests.workflows import diagrams as d

PROCESS = d.diagram(d.start(), d.user("draft"), d.user("review"), d.end(), d.flow("start", "draft", "review", "end"))


@pytest.fixture
def case(session, make_actor, calendar):
    """(instance, its open item's id, a clerk, another clerk of the same post)"""
    clerk, colleague = make_actor("clerk", ("miit", "clerk")), make_actor("colleague", ("miit", "clerk"))
    definitions.publish(session, "p", d.files(PROCESS), now=MONDAY)
    instance = service.start_case(session, "p", {"number": "1"}, actor=clerk, now=MONDAY, calendar=calendar)
    item = session.scalars(select(WorkItem.id).where(WorkItem.status == "open")).one()
    session.commit()
    return instance, item, clerk, colleague


def submit(sessions, item, actor, calendar, key):
    with sessions.begin() as session:
        return service.complete_item(session, item, {}, actor=actor, now=MONDAY, calendar=calendar,
                                     idempotency_key=key)


def completions(session):
    return session.scalar(select(func.count()).select_from(History).where(History.op == "complete"))


def test_a_repeated_submit_gets_the_same_answer_and_changes_nothing(session, sessions, case, calendar):
    instance, item, clerk, _ = case
    first = submit(sessions, item, clerk, calendar, "k")
    assert first.opened
    assert submit(sessions, item, clerk, calendar, "k") == first
    assert completions(session) == 1
    assert list(check.broken(session, instance.id)) == []


def test_another_key_is_another_submit(sessions, case, calendar):
    _, item, clerk, _ = case
    submit(sessions, item, clerk, calendar, "k")
    for key in ("other", None):
        with pytest.raises(AlreadyDone):
            submit(sessions, item, clerk, calendar, key)


def test_a_key_is_worth_nothing_to_another_person(sessions, case, calendar):
    _, item, clerk, colleague = case
    submit(sessions, item, clerk, calendar, "k")
    with pytest.raises(AlreadyDone):
        submit(sessions, item, colleague, calendar, "k")


def test_a_key_is_worth_nothing_for_another_task(sessions, case, calendar):
    _, item, clerk, _ = case
    (following,) = submit(sessions, item, clerk, calendar, "k").opened
    assert submit(sessions, following, clerk, calendar, "k").ended


def test_a_refused_submit_leaves_its_key_unused(sessions, case, make_actor, session, calendar):
    _, item, clerk, _ = case
    stranger = make_actor("stranger", ("finance", "clerk"))
    session.commit()
    with pytest.raises(NotYours):
        submit(sessions, item, stranger, calendar, "k")
    assert submit(sessions, item, clerk, calendar, "k").opened


def test_two_submits_at_once_with_one_key_have_one_effect(session, sessions, case, calendar):
    _, _, clerk, _ = case
    for _ in range(10):
        instance = service.start_case(session, "p", {}, actor=clerk, now=MONDAY, calendar=calendar)
        item = session.scalars(select(WorkItem.id).where(WorkItem.instance_id == instance.id)).one()
        session.commit()
        barrier = Barrier(2)

        def press(_, item=item, barrier=barrier):
            barrier.wait()
            return submit(sessions, item, clerk, calendar, "k")

        with ThreadPoolExecutor(2) as both:
            first, second = both.map(press, range(2))
        assert first == second
        assert first.opened
        assert list(check.broken(session, instance.id)) == []
    assert completions(session) == 10
