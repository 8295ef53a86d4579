"""Databases: SQLite as the embedded default, PostgreSQL as what offices run. One engine a process."""
from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, cast

import orjson
from sqlalchemy import Connection, Dialect, Engine, create_engine, event, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from app.turns import Turn
from app.writers import TurnTakingConnection

BUSY_TIMEOUT_MS = 15_000
CONNECT_SECONDS = 5
SILENT_MS = 20_000
"""a host that no answer comes from is given up after this; its connection is closed and another one opened"""
IDLE_IN_TRANSACTION_MS = 10_000
"""what a process that was cut off in the middle has locked is free again after this: before those who wait for it give
up"""
RESTED_SECONDS = 0.5
"""a connection that nobody has used for so long is asked whether it still stands; no server restarts within it"""
_USED = "used"
READ_ONLY = "zhuqi_read_only"
"""execution option of a connection that only reads: SQLite then begins DEFERRED and takes no writer's place"""


def make_engine(url: str, **options: Any) -> Engine:
    """An engine for `url`. SQLite runs in WAL with foreign keys on; its writers take turns (`app.writers`)."""
    options = {"json_serializer": _to_json, "json_deserializer": orjson.loads} | options
    if make_url(url).get_backend_name() != "sqlite":
        engine = create_engine(url, **{"connect_args": postgresql_arguments()} | options)
        event.listen(engine, "connect", _note_use)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", partial(_ask_the_rested, engine.dialect))
        return engine
    file = make_url(url).database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    arguments = {"factory": TurnTakingConnection, **options.pop("connect_args", {})}
    engine = create_engine(url, connect_args=arguments, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def take_time(connection: Connection) -> None:
    """Lets this transaction be idle for as long as it wants between two statements: for work on many files."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def make_session_factory(engine: Engine) -> sessionmaker[Session]:
    """Sessions whose objects stay readable after the commit, since pages are rendered after it. What only reads is
    committed too (`sessions.begin()`): psycopg forgets a connection's prepared statements at a rollback."""
    return sessionmaker(engine, expire_on_commit=False)


def postgresql_arguments() -> dict[str, Any]:
    """How every connection to PostgreSQL is made. Nothing waits for ever: neither side for the other when it falls
    silent, and nobody for the locks of a host that was cut off."""
    alive = {"keepalives_idle": SILENT_MS // 2000, "keepalives_interval": 5, "keepalives_count": 2}
    server = {"lock_timeout": BUSY_TIMEOUT_MS, "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_MS,
              "tcp_user_timeout": SILENT_MS, **{f"tcp_{name}": value for name, value in alive.items()}}
    return {"application_name": "zhuqi", "connect_timeout": CONNECT_SECONDS, "tcp_user_timeout": SILENT_MS, **alive,
            "options": " ".join(f"-c {name}={value}" for name, value in server.items())}


def take_turns(session: Session, turn: Turn) -> None:
    """From here to the end of the transaction nobody else does what this stands for. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(int(turn))))


def insert_into(session: Session, model: type[Any]) -> Any:
    """An insert that can say what becomes of it when the row is there already, as when somebody presses twice at once:
    `.on_conflict_do_nothing()`, `.on_conflict_do_update(…)`, which both databases word alike."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model)


def begin_reading(session: Session) -> None:
    """Begins a transaction that only reads."""
    session.connection(execution_options={READ_ONLY: True})


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_USED] = monotonic()


def _ask_the_rested(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """A connection that does not answer is replaced, and so are those that have rested beside it."""
    if monotonic() - record.info[_USED] < RESTED_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = bool(connection.get_execution_options().get(READ_ONLY))
    raw = cast(TurnTakingConnection, connection.connection.dbapi_connection)
    try:
        raw.begin(reads, BUSY_TIMEOUT_MS / 1000)
    except sqlite3.OperationalError as error:  # SQLAlchemy does not look at what its listeners raise
        raise OperationalError("BEGIN", None, error) from error
