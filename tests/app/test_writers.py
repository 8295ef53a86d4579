"""Writers of one process get their turns at a SQLite file in the order in which they came."""
from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from app import db
from app.db import READ_ONLY, make_engine
from app.writers import Turns, TurnTakingConnection


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path}/writers.sqlite3")
    with engine.begin() as connection:
        connection.execute(text("create table written (number integer)"))
    yield engine
    engine.dispose()


def turns_of(engine: Engine) -> Turns:
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert isinstance(raw, TurnTakingConnection)
        return raw.turns


def write(engine: Engine, number: int) -> None:
    with engine.begin() as connection:
        connection.execute(text("insert into written values (:number)"), {"number": number})


def written(engine: Engine) -> list[int]:
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
        return list(connection.scalars(text("select number from written order by rowid")))


def test_whoever_came_first_writes_first(file: Engine):
    turns = turns_of(file)
    waiting = []
    with file.begin():
        for number in range(6):
            waiting.append(Thread(target=write, args=(file, number)))
            waiting[-1].start()
            while turns.waiting <= number:
                pass
    for thread in waiting:
        thread.join(10)
    assert written(file) == list(range(6))


def test_readers_wait_for_nobody(file: Engine):
    with file.begin() as connection:
        connection.execute(text("insert into written values (1)"))
        assert written(file) == []


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_a_turn_ends_with_its_transaction(file: Engine, end: str):
    connection = file.connect()
    connection.execute(text("insert into written values (1)"))
    getattr(connection, end)()
    write(file, 2)
    assert written(file) == ([1, 2] if end == "commit" else [2])
    connection.close()


def test_who_is_kept_waiting_too_long_is_told_that_the_database_is_locked(
        file: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(db, "BUSY_TIMEOUT_MS", 1)
    with file.begin(), pytest.raises(OperationalError, match="locked"):
        write(file, 1)
    write(file, 2)
    assert written(file) == [2]


def test_a_writer_of_another_process_that_stays_too_long_costs_nobody_here_their_turn(file: Engine):
    other = sqlite3.connect(str(file.url.database), isolation_level=None)
    other.execute("begin immediate")
    with file.connect() as connection:
        connection.connection.cursor().execute("pragma busy_timeout = 1")
        connection.commit()
        with pytest.raises(OperationalError, match="locked"):
            connection.execute(text("insert into written values (1)"))
    other.execute("rollback")
    write(file, 2)
    assert written(file) == [2]
