"""Workers on PostgreSQL share due timers through a queue that may lose everything: the timer rows bring it back."""
from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import procrastinate
import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from sqlalchemy import func, select, text
from sqlalchemy.orm import sessionmaker

from app.cases import check, definitions, service, timers
from app.modeler.fleet import moving
from app.modeler.release import publishing
from app.models import Copy, History, Timer
from app.settings import load_settings
from app.worker import loop, scaled
from tests.conftest import MONDAY
from tests.workflows import diagrams as d

PROCESS = d.diagram(
    d.start(), d.user("review"), d.end(),
    d.boundary("late", "review", d.timer("duration", "working_days(2)"), interrupting=False,
               notify="'miit'/head", notify_text="已经超期", notify_kind="remind"),
    d.end("noted"), d.flow("start", "review", "end"), d.flow("late", "noted"))
DUE = MONDAY + timedelta(days=3)
INSTANCES = 40


@pytest.fixture
def engine(postgresql_engine):
    yield postgresql_engine
    with postgresql_engine.begin() as connection:
        names = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        tables = ", ".join(f'"{name}"' for name in names)
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))


@pytest.fixture
def settings(engine):
    return load_settings({"ZHUQI_DATABASE_URL": engine.url.render_as_string(hide_password=False), "ZHUQI_DEMO": "1",
                          "ZHUQI_DATA_DIR": str(Path("var"))})


@pytest.fixture
def instances(session, make_actor, calendar):
    """Running instances, each with a timer that is due on `DUE`."""
    clerk = make_actor("clerk", ("miit", "clerk"))
    definitions.publish(session, "p", d.files(PROCESS), now=MONDAY)
    ids = [service.start_case(session, "p", {}, actor=clerk, now=MONDAY, calendar=calendar).id
           for _ in range(INSTANCES)]
    session.commit()
    return ids


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(loop, "REST_SECONDS", 0.05)
    monkeypatch.setattr(scaled, "POLL_SECONDS", 0.05)


@contextmanager
def workers(sessions: sessionmaker, settings, n):
    """That many workers at once, stopped and waited for at the end."""
    stop = Event()
    threads = [Thread(target=scaled.run, args=(sessions, settings, lambda: DUE, stop)) for _ in range(n)]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive(), "a worker stops when it is told to"


def wait_until_nothing_is_due(session):
    until = time.monotonic() + 20
    while session.scalar(select(func.count()).select_from(Timer)) and time.monotonic() < until:
        session.commit()
        time.sleep(0.05)
    session.commit()


def assert_each_fired_once(session, instances):
    assert session.scalar(select(func.count()).select_from(Timer)) == 0
    assert Counter(session.scalars(select(History.instance_id).where(History.op == "wake"))) == Counter(instances)
    assert Counter(session.scalars(select(Copy.instance_id))) == Counter(instances)
    for instance in instances:
        assert list(check.broken(session, instance)) == []


def test_two_workers_share_what_is_due(session, sessions, settings, instances):
    with workers(sessions, settings, 2):
        wait_until_nothing_is_due(session)
    assert_each_fired_once(session, instances)


def test_two_workers_publish_what_was_agreed_to_for_this_day_once(session, sessions, settings, instances, make_actor):
    admins = [make_actor(name, ("city", "admin")) for name in ("first", "second")]
    files = d.files(PROCESS.replace("working_days(2)", "working_days(3)"))
    waiting = publishing.propose(session, "p", files, note="按通知", effective_at=DUE, actor=admins[0], now=MONDAY)
    publishing.decide(session, waiting.id, True, "", actor=admins[1], now=MONDAY)
    session.commit()
    with workers(sessions, settings, 2):
        until = time.monotonic() + 20
        while waiting.status == "scheduled" and time.monotonic() < until:
            session.commit()
            session.refresh(waiting)
            time.sleep(0.05)
    session.commit()
    assert (waiting.status, definitions.current(session, "p").hash) == ("published", waiting.hash)


