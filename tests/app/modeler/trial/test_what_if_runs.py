"""A what-if's run: worked off beside everything else, stopped, taken up again, and come to its end."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.actor import Actor
from app.cases.errors import NotFound
from app.modeler.trial import what_if
from app.modeler.trial.tried import DRAFT, Tried
from app.models import Issue, TrialCase, TrialRun
from app.worker import loop
from tests.app.modeler.trial.conftest import PLAIN
from workflows.errors import DefinitionRefused
from workflows.versions import content_hash

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def _asked(sessions, add_user, files=PLAIN, now=NOW):
    actor = Actor(add_user("asker", ("city", "admin")), "宋致远", frozenset(), None)
    with sessions.begin() as session:
        return what_if.begin(session, Tried("p", DRAFT, files, content_hash(files)), closed=10, calendar=None,
                             actor=actor, now=now).id, actor


def test_the_worker_works_a_run_off_beside_its_other_work(sessions, run_case, add_user, settings):
    run_case(PLAIN, ("a", {}))
    run_id, _ = _asked(sessions, add_user)
    assert loop.work_once(sessions, settings, NOW)
    with sessions() as session:
        run = what_if.find(session, "p", run_id)
        assert (run.status, run.ended_at) == ("done", NOW)
        assert what_if.progress(session, run) == what_if.Progress(1, 1)
    assert what_if.work_off(sessions, NOW) == 0


def test_a_run_that_is_stopped_goes_no_further(sessions, run_case, add_user, monkeypatch):
    monkeypatch.setattr(what_if, "AT_ONCE", 1)
    run_case(PLAIN), run_case(PLAIN)
    run_id, _ = _asked(sessions, add_user)
    assert what_if.work_off(sessions, NOW) == 1
    with sessions.begin() as session:
        what_if.stop(what_if.find(session, "p", run_id), NOW)
    assert what_if.work_off(sessions, NOW) == 0
    with sessions() as session:
        assert what_if.progress(session, what_if.find(session, "p", run_id)) == what_if.Progress(1, 2)


def test_a_case_that_a_killed_worker_had_taken_is_taken_again(sessions, run_case, add_user):
    run_case(PLAIN)
    run_id, _ = _asked(sessions, add_user)
    with sessions.begin() as session:
        session.execute(update(TrialCase).values(status="taken", taken_at=NOW))
    assert what_if.work_off(sessions, NOW) == 0
    assert what_if.work_off(sessions, NOW + what_if.TAKEN_FOR + timedelta(seconds=1)) == 1
    with sessions() as session:
        assert what_if.find(session, "p", run_id).status == "done"


def test_a_slice_that_has_taken_long_leaves_its_other_cases_to_the_next(sessions, run_case, add_user, monkeypatch):
    monkeypatch.setattr(what_if, "SLICE_SECONDS", 0.0)
    run_case(PLAIN), run_case(PLAIN)
    run_id, _ = _asked(sessions, add_user)
    assert [what_if.work_off(sessions, NOW) for _ in range(3)] == [1, 1, 0]
    with sessions() as session:
        assert what_if.find(session, "p", run_id).status == "done"


@pytest.mark.parametrize(("bound", "reason"), [("CASE_SECONDS", "算得太久"), ("MOST_INPUTS", "太长了")])
def test_a_case_that_would_take_too_long_is_given_up_and_told(run_case, try_files, monkeypatch, bound, reason):
    monkeypatch.setattr(what_if, bound, 0)
    case = run_case(PLAIN)
    assert reason in try_files("p", PLAIN, now=NOW)[case]["stopped"]["reason"]


def test_a_case_that_nobody_can_tell_does_not_keep_the_run_from_its_end(run_case, try_files, monkeypatch):
    def fails(*_, **__):
        raise RecursionError

    monkeypatch.setattr(what_if, "retell", fails)
    case = run_case(PLAIN)
    assert "RecursionError" in try_files("p", PLAIN, now=NOW)[case]["stopped"]["reason"]


def test_another_run_of_the_process_stops_the_one_before_and_old_ones_go(sessions, run_case, add_user):
    run_case(PLAIN)
    first, actor = _asked(sessions, add_user)
    with sessions.begin() as session:
        for _ in range(what_if.KEPT_RUNS):
            what_if.begin(session, Tried("p", DRAFT, PLAIN, ""), closed=10, calendar=None, actor=actor, now=NOW)
    with sessions() as session:
        runs = session.scalars(select(TrialRun).order_by(TrialRun.id)).all()
        assert [run.status for run in runs] == ["stopped"] * (what_if.KEPT_RUNS - 1) + ["running"]
        with pytest.raises(NotFound):
            what_if.find(session, "p", first)


def test_files_that_cannot_be_read_are_refused_before_anything_begins(sessions, run_case, add_user):
    run_case(PLAIN)
    with pytest.raises(DefinitionRefused):
        _asked(sessions, add_user, {"p/p.bpmn": "<no/>"})


def test_a_process_without_cases_is_done_at_once(sessions, add_user):
    run_id, _ = _asked(sessions, add_user)
    with sessions() as session:
        assert what_if.find(session, "p", run_id).status == "done"
        assert session.scalars(select(Issue)).all() == []
