"""Fifty running cases move to another version: tried first, moved one by one, killed in between, taken back."""
from __future__ import annotations

import multiprocessing
import os
import signal
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from app.cases import check, service
from app.cases.errors import Blocked, NotFound
from app.db import make_engine, make_session_factory
from app.modeler.fleet import moving
from app.models import History, MigrationCase, Timer, WorkItem
from tests.app.modeler import fleet
from tests.app.modeler.fleet import LATER
from tests.conftest import MONDAY
from tests.sizes import tell
from workflows.calendar import Calendar

CALENDAR = Calendar(version=0)


@pytest.fixture
def clerk(session, make_actor):
    clerk = make_actor("clerk", ("miit", "clerk"))
    session.commit()
    return clerk


@pytest.fixture
def admin(session, make_actor):
    admin = make_actor("admin", ("city", "admin"), name="宋致远")
    session.commit()
    return admin


@pytest.fixture
def hashes(sessions, clerk):
    return fleet.begin(sessions, clerk)


@pytest.fixture
def trial(sessions, hashes):
    def try_out(**mapping):
        with sessions() as session:
            return moving.trial(session, "p", hashes[1], mapping, now=LATER, calendar=CALENDAR)
    return try_out


@pytest.fixture
def begin(sessions, hashes, admin):
    def ask(mapping, only=None):
        with sessions.begin() as session:
            return moving.begin(session, "p", hashes[1], mapping, only, "五日改三日", actor=admin, now=LATER).id
    return ask


def work_off(sessions):
    while moving.work_off(sessions, LATER):
        pass


def assert_all_sound(sessions):
    with sessions() as session:
        assert [fault for each in check.instances(session) for fault in check.broken(session, each)] == []


def counts(sessions, move_id):
    with sessions() as session:
        return moving.counts(session, moving.find(session, "p", move_id))


def test_the_trial_tells_what_moves_what_needs_a_step_and_what_cannot(sessions, hashes, trial):
    found = trial()
    assert len(found.ready) == 41 and found.fires == []
    assert {step: len(cases) for step, cases in found.missing.items()} == {"old": 6}
    ((reason, cases),) = found.refused.items()
    assert len(cases) == 3 and "m" in reason and "多人" in reason
    found = trial(old="new")
    assert (len(found.ready), found.missing, sum(map(len, found.refused.values()))) == (47, {}, 3)
    with sessions() as session:
        assert fleet.versions(session) == {hashes[0]: 50}
        assert session.scalar(select(func.count()).select_from(History).where(History.op == "migrate")) == 0


def test_the_fleet_moves_and_those_that_cannot_say_why(sessions, hashes, begin):
    move_id = begin({"old": "new"})
    work_off(sessions)
    assert counts(sessions, move_id) == {"waiting": 0, "moved": 47, "refused": 3, "reverted": 0}
    with sessions() as session:
        assert moving.find(session, "p", move_id).status == "done"
        assert fleet.versions(session) == {hashes[0]: 3, hashes[1]: 47}
        assert set(session.scalars(select(WorkItem.element_id).where(WorkItem.status == "open"))) == {
            "a", "new", "m", "b"}
        due = set(session.scalars(select(Timer.due_at)))
        assert len(due) == 1 and due == set(session.scalars(select(WorkItem.due_at).where(
            WorkItem.element_id == "a", WorkItem.status == "open")))
        assert set(session.scalars(select(History.text).where(History.op == "migrate"))) == {
            "流程由第1版移到第2版：五日改三日"}
        assert all(session.scalars(select(MigrationCase.reason).where(MigrationCase.status == "refused")))
    assert_all_sound(sessions)
    tell("moving cases: 47 of 50 moved, 3 refused with their reason, all replay")


def test_only_those_that_were_chosen_move(sessions, hashes, begin, trial):
    chosen = {case.instance_id for case in trial().ready[:5]}
    move_id = begin({}, chosen)
    work_off(sessions)
    assert counts(sessions, move_id)["moved"] == 5
    with sessions() as session:
        assert fleet.versions(session)[hashes[1]] == 5


def _move_until_killed(url: str, commits: int) -> None:
    """Moves cases and dies without a word when the given number of them is written and the next is about to be."""
    sessions = make_session_factory(make_engine(url))
    seen = []

    @event.listens_for(Session, "before_commit")
    def before_commit(_session: Session) -> None:
        seen.append(1)
        if len(seen) > commits:
            os.kill(os.getpid(), signal.SIGKILL)

    moving.work_off(sessions, LATER)


