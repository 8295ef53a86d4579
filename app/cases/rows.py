"""Statements of the hot path: built once, compiled once, run without the ORM (docs/performance.md)."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Executable, Table

from app.models import Base

Json = Any


def table(model: type[Base]) -> Table:
    """The table of a model."""
    return cast(Table, model.__table__)


def run(connection: Connection, statement: Executable, parameters: Mapping[str, Json] | list[dict[str, Json]],
        ) -> CursorResult[Any]:
    """Runs such a statement; once for each of several parameters. The columns that an insert or update writes are
    those among its parameters. It sees what the session has flushed, and refreshes none of its objects."""
    return connection.execute(statement, parameters)
