"""Attempts, what came back, and their working times, as the worker's round keeps them."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import SYSTEM, Actor, load_actor
from app.cases import service
from app.inbox import claims
from app.measures import measuring
from app.measures.question import Months, Question
from app.mining import figures, rework
from app.mining.asked import Asked
from app.models import BreachRule, CaseBack, CaseBreach, CasePass, CaseRoute, CaseStep, Issue, Route, User, WorkItem
from tests.app.measures.conftest import Live
from tests.conftest import MONDAY
from workflows.calendar import Calendar
from workflows.working_time import HOUR

ASKED = Asked(Question(Months("2026-01", "2027-12")))
SUPERVISOR = Actor(None, "督办", frozenset({("supervision", "supervisor")}), ("supervision", "supervisor"))
TEN = timedelta(minutes=10)


def mined(sessions: sessionmaker[Session]) -> dict[str, figures.Figure]:
    measuring.work_off(sessions)
    with sessions.begin() as session:
        return {each.element: each for each in figures.by_step(session, ASKED)}


def post(item: WorkItem) -> Actor:
    own = (item.unit_code, item.position_code)
    return Actor(None, "经办", frozenset({own}), own)


def open_item(session: Session) -> WorkItem:
    return session.scalars(select(WorkItem).where(WorkItem.status == "open").order_by(WorkItem.id)).one()


def test_a_task_waits_until_it_is_claimed_and_is_worked_on_from_then(
        lived: Live, sessions: sessionmaker[Session], calendar: Calendar, add_user: Callable[..., int]) -> None:
    clerk = add_user("dongsheng.clerk", ("dongsheng", "clerk"))
    lived(until="accept_assignment")  # accepted at 10:50
    with sessions.begin() as session:
        item = open_item(session)
        actor = load_actor(session, session.get_one(User, clerk), MONDAY)
        claims.claim(session, item.id, actor=actor, now=MONDAY + timedelta(hours=5))  # 15:00
        service.complete_item(session, item.id, {"measures": "会商"}, actor=actor, now=MONDAY + timedelta(hours=7),
                              calendar=calendar)  # 17:00
    handled = mined(sessions)["handle"]
    assert (handled.waiting, handled.working) == (HOUR * 160 // 60, 2 * HOUR), "noon counts nothing"


def test_what_stands_still_counts_for_neither(lived: Live, sessions: sessionmaker[Session],
                                              calendar: Calendar) -> None:
    lived(until="accept_assignment")
    with sessions.begin() as session:
        item = open_item(session)
        for at, act in ((timedelta(hours=4), service.suspend), (timedelta(hours=6), service.resume)):
            given = ("等批复",) if act is service.suspend else ()
            act(session, item.instance_id, *given, actor=SUPERVISOR, now=MONDAY + at, calendar=calendar)
        service.complete_item(session, item.id, {"measures": "会商"}, actor=post(item),
                              now=MONDAY + timedelta(hours=7), calendar=calendar)
    handled = mined(sessions)["handle"]
    assert handled.waiting == HOUR * 160 // 60, "10:50 to 12:00, 13:30 to 14:00 and 16:00 to 17:00"


def test_open_tasks_are_told_with_the_oldest(lived: Live, sessions: sessionmaker[Session]) -> None:
    lived(until="accept_assignment")
    lived(MONDAY + timedelta(days=1), until="accept_assignment")
    handled = mined(sessions)["handle"]
    assert (handled.attempts, handled.closed, handled.open) == (2, 0, 2)
    assert isinstance(handled.oldest, datetime) and handled.oldest == MONDAY + 5 * TEN and handled.mean_waiting is None


def test_a_return_is_told_with_its_reason_and_a_recall_is_none(
        lived: Live, sessions: sessionmaker[Session], calendar: Calendar, add_user: Callable[..., int]) -> None:
    lived(until="draft_reply")
    now, user = MONDAY + timedelta(hours=3), add_user("dongsheng.clerk", ("dongsheng", "clerk"))
    with sessions.begin() as session:
        item = open_item(session)
        service.return_item(session, item.id, "handle", "缺少凭证", jump_back=False, actor=post(item), now=now,
                            calendar=calendar)
    with sessions.begin() as session:
        item, clerk = open_item(session), load_actor(session, session.get_one(User, user), MONDAY)
        service.complete_item(session, item.id, {"measures": "补齐凭证"}, actor=clerk, now=now + TEN, calendar=calendar)
        service.recall_item(session, item.id, actor=clerk, now=now + 2 * TEN, calendar=calendar)
    measuring.work_off(sessions)
    with sessions.begin() as session:
        (line,) = rework.find(session, ASKED)
    assert (line.origin, line.target, line.kind, line.times) == ("approve_reply", "handle", "returned", 1)
    assert line.reasons == [("缺少凭证", 1)] and (line.unit, line.position) == ("dongsheng", "head")


def test_limits_that_pass_are_breaches_with_their_clauses(lived: Live, sessions: sessionmaker[Session],
                                                          calendar: Calendar) -> None:
    lived(until="dispatch")
    lived()
    with sessions.begin() as session:
        late = session.scalars(select(Issue).order_by(Issue.id)).first()
        assert late is not None and late.instance_id is not None
        for days in (3, 45, 60):
            service.wake_instance(session, late.instance_id, actor=SYSTEM, now=MONDAY + timedelta(days=days),
                                  calendar=calendar)
    measuring.work_off(sessions)
    with sessions.begin() as session:
        found = session.execute(select(BreachRule.clause, CaseBreach.at, CaseBreach.issue_id).join(
            CaseBreach, CaseBreach.rule == BreachRule.rule)).all()
        assert {row.issue_id for row in found} == {late.id}, "who was in time has broken nothing"
    assert {row.clause for row in found} == {"C2", "C4, C6"}, "accepted late, and not answered; it was urged in time"
    assert min(row.at for row in found) <= MONDAY + timedelta(days=2)


def test_a_case_that_changes_has_its_rows_replaced(lived: Live, sessions: sessionmaker[Session]) -> None:
    lived(refused=1, rating=None)
    before = mined(sessions)
    with sessions.begin() as session:
        session.execute(Issue.__table__.update().values(category="tax"))
        session.connection().exec_driver_sql("UPDATE instance SET measured = false")
    assert mined(sessions) == before
    with sessions.begin() as session:
        assert session.scalar(select(CaseRoute.category)) == "tax"


def test_a_rebuild_finds_the_same(lived: Live, sessions: sessionmaker[Session]) -> None:
    for number in range(3):
        lived(refused=number % 2, rating=(2, False, 1) if number else (5, True, 5))
    measuring.work_off(sessions)
    kept = _everything(sessions)
    measuring.rebuild(sessions)
    with sessions.begin() as session:
        assert session.scalar(select(func.count()).select_from(CaseStep)) == 0
    measuring.work_off(sessions)
    assert _everything(sessions) == kept and all(kept[:-2])


def _everything(sessions: sessionmaker[Session]) -> list[object]:
    with sessions.begin() as session:
        return [sorted(map(tuple, session.execute(select(*model.__table__.c)).all()), key=repr)
                for model in (CaseRoute, CaseStep, CasePass, CaseBack, Route, CaseBreach, BreachRule)]


@pytest.mark.parametrize(("numbers", "shades"), [
    ({"a": 100, "b": 1, "c": 60, "d": 0, "e": None}, {"a": 5, "b": 1, "c": 3}), ({}, {}), ({"a": 0}, {})])
def test_shades_are_parts_of_the_largest_number(numbers: dict[str, int | None], shades: dict[str, int]) -> None:
    assert figures.shades(numbers) == shades