def test_a_worker_that_is_killed_in_the_middle_leaves_whole_cases_and_another_goes_on(sessions, hashes, begin, engine):
    move_id = begin({"old": "new"})
    url = engine.url.render_as_string(hide_password=False)
    child = multiprocessing.get_context("spawn").Process(target=_move_until_killed, args=(url, 11))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert counts(sessions, move_id) == {"waiting": 39, "moved": 11, "refused": 0, "reverted": 0}
    assert_all_sound(sessions)
    work_off(sessions)
    assert counts(sessions, move_id) == {"waiting": 0, "moved": 47, "refused": 3, "reverted": 0}
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(History).where(History.op == "migrate")) == 47
    assert_all_sound(sessions)
    tell("moving cases: killed after 11 of 50, gone on with, none lost and none moved twice")


def test_two_workers_share_a_move_and_move_no_case_twice(sessions, begin):
    move_id, together = begin({"old": "new"}), Barrier(2)

    def share() -> None:
        together.wait()
        work_off(sessions)

    workers = [Thread(target=share) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    work_off(sessions)
    assert counts(sessions, move_id) == {"waiting": 0, "moved": 47, "refused": 3, "reverted": 0}
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(History).where(History.op == "migrate")) == 47
        assert moving.find(session, "p", move_id).status == "done"
    assert_all_sound(sessions)


def test_a_move_is_taken_back_until_the_next_step(sessions, hashes, begin, admin, clerk):
    move_id = begin({"old": "new"})
    work_off(sessions)
    with sessions.begin() as session:
        item = session.scalars(select(WorkItem).where(WorkItem.element_id == "a", WorkItem.status == "open")
                               .order_by(WorkItem.id)).first()
        gone_on = item.instance_id
        service.complete_item(session, item.id, {"x": 0}, actor=clerk, now=LATER, calendar=CALENDAR)
    with sessions.begin() as session:
        move = moving.find(session, "p", move_id)
        cases = set(session.scalars(select(MigrationCase.instance_id)))
        assert moving.take_back(session, move, cases, actor=admin, now=LATER, calendar=CALENDAR) == 46
    assert counts(sessions, move_id) == {"waiting": 0, "moved": 1, "refused": 3, "reverted": 46}
    with sessions.begin() as session:
        assert fleet.versions(session) == {hashes[0]: 49, hashes[1]: 1}
        moving.forget_states(session)
        kept = select(MigrationCase.from_state).where(MigrationCase.instance_id == gone_on)
        assert session.scalars(kept).one() is None
    assert_all_sound(sessions)
    tell("moving cases: 46 of 47 taken back, 1 had gone on")


def test_a_stopped_move_leaves_the_rest_where_they_are(sessions, begin):
    move_id = begin({})
    with sessions.begin() as session:
        moving.stop(session, moving.find(session, "p", move_id), LATER)
    assert moving.work_off(sessions, LATER) == 0
    assert counts(sessions, move_id)["waiting"] == 50


def test_what_is_asked_for_wrongly_is_refused(sessions, session, hashes, begin, admin):
    for key, to, only, note, refusal in (
            ("p", "0" * 64, None, "试", NotFound), ("q", hashes[1], None, "试", NotFound),
            ("p", hashes[1], None, " ", Blocked), ("p", hashes[1], {10 ** 6}, "试", Blocked)):
        with pytest.raises(refusal):
            moving.begin(session, key, to, {}, only, note, actor=admin, now=MONDAY)
    session.rollback()
    move_id = begin({})
    with pytest.raises(Blocked, match="还没有做完"):
        moving.begin(session, "p", hashes[1], {}, None, "试", actor=admin, now=MONDAY)
    with pytest.raises(NotFound):
        moving.find(session, "q", move_id)


def test_a_move_takes_no_case_past_a_step_that_the_new_version_still_has(sessions, hashes, trial, begin):
    (reason,) = trial(a="b", old="new").refused
    assert "“a”在新版本里还在" in reason
    begin({"a": "b", "old": "new"})
    moving.work_off(sessions, LATER)
    with sessions() as session:
        assert set(session.scalars(select(MigrationCase.status))) == {"refused"}
        assert fleet.versions(session) == {hashes[0]: 50}


def test_of_two_moves_that_are_asked_for_at_once_one_begins(begin):
    barrier, results = Barrier(2), []

    def ask():
        barrier.wait()
        try:
            results.append(begin({}))
        except Blocked:
            results.append("told")

    threads = [Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 2 and results.count("told") == 1
