"""Officers, the enterprise, a supervisor and the clock do what they may and what they may not, in any order, to an
issue's life (tests/faults/life.py); a small model says beforehand what each act leads to.

An act that it calls impossible has to be refused, and nothing may have changed then.
"""
from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.pool import StaticPool

from app.actor import ENTERPRISE, Actor
from app.cases import check, definitions, service, timers
from app.cases.errors import CaseError
from app.db import make_engine, make_session_factory
from app.inbox import claims
from app.issues import enterprise_acts
from app.issues.registration import PROCESS, register
from app.models import Base, Copy, Instance, Issue, Post, User, WorkItem
from app.organisation import load_organisation
from tests.conftest import MONDAY
from tests.faults import life
from tests.faults.model import CALENDAR, Model
from tests.sizes import sized, tell
from workflows.errors import WorkflowError

RUNS, STEPS = sized(40, 2_000), 40
"""runs of at least 30 steps; a few that end before come on top"""
PEOPLE = {"clerk": ("miit", "clerk"), "colleague": ("miit", "clerk"), "stranger": ("finance", "clerk")}
CLERKS = ("clerk", "colleague")
BEFORE = {"approve": ("collect", "handle"), "handle": ("collect",)}
"""the steps that a task may go back to"""


class Town:
    """One database in memory for all runs; each run has an issue of its own."""

    def __init__(self) -> None:
        engine = make_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        Base.metadata.create_all(engine)
        self.sessions = make_session_factory(engine)
        self.actors: dict[str, Actor] = {}
        with self.sessions.begin() as session:
            load_organisation(session)
            definitions.publish(session, PROCESS, life.files(), now=MONDAY)
            for name, post in PEOPLE.items():
                user = User(username=name, name=name, password_hash="!", must_change_password=False, created_at=MONDAY,
                            posts=[Post(unit_code=post[0], position_code=post[1])])
                session.add(user)
                session.flush()
                self.actors[name] = Actor(user.id, name, frozenset({post}), post)
        self.names = {actor.user_id: name for name, actor in self.actors.items()}
        self.runs, self.acts = Counter[bool](), Counter[str]()


