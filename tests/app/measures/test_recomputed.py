"""Whatever happens to cases, measures are what a slow and obvious look at their raw histories finds."""
from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import exists, select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import ENTERPRISE, SYSTEM, Actor
from app.cases import service
from app.issues import enterprise_acts
from app.issues.registration import register
from app.measures import measuring
from app.measures.figures import whole
from app.measures.question import Months, Question
from app.models import Instance, Issue, Timer, User, WorkItem
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import publish_lifecycle
from tests.app.measures import slow
from tests.conftest import MONDAY
from tests.faults.road import ANSWERS
from tests.sizes import sized, tell
from workflows.calendar import Calendar

CALENDAR = Calendar(version=0)
EXAMPLES = sized(4, 60)
PLACES = ("dongsheng", "otog")
SUPERVISOR = Actor(None, "督办", frozenset({("supervision", "supervisor")}), ("supervision", "supervisor"))
LEADERS = (None, 1, 2)
ACTS = st.tuples(st.sampled_from(["on"] * 8 + ["return", "suspend", "material", "withdraw", "measure", "lead"]),
                 st.booleans(), st.sampled_from([1, 7, 45, 180, 600, 1500, 4400, 11000]))
"""what is done, whether the answer is yes, and after how many minutes"""
LIVES = st.tuples(st.sampled_from(PLACES), st.integers(0, 40), st.lists(ACTS, min_size=6, max_size=20),
                  st.integers(0, 3))
"""where, how many days later, what happens, and whether it then goes straight on to its end (mostly)"""
STRAIGHT_ON = 16
"""steps that bring any life to its end"""


class Life:
    """A case that is lived through by drawn acts; what is not possible then is passed over."""

    def __init__(self, sessions: sessionmaker[Session], place: str, days: int) -> None:
        self.sessions, self.now = sessions, MONDAY + timedelta(days=days)
        with sessions.begin() as session:
            report = a_report(place=place, enterprise_name=f"企业{days % 3}")
            issue, _ = register(session, report, ENTERPRISE, self.now, CALENDAR)
            assert issue.instance_id is not None
            self.issue, self.instance = issue.id, issue.instance_id

    def act(self, what: str, yes: bool, later: int) -> None:
        self.now += timedelta(minutes=later)
        if what == "measure":
            measuring.work_off(self.sessions)
            return
        if what == "lead":
            self._give_to(LEADERS[later % len(LEADERS)])
            return
        with self.sessions.begin() as session:
            if service.is_suspended(session, self.instance):
                service.resume(session, self.instance, actor=SUPERVISOR, now=self.now, calendar=CALENDAR)
            if session.scalar(select(exists().where(Timer.instance_id == self.instance, Timer.due_at <= self.now))):
                service.wake_instance(session, self.instance, actor=SYSTEM, now=self.now, calendar=CALENDAR)
        with self.sessions.begin() as session:
            self._act(session, what, yes)

    def _give_to(self, leader: int | None) -> None:
        """The enterprise gets another leader in charge, or none any more."""
        with self.sessions.begin() as session:
            session.get_one(Issue, self.issue).enterprise.leader_id = leader

    def _act(self, session: Session, what: str, yes: bool) -> None:
        issue = session.get_one(Issue, self.issue)
        waiting = service.waiting_messages(session, self.instance)
        item = session.scalars(select(WorkItem).where(WorkItem.instance_id == self.instance, WorkItem.status == "open")
                               .order_by(WorkItem.id)).first()
        if issue.closed_at is not None:
            return
        if what == "suspend":
            service.suspend(session, self.instance, "等上级批复", actor=SUPERVISOR, now=self.now, calendar=CALENDAR)
        elif what == "withdraw" and yes and "withdraw" in waiting:
            enterprise_acts.withdraw(session, issue, "已解决", now=self.now, calendar=CALENDAR)
        elif what == "material" and "material_added" in waiting:
            enterprise_acts.add_material(session, issue, "另附合同", [], now=self.now, calendar=CALENDAR)
        elif "rated" in waiting:
            enterprise_acts.rate(session, issue, response_rating=4 if yes else 2, solved=yes, comment="",
                                 satisfaction=5 if yes else 1, now=self.now, calendar=CALENDAR)
        elif "enterprise_answered" in waiting:
            enterprise_acts.answer(session, issue, "三月底", [], now=self.now, calendar=CALENDAR)
        elif item is not None:
            self._finish(session, item, what, yes)

    def _finish(self, session: Session, item: WorkItem, what: str, yes: bool) -> None:
        post = (item.unit_code, item.position_code)
        actor = Actor(None, "经办", frozenset({post}), post)
        targets = service.return_targets(session, item.id) if what == "return" else []
        if targets:
            service.return_item(session, item.id, targets[0][0], "请补充", jump_back=yes, actor=actor, now=self.now,
                                calendar=CALENDAR)
            return
        answers = ANSWERS[item.element_id]
        service.complete_item(session, item.id, answers.get(yes, answers[True]), actor=actor, now=self.now,
                              calendar=CALENDAR)


def begin(sessions: sessionmaker[Session]) -> None:
    """The process, and the leaders whom enterprises get."""
    with sessions.begin() as session:
        publish_lifecycle(session, MONDAY)
        session.add_all([User(id=id, username=f"leader{id}", name=f"领导{id}", password_hash="!", created_at=MONDAY)
                         for id in LEADERS if id])


def test_measures_are_what_a_slow_look_at_the_histories_finds(sessions: sessionmaker[Session]) -> None:
    begin(sessions)
    known: dict[tuple[int, int], slow.Told] = {}
    compared = closed = 0

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(LIVES, min_size=2, max_size=3))
    def compare(lives: list[tuple[str, int, list[tuple[str, bool, int]], int]]) -> None:
        nonlocal compared, closed
        for place, days, acts, ends in lives:
            life = Life(sessions, place, days)
            for each in (*acts, *[("on", True, 150)] * (STRAIGHT_ON if ends else 0)):
                life.act(*each)
        measuring.work_off(sessions)
        with sessions.begin() as session:
            told = _told(session, known)
            closed = sum(case.settled for case in told)
            for months in (Months("2026-01", "2027-12"), Months("2026-03", "2026-03"), Months("2026-04", "2026-06")):
                for unit, leader in product((None, *PLACES, "supervision"), LEADERS):
                    question = Question(months, frozenset({unit}) if unit else None, leader=leader)
                    found = whole(session, question)
                    expected = slow.values(told, months.first, months.last, unit, leader)
                    assert {key: figure.value for key, figure in found.items()} == {
                        key: None if value is None else pytest.approx(value)
                        for key, value in expected.items()}, (unit, leader)
                    compared += len(found)

    compare()
    tell(f"measures ({sessions.kw['bind'].dialect.name}): {compared} figures of {len(known)} histories, {closed} cases "
         "closed, each as a slow look finds it")


def _told(session: Session, known: dict[tuple[int, int], slow.Told]) -> list[slow.Told]:
    found = []
    for instance in session.scalars(select(Instance)).all():
        key = (instance.id, instance.history_length)
        if key not in known:
            known[key] = slow.tell(session, instance, CALENDAR)
        issue = session.scalars(select(Issue).where(Issue.instance_id == instance.id)).one()
        known[key].leader = issue.enterprise.leader_id
        found.append(known[key])
    return found

