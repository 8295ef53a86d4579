"""Databases: SQLite as the embedded default, PostgreSQL as what offices run. One engine a process."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

BUSY_TIMEOUT_MS = 15_000
READ_ONLY = "zhuqi_read_only"
"""execution option of a connection that only reads: SQLite then begins DEFERRED and takes no writer's place"""


def make_engine(url: str, **options: Any) -> Engine:
    """An engine for `url`. SQLite runs in WAL with foreign keys on, and every transaction begins IMMEDIATE: a deferred
    one that turns into a writer halfway fails at once when another has written meanwhile."""
    options = {"json_serializer": _to_json, "json_deserializer": orjson.loads} | options
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, **options)
    file = make_url(url).database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def make_session_factory(engine: Engine) -> sessionmaker[Session]:
    """Sessions whose objects stay readable after the commit, since pages are rendered after it. What only reads is
    committed too (`sessions.begin()`): psycopg forgets a connection's prepared statements at a rollback."""
    return sessionmaker(engine, expire_on_commit=False)


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get(READ_ONLY)
    connection.exec_driver_sql("BEGIN DEFERRED" if reads else "BEGIN IMMEDIATE")
