"""A full disk and a database that can only be read: a clear page, no half-written case, and on it goes by itself."""
from __future__ import annotations

import errno
import os
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select, text

from app.actor import SYSTEM
from app.cases import check, definitions, service, timers
from app.db import begin_reading
from app.models import Base, Copy, History, Incident, Timer, WorkItem
from tests.conftest import MONDAY
from tests.workflows import diagrams as d

MANY = 400
"""presses of which a database that cannot grow must have refused one"""
DUE = MONDAY.replace(day=9)
RING = d.diagram(
    d.start(), d.xor("again", default="draft"), d.user("draft"), d.end(),
    d.boundary("late", "draft", d.timer("duration", "working_days(2)"), interrupting=False,
               notify="'miit'/head", notify_text="已经超期", notify_kind="remind"), d.end("noted"),
    d.flow("start", "again", "draft", "again"), d.flow("again", "end", when="stop"), d.flow("late", "noted"),
    variables='{"stop": false}', unit="'finance'")
NO_SPACE = "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION " \
           "'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
TOLD = {"full": "存储空间已满", "read_only": "暂时只能查看"}


@pytest.fixture
def case(sessions, calendar, officer):
    """A case that goes round and round in the bureau of the officer, who is signed in."""
    with sessions.begin() as session:
        definitions.publish(session, "p", d.files(RING), now=MONDAY)
        return service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=calendar).id


@pytest.fixture
def trouble(app, engine):
    """`with trouble("full"):` the database has no room left meanwhile; `"read_only"`: it takes no writes."""
    engines = (engine, app.extensions["zhuqi"].engine)
    on_sqlite = engine.dialect.name == "sqlite"

    @contextmanager
    def every_transaction(statement):
        def say(connection):
            connection.exec_driver_sql(statement)

        for each in engines:
            event.listen(each, "begin", say)
        try:
            yield
        finally:
            for each in engines:
                event.remove(each, "begin", say)
                each.dispose()

    @contextmanager
    def no_space():
        with engine.begin() as connection:
            connection.execute(text(NO_SPACE))
            for name in Base.metadata.tables:
                connection.execute(text(f"CREATE TRIGGER no_space BEFORE INSERT ON {name} EXECUTE FUNCTION no_space()"))
        try:
            yield
        finally:
            with engine.begin() as connection:
                connection.execute(text("DROP FUNCTION no_space CASCADE"))

    def begin(kind):
        if kind == "read_only":
            return every_transaction("PRAGMA query_only = 1" if on_sqlite else "SET TRANSACTION READ ONLY")
        return every_transaction("PRAGMA max_page_count = 1") if on_sqlite else no_space()

    return begin


class Desk:
    """The officer's press on whatever is open in the case."""

    def __init__(self, sessions, officer, case):
        self.sessions, self.officer, self.case = sessions, officer, case

    @contextmanager
    def reading(self):
        with self.sessions() as session:
            begin_reading(session)
            yield session

    def press(self):
        with self.reading() as session:
            item = session.scalars(select(WorkItem.id).where(WorkItem.status == "open")).one()
        return self.officer.submit(f"/tasks/{item}/complete", on="/account/password")

    def length(self):
        with self.reading() as session:
            return session.scalar(select(func.count()).select_from(History))

    def sound(self):
        with self.reading() as session:
            return list(check.broken(session, self.case)) == []


@pytest.fixture
def desk(sessions, officer, case):
    return Desk(sessions, officer, case)


@pytest.mark.parametrize("kind", ["full", "read_only"])
def test_a_press_that_cannot_be_kept_is_told_so_and_leaves_nothing(desk, trouble, kind):
    with trouble(kind):
        for _ in range(MANY):
            before = desk.length()
            page = desk.press()
            if page.status_code != 303:
                break
        assert page.status_code == 503 and TOLD[kind] in page.text and "没有保存" in page.text
        assert desk.length() == before and desk.sound()
        assert desk.officer.get("/inbox").status_code == 200, "reading goes on"
    assert desk.press().status_code == 303, "no hand was needed"
    assert desk.length() == before + 1 and desk.sound()


@pytest.mark.parametrize("kind", ["full", "read_only"])
def test_a_page_that_was_read_for_an_hour_is_still_there(desk, trouble, kind, clock):
    """That somebody was seen is noted once a minute; when it cannot be, the page is shown all the same."""
    with trouble(kind):
        for _ in range(3):
            clock.advance(minutes=5)
            assert desk.officer.get("/inbox").status_code == 200


def test_a_database_that_is_away_is_told_so_and_comes_back(officer, app, monkeypatch):
    """Whatever page is asked for, with whatever method, by somebody who is signed in or not."""
    engine = app.extensions["zhuqi"].engine

    def refuse(*_given, **_named):
        raise engine.dialect.loaded_dbapi.OperationalError("connection refused")

    with monkeypatch.context() as patch:
        engine.dispose()
        patch.setattr(engine.dialect.loaded_dbapi, "connect", refuse)
        for page in (officer.get("/inbox"), officer.get("/nowhere"), officer.post("/tasks/1/complete"),
                     app.test_client().submit("/follow", {"code": "ABCD" * 3})):
            assert page.status_code == 503 and "连不上数据库" in page.text
        assert officer.get("/inbox", headers={"Accept": "application/json"}).json["status"] == 503
    assert officer.get("/inbox").status_code == 200


@pytest.mark.parametrize("kind", ["full", "read_only"])
def test_timers_wait_for_better_times_and_then_fire_once(desk, sessions, trouble, calendar, kind):
    with sessions.begin() as session:
        for _ in range(100):
            service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=calendar)
    with trouble(kind):
        fired = timers.work_off(sessions, DUE)
        for _ in range(timers.MAX_ATTEMPTS):
            fired += timers.work_off(sessions, DUE)
        assert fired < 101
    assert fired + timers.work_off(sessions, DUE) == 101
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Copy).where(Copy.kind == "remind")) == 101
        assert session.scalar(select(func.count()).select_from(Incident)) == 0
        assert session.scalar(select(func.count()).select_from(Timer)) == 0
    assert desk.sound()


@pytest.mark.parametrize(("number", "told"), [(errno.ENOSPC, "存储空间已满"), (errno.EROFS, "暂时只能查看")])
def test_a_folder_of_files_without_room_is_told_so(desk, monkeypatch, number, told):
    def fail(*_given, **_named):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("app.inbox.form_files.take", fail)
    page = desk.press()
    assert page.status_code == 503 and told in page.text
