"""Rollups: what is counted in each month of a unit, a category and a level, each of which may be all of them ('*'); and
the same of each leader in charge."""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.cases.rows import table
from app.db import insert_into
from app.measures.facting import Key
from app.models import LeaderCell, MeasureCell

ALL = "*"
Cell = type[MeasureCell] | type[LeaderCell]
CellKey = tuple[int | str, ...]
"""a cell's primary key"""
_AT_ONCE = 200


def apply(session: Session, changes: Mapping[Key, int]) -> None:
    """Adds what has changed to the cells that it counts in. The caller holds the lock of whoever measures."""
    for cell, by_key in _by_cell(changes).items():
        keys = sorted(by_key)
        for start in range(0, len(keys), _AT_ONCE):
            _add(session, cell, keys[start:start + _AT_ONCE], by_key)


def _by_cell(changes: Mapping[Key, int]) -> dict[Cell, dict[CellKey, Counter[str]]]:
    """What changes in which cell: each of unit, category and level also counts in the cells of all of them."""
    of_all: dict[CellKey, Counter[str]] = defaultdict(Counter)
    of_leaders: dict[CellKey, Counter[str]] = defaultdict(Counter)
    for (leader, month, unit, category, level, name), number in changes.items():
        if number:
            for each in product((unit, ALL), (category, ALL), (level, ALL)):
                of_all[(month, *each)][name] += number
                if leader is not None:
                    of_leaders[(leader, month, *each)][name] += number
    return {MeasureCell: of_all, LeaderCell: of_leaders}


def _add(session: Session, cell: Cell, keys: Sequence[CellKey], changes: Mapping[CellKey, Counter[str]]) -> None:
    columns = list(table(cell).primary_key)
    names = [column.key for column in columns]
    rows = session.execute(select(*columns, cell.counts).where(tuple_(*columns).in_(keys)))
    known = {tuple(key): counts for *key, counts in rows}
    values = []
    for each in keys:
        counts = Counter(known.get(each, {}))
        counts.update(changes[each])
        values.append(dict(zip(names, each, strict=True)) |
                      {"counts": {name: number for name, number in sorted(counts.items()) if number}})
    insert = insert_into(session, cell)
    session.execute(insert.on_conflict_do_update(index_elements=names, set_={"counts": insert.excluded.counts}), values)


def summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Several cells' counts as one's. A page adds up hundreds of thousands of numbers."""
    total: dict[str, int] = {}
    for each in counts:
        for name, number in each.items():
            total[name] = total.get(name, 0) + number
    return total
