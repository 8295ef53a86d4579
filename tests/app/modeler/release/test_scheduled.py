"""What was agreed to from a date: published at its time, once, by whichever worker comes first."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event, Thread

import pytest
from sqlalchemy import func, select

from app.actor import SYSTEM
from app.cases import definitions, service
from app.cases.errors import Blocked
from app.modeler.release import proposals, publishing, scheduling
from app.models import Definition, Instance, Publication
from app.worker import loop
from tests.app.modeler.release.conftest import current, files
from tests.conftest import MONDAY

LATER = MONDAY + timedelta(days=7)


@pytest.fixture
def scheduled(session, propose, second):
    waiting = propose(3, effective_at=LATER)
    publishing.decide(session, waiting.id, True, "", actor=second, now=MONDAY)
    session.commit()
    assert waiting.status == "scheduled"
    return waiting.id


def statuses(session):
    session.commit()
    found = session.scalars(select(Publication.status).order_by(Publication.id)).all()
    session.commit()
    return found


def test_the_worker_publishes_at_its_time_and_once(session, sessions, scheduled, first, settings_of_worker):
    assert not loop.work_once(sessions, settings_of_worker, LATER - timedelta(seconds=1))
    assert current(session) == first
    session.commit()
    assert loop.work_once(sessions, settings_of_worker, LATER)
    assert not loop.work_once(sessions, settings_of_worker, LATER)
    done = session.get_one(Publication, scheduled, populate_existing=True)
    assert (done.status, done.published_at, current(session)) == ("published", LATER, done.hash)


def test_a_worker_that_is_killed_while_publishing_leaves_it_to_the_next_one(session, sessions, scheduled, first,
                                                                            monkeypatch):
    publish = definitions.publish

    def killed(*arguments, **given):
        publish(*arguments, **given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(definitions, "publish", killed)
        with pytest.raises(KeyboardInterrupt):
            scheduling.work_off(sessions, LATER)
    assert (current(session), statuses(session)) == (first, ["scheduled"])
    assert scheduling.work_off(sessions, LATER) == 1
    assert statuses(session) == ["published"]


def test_many_workers_publish_what_is_due_once(session, sessions, scheduled):
    barrier = Barrier(4)

    def work(_):
        barrier.wait()
        return scheduling.work_off(sessions, LATER)

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(work, range(4))) == 1
    assert statuses(session) == ["published"]


def test_of_what_is_due_and_what_is_published_now_one_wins_and_the_other_is_told(session, sessions, scheduled, second,
                                                                                 proposer):
    other = publishing.propose(session, "p", files(9), note="另一改动", actor=second, now=MONDAY).id
    session.commit()
    barrier, results = Barrier(2), []

    def agree():
        barrier.wait()
        try:
            with sessions.begin() as own:
                publishing.decide(own, other, True, "", actor=proposer, now=LATER)
            results.append("agreed")
        except Blocked:
            results.append("told")

    def work():
        barrier.wait()
        scheduling.work_off(sessions, LATER)

    threads = [Thread(target=agree), Thread(target=work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses(session) == (["waiting", "published"] if results == ["agreed"] else ["published", "waiting"])
    assert session.scalar(select(func.count()).select_from(Definition).where(Definition.current)) == 1


def test_cases_that_start_while_the_worker_publishes_start_on_one_version_or_the_other(session, sessions, scheduled,
                                                                                       first, calendar):
    done = Event()

    def start():
        while not done.is_set():
            with sessions.begin() as own:
                service.start_case(own, "p", {}, actor=SYSTEM, now=LATER, calendar=calendar)

    starter = Thread(target=start)
    starter.start()
    scheduling.work_off(sessions, LATER)
    done.set()
    starter.join()
    with sessions.begin() as own:
        service.start_case(own, "p", {}, actor=SYSTEM, now=LATER, calendar=calendar)
    session.commit()
    new = session.get_one(Publication, scheduled).hash
    hashes = session.scalars(select(Instance.definition_hash).order_by(Instance.id)).all()
    assert set(hashes) <= {first, new} and hashes[-1] == new


def test_what_no_longer_fits_at_its_time_goes_back_to_the_proposer(session, sessions, scheduled, proposer):
    definitions.publish(session, "p", files(9), now=MONDAY)
    session.commit()
    assert scheduling.work_off(sessions, LATER) == 1
    assert statuses(session) == ["waiting"]
    assert proposals.waiting_for(session, proposer.user_id) == 1
    assert "当前版本已经不是提议时的那一版" in session.get_one(Publication, scheduled).second_because[-1]


def test_what_is_agreed_to_after_its_time_is_published_at_once(session, propose, second):
    waiting = propose(3, effective_at=LATER)
    assert publishing.decide(session, waiting.id, True, "", actor=second, now=LATER).status == "published"


@pytest.fixture
def settings_of_worker(tmp_path):
    from app.settings import load_settings
    return load_settings({"ZHUQI_DEMO": "1", "ZHUQI_DATA_DIR": str(tmp_path)})
