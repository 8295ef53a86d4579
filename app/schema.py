"""Whether a database's tables are those of this release, and who may bring them there.

Releases are changed one process after the other while the rest go on, so a database may for a while be ahead of a
process: each migration leaves the release before it working (ADR 0010), and such a process neither refuses nor
touches the tables. A database that is behind has to be brought up before anything is served from it.
"""
from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.turns import Turn
from workflows import python_syntax

MIGRATIONS = Path(__file__).parents[1] / "migrations"


class Schema(StrEnum):
    """How a database's tables stand to this release."""
    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"
    """brought up by a newer release"""


def state(connection: Connection) -> Schema:
    """How the database behind this connection stands. Reads one small table."""
    found = set()
    if connection.dialect.has_table(connection, "alembic_version"):
        found = set(connection.scalars(text("SELECT version_num FROM alembic_version")))
    known, newest = revisions()
    if found - known:
        return Schema.AHEAD
    return Schema.CURRENT if found == {newest} else Schema.BEHIND


def fault(engine: Engine) -> str | None:
    """Why nothing can be served from this database yet; None when it can."""
    try:
        with engine.connect() as connection:
            stands = state(connection)
    except (SQLAlchemyError, OSError):
        return "the database cannot be reached"
    return "the database's schema is behind this release: run zhuqi init" if stands is Schema.BEHIND else None


@cache
def revisions() -> tuple[frozenset[str], str]:
    """Every revision that this release knows, and the newest. Read from the migrations' first lines: a web process has
    no room for Alembic, which it would want for nothing else."""
    down = {values["revision"]: values["down_revision"]
            for values in map(_constants, (MIGRATIONS / "versions").glob("*.py"))}
    (newest,) = down.keys() - down.values()
    return frozenset(down), newest


def _constants(file: Path) -> dict[str, Any]:
    """What a migration says of itself, however it writes it down: one by one, several at once, with their types."""
    said: dict[str, Any] = {}
    for line in python_syntax.parse(file.read_bytes()).body:
        if isinstance(line, ast.Assign | ast.AnnAssign) and line.value is not None:
            target = line.targets[0] if isinstance(line, ast.Assign) else line.target
            names = [name.id for name in ast.walk(target) if isinstance(name, ast.Name)]
            values = line.value.elts if isinstance(target, ast.Tuple) and isinstance(line.value, ast.Tuple) else [
                line.value]
            said |= {name: value.value for name, value in zip(names, values, strict=False)
                     if isinstance(value, ast.Constant)}
    return said


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """The block runs in one process at a time, on whichever host. SQLite has one process anyway."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # the lock ends with it
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": int(Turn.PREPARE_DATABASE)})
        yield
