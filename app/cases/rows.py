"""Statements of the hot path: built once, compiled once, run without the ORM (docs/performance.md)."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import CursorResult, Executable, Table
from sqlalchemy.orm import Session

from app.models import Base

Json = Any


def table(model: type[Base]) -> Table:
    """The table of a model."""
    return cast(Table, model.__table__)


def run(session: Session, statement: Executable, parameters: Mapping[str, Json] | list[dict[str, Json]],
        ) -> CursorResult[Any]:
    """Runs such a statement on the session's own connection, in its transaction. The columns that an insert or update
    writes are those among its parameters. It sees what the session has flushed, and refreshes no objects of it."""
    return session.connection().execute(statement, parameters)