class Lives(RuleBasedStateMachine):
    town: Town

    def __init__(self) -> None:
        super().__init__()
        self.now, self.steps = MONDAY, 0
        self.begin()

    def begin(self):
        self.model = Model()
        with self.town.sessions.begin() as session:
            issue, _ = register(session, life.report(), ENTERPRISE, self.now, CALENDAR)
            self.issue, self.instance = issue.id, issue.instance_id
        self.item = self.open_item()

    def open_item(self) -> int | None:
        with self.town.sessions() as session:
            return session.scalar(select(WorkItem.id).where(WorkItem.instance_id == self.instance,
                                                            WorkItem.status == "open"))

    @contextmanager
    def foreseen(self, *, possible):
        """`possible(model)` says whether the act is, once what is due has passed; the block tells the model what comes
        of it. Yields what does the act and returns whether it was done."""
        after = deepcopy(self.model)
        after.let_pass(self.now)
        expected = possible(after)

        def done(act):
            refusal = None
            try:
                with self.town.sessions.begin() as session:
                    act(session)
            except (CaseError, WorkflowError) as refused:
                refusal = refused
            assert bool(expected) is (refusal is None), f"against the model: {refusal or 'done'}"
            self.town.acts["done" if expected else "refused"] += 1
            if expected:
                self.model, self.item = after, self.open_item()
            return expected

        yield after, done

    @rule(who=st.sampled_from([*PEOPLE, *CLERKS, *CLERKS]), approved=st.booleans())
    def finish(self, who, approved):
        def possible(model):
            return model.status == "running" and self.item is not None and model.step != "wait" \
                and who in CLERKS and model.assignee in (None, who)

        with self.foreseen(possible=possible) as (after, done):
            item, step = self.item, after.step
            if done(lambda session: service.complete_item(
                    session, item or 0, {"approved": approved} if step == "approve" else {},
                    actor=self.town.actors[who], now=self.now, calendar=CALENDAR)):
                after.done_by[item] = (step, who, after.back_to)
                following = {"collect": "handle", "handle": "approve", "approve": "wait" if approved else "handle"}
                after.enter(after.back_to or following[step], self.now, opened_by=item)

    @precondition(lambda self: self.model.status == "running" and self.item is not None)
    @rule(approved=st.booleans())
    def finish_as_one_should(self, approved):
        self.finish(self.model.assignee or "colleague", approved)

    @rule(who=st.sampled_from([*PEOPLE]))
    def claim(self, who):
        def possible(model):
            return self.item is not None and model.status != "suspended" and who in CLERKS \
                and model.assignee in (None, who)

        passed = deepcopy(self.model)  # claiming is no input of the engine's: nothing passes by it
        with self.foreseen(possible=lambda _: possible(passed)) as (_, done):
            if done(lambda session: claims.claim(session, self.item or 0, actor=self.town.actors[who], now=self.now)):
                self.model = passed
                passed.assignee, passed.touched = who, True

    @rule(who=st.sampled_from([*PEOPLE, *CLERKS]), back_to=st.sampled_from(["collect", "handle", "nowhere"]),
          straight_back=st.booleans(), reason=st.sampled_from(["请补充", " "]))
    def return_(self, who, back_to, straight_back, reason):
        if back_to != "nowhere" and back_to not in BEFORE.get(self.model.step or "", ()):
            return

        def possible(model):
            return model.status == "running" and self.item is not None and back_to in BEFORE.get(model.step, ()) \
                and reason.strip() and who in CLERKS and model.assignee in (None, who)

        with self.foreseen(possible=possible) as (after, done):
            item, step = self.item, after.step
            if done(lambda session: service.return_item(
                    session, item or 0, back_to, reason, jump_back=straight_back, actor=self.town.actors[who],
                    now=self.now, calendar=CALENDAR)):
                doer = next((by for element, by, _ in reversed(after.done_by.values()) if element == back_to), None)
                after.enter(back_to, self.now, opened_by=item, assignee=doer, back_to=step if straight_back else None)

    @precondition(lambda self: self.model.done_by)
    @rule(who=st.sampled_from(CLERKS), place=st.integers(1, 3))
    def recall(self, who, place):
        item = list(self.model.done_by)[-min(place, len(self.model.done_by))]

        def possible(model):
            return model.status == "running" and model.done_by[item][1] == who and model.opened_by == item \
                and self.item is not None and not model.touched and model.step != "wait"

        with self.foreseen(possible=possible) as (after, done):
            if done(lambda session: service.recall_item(session, item, actor=self.town.actors[who], now=self.now,
                                                        calendar=CALENDAR)):
                step, _, back_to = after.done_by[item]
                after.enter(step, self.now, assignee=who, back_to=back_to)

    @rule(seldom=st.integers(0, 3))
    def withdraw(self, seldom):
        if seldom:
            return
        with self.foreseen(possible=lambda model: model.status == "running" and model.step != "wait") as (after, done):
            if done(lambda session: enterprise_acts.withdraw(session, session.get_one(Issue, self.issue), "已解决",
                                                             now=self.now, calendar=CALENDAR)):
                after.enter(None, self.now)

    @rule(satisfaction=st.integers(1, 5))
    def rate(self, satisfaction):
        with self.foreseen(possible=lambda model: model.status == "running" and model.step == "wait") as (after, done):
            if done(lambda session: enterprise_acts.rate(
                    session, session.get_one(Issue, self.issue), response_rating=5, solved=satisfaction > 2,
                    satisfaction=satisfaction, comment="", now=self.now, calendar=CALENDAR)):
                after.enter(None if satisfaction >= 3 else "collect", self.now)

    @rule(seldom=st.integers(0, 3))
    def suspend(self, seldom):
        if seldom:
            return
        passed = deepcopy(self.model)  # the supervisor's word comes before what is due
        with self.foreseen(possible=lambda _: passed.status == "running") as (_, done):
            if done(lambda session: service.suspend(session, self.instance, "等批复", actor=self.town.actors["clerk"],
                                                    now=self.now, calendar=CALENDAR)):
                self.model = passed
                passed.status = "suspended"

    @rule()
    def resume(self):
        with self.foreseen(possible=lambda model: model.status == "suspended") as (after, done):
            if done(lambda session: service.resume(session, self.instance, actor=self.town.actors["clerk"],
                                                   now=self.now, calendar=CALENDAR)):
                after.status = "running"
                after.let_pass(self.now)

    @rule(seldom=st.integers(0, 15))
    def cancel(self, seldom):
        if seldom:
            return
        passed = deepcopy(self.model)
        with self.foreseen(possible=lambda _: passed.status in ("running", "suspended")) as (_, done):
            if done(lambda session: service.cancel(session, self.instance, "误报", actor=self.town.actors["clerk"],
                                                   now=self.now, calendar=CALENDAR)):
                self.model = passed
                passed.enter(None, self.now)
                passed.status = "cancelled"

    @precondition(lambda self: self.model.step is None)
    @rule()
    def report_another(self):
        """After the end; some have tried what is refused then."""
        self.assert_sound()
        self.begin()

    @rule(hours=st.sampled_from([-30, -1, 1, 5, 24, 24 * 4, 24 * 10]))
    def the_clock_goes_on(self, hours):
        """Back as well: a clock that was wrong is set."""
        self.now += timedelta(hours=hours)

    @rule()
    def the_worker_comes(self):
        timers.attempt(self.town.sessions, self.instance, self.now)
        self.model.let_pass(self.now)
        self.item = self.open_item()

    @invariant()
    def it_is_as_foreseen(self):
        model, self.steps = self.model, self.steps + 1
        with self.town.sessions() as session:
            status = session.scalar(select(Instance.status).where(Instance.id == self.instance))
            found = session.execute(select(WorkItem.element_id, WorkItem.assignee_id).where(
                WorkItem.instance_id == self.instance, WorkItem.status == "open")).all()
            reminded = session.scalar(select(func.count()).select_from(Copy).where(Copy.instance_id == self.instance))
        assert status == model.status
        tasks = [] if model.step in (None, "wait") else [model.step]
        assert [element for element, _ in found] == tasks
        assert [self.town.names.get(assignee) for _, assignee in found] == [model.assignee for _ in tasks]
        assert reminded == model.reminded

    def assert_sound(self):
        with self.town.sessions() as session:
            assert list(check.broken(session, self.instance)) == []

    def teardown(self):
        self.assert_sound()
        self.town.runs[self.steps > 30] += 1  # looked at once before the first


def test_an_issue_goes_as_the_model_says_whatever_anybody_does():
    class InTown(Lives):
        town = Town()

    run_state_machine_as_test(InTown, settings=settings(
        phases=[Phase.generate], max_examples=RUNS * 4 // 3, stateful_step_count=STEPS, deadline=None, database=None,
        derandomize=True, suppress_health_check=list(HealthCheck)))
    runs, acts = InTown.town.runs, InTown.town.acts
    assert runs[True] >= RUNS and acts["refused"] and acts["done"]
    tell(f"model: {runs.total()} runs, {runs[True]} of at least 30 steps; {acts['done']} acts done, "
         f"{acts['refused']} refused as foreseen")
