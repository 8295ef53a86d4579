"""Whether a database's tables are those of this release, and who may bring them there.

Releases are changed one process after the other while the rest go on, so a database may for a while be ahead of a
process: each migration leaves the release before it working (ADR 0010), and such a process neither refuses nor
touches the tables. A database that is behind has to be brought up before anything is served from it.
"""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

MIGRATIONS = Path(__file__).parents[1] / "migrations"
_PREPARING = 7_305_002
"""advisory lock: hosts that start together prepare the database one after the other"""


class Schema(StrEnum):
    """How a database's tables stand to this release."""
    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"
    """brought up by a newer release"""


def state(connection: Connection) -> Schema:
    """How the database behind this connection stands. Reads one small table."""
    here = set(MigrationContext.configure(connection).get_current_heads())
    known, heads = _ours()
    if here - known:
        return Schema.AHEAD
    return Schema.CURRENT if here == heads else Schema.BEHIND


def fault(engine: Engine) -> str | None:
    """Why nothing can be served from this database yet; None when it can."""
    try:
        with engine.connect() as connection:
            stands = state(connection)
    except (SQLAlchemyError, OSError):
        return "the database cannot be reached"
    return "the database's schema is behind this release: run zhuqi init" if stands is Schema.BEHIND else None


@cache
def _ours() -> tuple[frozenset[str], frozenset[str]]:
    """Every revision that this release knows, and the newest."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    return frozenset(script.revision for script in scripts.walk_revisions()), frozenset(scripts.get_heads())


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """The block runs in one process at a time, on whichever host. SQLite has one process anyway."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # the lock ends with it
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _PREPARING})
        yield
