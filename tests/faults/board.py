"""What a state machine plays on: one database in memory, the people of a town, and an issue that a model speaks for.

The model says beforehand what each act leads to. An act that it calls impossible has to be refused, and nothing may
have changed then.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from app.actor import ENTERPRISE, Actor
from app.cases import check, definitions, timers
from app.cases.errors import CaseError
from app.db import make_engine, make_session_factory
from app.issues.registration import PROCESS, register
from app.models import Base, Issue, Post, User
from app.organisation import load_organisation
from tests.conftest import MONDAY
from tests.faults import life
from tests.sizes import tell
from workflows.calendar import CITY_ZONE, Calendar
from workflows.errors import WorkflowError

CALENDAR = Calendar(version=0)
STEPS = 40
LEAST_STEPS = 30
"""of a run that counts; a few that end before come on top"""
_LOOK = """
SELECT i.status, w.id, w.kind, w.element_id, w.unit_code, w.position_code, w.assignee_id, w.urged FROM instance i
LEFT JOIN work_item w ON w.instance_id = i.id AND w.status = 'open' WHERE i.id = ? ORDER BY w.id"""


class Row(NamedTuple):
    """An open work item as it is seen; `assignee` is a person's name on the board."""
    id: int
    kind: str
    element: str
    post: tuple[str, str]
    assignee: str | None
    urged: int


class Board:
    """One database in memory for all runs; each run has issues of its own."""

    def __init__(self, people: Mapping[str, tuple[str, str]], files: Mapping[str, str]) -> None:
        engine = make_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        Base.metadata.create_all(engine)
        self.sessions = make_session_factory(engine)
        self.actors: dict[str, Actor] = {}
        with self.sessions.begin() as session:
            load_organisation(session)
            definitions.publish(session, PROCESS, files, now=MONDAY)
            for name, post in people.items():
                user = User(username=name, name=name, password_hash="!", must_change_password=False, created_at=MONDAY,
                            posts=[Post(unit_code=post[0], position_code=post[1])])
                session.add(user)
                session.flush()
                self.actors[name] = Actor(user.id, name, frozenset({post}), post)
        self.names = {actor.user_id: name for name, actor in self.actors.items()}
        self.driver: Any = engine.raw_connection().driver_connection
        self.runs, self.acts, self.refused = Counter[bool](), Counter[str](), Counter[str]()


@dataclass
class Standing:
    """What every model knows: how the instance stands."""
    status: str = "running"

    def copy(self) -> Any:
        """As deep as acts change it: what the containers hold is never changed itself."""
        twin = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, dict):
                setattr(twin, name, dict(value))
        return twin

    def let_pass(self, now: datetime) -> None:
        """What is due by now happens first, whoever acts."""


class Playing(RuleBasedStateMachine):
    """A machine whose rules `play` acts on an issue. Who has what open is looked at after each of them."""
    board: Board
    model: Any

    def __init__(self) -> None:
        super().__init__()
        self.now, self.steps = MONDAY, 0
        self.begin()

    def begin(self) -> None:
        self.model = self.new_model()
        with self.board.sessions.begin() as session:
            issue, _ = register(session, life.report(), ENTERPRISE, self.now, CALENDAR)
            assert issue.instance_id is not None
            self.issue, self.instance = issue.id, issue.instance_id
        self.look()

    def new_model(self) -> Any:
        raise TypeError("each machine has its own")

    def look(self) -> None:
        """Sees `status` and the open `rows`."""
        found = self.board.driver.execute(_LOOK, (self.instance,)).fetchall()
        self.status = found[0][0]
        self.rows = [Row(id, kind, element, (unit, position), self.board.names.get(assignee), urged)
                     for _, id, kind, element, unit, position, assignee, urged in found if id is not None]

    def who(self, name: str) -> dict[str, Any]:
        """A person's part in an act."""
        return {"actor": self.board.actors[name], "now": self.now}

    def issue_in(self, session: Session) -> Issue:
        return session.get_one(Issue, self.issue)

    def play(self, name: str, act: Callable[[Session], object], possible: Callable[[Any], object],
             follow: Callable[[Any], object], *, lets_pass: bool = True) -> bool:
        """Does the act and says whether it was done. `possible` judges the model, in which what is due has passed first
        if the act is an input of the engine's; `follow` tells the model what comes of it."""
        after = self.model.copy()
        if lets_pass:
            after.let_pass(self.now)
        expected, refusal = bool(possible(after)), None
        try:
            with self.board.sessions.begin() as session:
                act(session)
        except (CaseError, WorkflowError) as refused:
            refusal = refused
        assert expected is (refusal is None), f"{name}, against the model: {refusal or 'done'}"
        (self.board.acts if expected else self.board.refused)[name] += 1
        if expected:
            follow(after)
            self.model = after
            self.look()
        return expected

    def worker_comes(self) -> None:
        timers.attempt(self.board.sessions, self.instance, self.now)
        self.model.let_pass(self.now)
        self.look()

    def assert_sound(self) -> None:
        with self.board.sessions() as session:
            assert list(check.broken(session, self.instance)) == []

    def teardown(self) -> None:
        self.assert_sound()
        self.board.runs[self.steps > LEAST_STEPS] += 1  # looked at once before the first


def run(machine: type[Playing], board: Board, name: str, runs: int) -> None:
    """So many runs of at least 30 steps, and a figure of them."""
    class OnBoard(machine):  # type: ignore[misc, valid-type]
        pass

    OnBoard.board = board
    run_state_machine_as_test(OnBoard, settings=settings(
        phases=[Phase.generate], max_examples=runs * 4 // 3, stateful_step_count=STEPS, deadline=None, database=None,
        derandomize=True, suppress_health_check=list(HealthCheck)))
    assert board.runs[True] >= runs
    tell(f"model, {name}: {board.runs.total()} runs, {board.runs[True]} of at least {LEAST_STEPS} steps; "
         f"{board.acts.total()} acts of {len(board.acts)} kinds done, {board.refused.total()} of {len(board.refused)} "
         f"refused as foreseen")


def one_in(times: int) -> st.SearchStrategy[bool]:
    """For what would end every run early. The last of a list is drawn no more often than the others, unlike a 0."""
    return st.sampled_from([False] * (times - 1) + [True])


def close_of_day(now: datetime, working_days: int) -> datetime:
    return Calendar.end_of(CALENDAR.add_working_days(now.astimezone(CITY_ZONE).date(), working_days))
