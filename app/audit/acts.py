"""The administrators' log as seals and verifications read it: one more case, whose entries are the acts (ADR 21)."""
from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from app.audit.entries import AT_ONCE, Entry
from app.cases.history import canonical
from app.cases.rows import table
from app.models import AdminAct
from app.powers.log import CHAINED

LOG = 0
"""stands for the log where leaves and findings have a case's id; those are counted from 1"""
ACTS = table(AdminAct)


def read(connection: Connection, first: int = 1) -> Iterator[Entry]:
    """The acts from this place on, by place."""
    columns = [ACTS.c[name] for name in (*CHAINED, "hash")]
    asked = select(*columns).where(ACTS.c.seq >= first).order_by(ACTS.c.seq)
    for row in connection.execute(asked.execution_options(yield_per=AT_ONCE)).mappings():
        yield Entry(LOG, row["seq"], row["at"], row["prev_hash"], row["hash"],
                    canonical(row, CHAINED), {}, row["what"])  # type: ignore[arg-type]
