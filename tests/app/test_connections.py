"""Connections to PostgreSQL that are kept: what has rested is asked whether it still stands."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from app import db
from app.db import make_engine


@pytest.fixture
def kept(postgresql_url: str) -> Iterator[Engine]:
    engine = make_engine(postgresql_url)
    yield engine
    engine.dispose()


def test_a_connection_that_has_rested_while_the_server_went_is_replaced(
        kept: Engine, postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "RESTED_SECONDS", 0.0)
    lost = _end(_used(kept, 2), postgresql_url)
    assert not lost & _used(kept, 2)


def test_a_connection_that_was_just_at_work_is_taken_at_its_word(
        kept: Engine, postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "RESTED_SECONDS", 3600.0)
    used = _used(kept, 2)
    assert _used(kept, 2) == used
    _end(used, postgresql_url)
    with pytest.raises(OperationalError):
        _used(kept, 1)
    assert not used & _used(kept, 2), "whoever meets a lost one throws away those beside it"


def _used(engine: Engine, n: int) -> set[int]:
    """The server's processes behind n connections that are used at once."""
    held = [engine.connect() for _ in range(n)]
    try:
        return {connection.scalar(text("SELECT pg_backend_pid()")) for connection in held}
    finally:
        for connection in held:
            connection.close()


def _end(processes: set[int], postgresql_url: str) -> set[int]:
    """The server ends these connections, as a restart does."""
    other = make_engine(postgresql_url)
    with other.begin() as connection:
        for process in processes:
            connection.execute(text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})
    other.dispose()
    return processes
