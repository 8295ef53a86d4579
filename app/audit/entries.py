"""Entries of the history as an audit reads them: plain rows with their canonical bytes, not objects of the session."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from app.cases.history import CHAINED, canonical
from app.cases.rows import table
from app.models import History

HISTORY = table(History)
_COLUMNS = [HISTORY.c[name] for name in (*CHAINED, "hash")]
AT_ONCE = 2_000
"""rows in memory at a time"""


@dataclass(slots=True)
class Entry:
    """`content` is what its hash is of; `input` the part of it that may commit to personal data."""
    instance_id: int
    seq: int
    at: datetime
    prev_hash: str
    hash: str
    content: bytes
    input: dict[str, Any]
    op: str


def asked() -> Select[Any]:
    """All entries with what is hashed of them, by case and place; the caller says which."""
    return select(*_COLUMNS).order_by(HISTORY.c.instance_id, HISTORY.c.seq)


def read(connection: Connection, chosen: Select[Any]) -> Iterator[Entry]:
    """The entries that a selection like `asked()` finds."""
    for row in connection.execute(chosen.execution_options(yield_per=AT_ONCE)).mappings():
        yield Entry(row["instance_id"], row["seq"], row["at"], row["prev_hash"], row["hash"],
                    canonical(row), row["input"], row["op"])  # type: ignore[arg-type]