def test_an_emptied_queue_loses_nothing(session, sessions, settings, instances):
    app = scaled.make_app(settings, sessions, lambda: DUE)
    scaled.apply_schema(app, sessions)
    scaled.apply_schema(app, sessions)
    with app.open():
        assert scaled.dispatch(app, sessions, lambda: DUE) == min(INSTANCES, timers.SHARES)
        assert scaled.dispatch(app, sessions, lambda: DUE) == 0, "what waits in the queue is not enqueued again"
    session.execute(text("TRUNCATE procrastinate_jobs CASCADE"))
    session.commit()
    with workers(sessions, settings, 1):
        wait_until_nothing_is_due(session)
        session.execute(text("TRUNCATE procrastinate_jobs CASCADE"))
        session.commit()
    assert_each_fired_once(session, instances)


def test_a_job_that_runs_twice_or_late_changes_nothing(session, sessions, settings, instances):
    app = scaled.make_app(settings, sessions, lambda: DUE)
    scaled.apply_schema(app, sessions)
    with workers(sessions, settings, 1):
        wait_until_nothing_is_due(session)
    with app.open():
        app.configure_task(scaled.TASK, queue=scaled.QUEUE).defer(share=instances[0] % timers.SHARES)
        app.configure_task(scaled.TASK, queue=scaled.QUEUE).defer(share=instances[0] % timers.SHARES)
        with workers(sessions, settings, 1):
            until = time.monotonic() + 10
            while session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) and time.monotonic() < until:
                session.commit()
                time.sleep(0.05)
    assert_each_fired_once(session, instances)


def test_a_queue_that_is_away_when_a_worker_starts_is_waited_for(session, sessions, settings, instances, monkeypatch):
    """As when the database restarts at that moment: jobs are run as soon as it is back."""
    asked, stalled = [], JobManager.get_stalled_jobs

    async def away_at_first(self, *given, **named):
        asked.append(1)
        if len(asked) <= 2:
            raise ConnectorException("the server is starting up")
        return await stalled(self, *given, **named)

    monkeypatch.setattr(JobManager, "get_stalled_jobs", away_at_first)
    with workers(sessions, settings, 1):
        wait_until_nothing_is_due(session)
    assert len(asked) == 3
    assert_each_fired_once(session, instances)


def test_a_worker_that_cannot_dispatch_ends_as_a_whole(sessions, settings, monkeypatch):
    """Half a worker would look alive: whoever keeps it then starts it anew."""
    def refuse(self):
        raise ConnectorException("no connection")

    monkeypatch.setattr(procrastinate.App, "open", refuse)
    stop = Event()
    with pytest.raises(ConnectorException):
        scaled.run(sessions, settings, lambda: DUE, stop)
    assert stop.is_set() and not any(thread.name == "jobs" for thread in threading.enumerate())


def test_cases_that_are_to_move_are_shared_out_too_while_their_timers_fire(session, sessions, settings, instances,
                                                                           make_actor):
    admin = make_actor("admin", ("city", "admin"))
    to = definitions.publish(session, "p", d.files(PROCESS.replace('name="review"', 'name="审核"')), now=DUE).hash
    move = moving.begin(session, "p", to, {}, None, "换了名称", actor=admin, now=DUE)
    session.commit()
    with workers(sessions, settings, 2):
        until = time.monotonic() + 20
        while move.status == "running" and time.monotonic() < until:
            time.sleep(0.05)
            session.refresh(move)
            session.commit()
        wait_until_nothing_is_due(session)
    assert moving.counts(session, move) == {"waiting": 0, "moved": INSTANCES, "refused": 0, "reverted": 0}
    assert_each_fired_once(session, instances)
    assert session.scalar(select(func.count()).select_from(History).where(History.op == "migrate")) == INSTANCES
    assert [fault for each in instances for fault in check.broken(session, each)] == []
