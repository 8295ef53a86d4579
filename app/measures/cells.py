"""Rollups: what is counted in each month of a unit, a category and a level, each of which may be all of them ('*')."""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.db import insert_into
from app.measures.facting import Key
from app.models import MeasureCell

ALL = "*"
CellKey = tuple[str, str, str, str]
"""(month, unit, category, level)"""
_AT_ONCE = 200
_KEYS = (MeasureCell.month, MeasureCell.unit, MeasureCell.category, MeasureCell.level)


def apply(session: Session, changes: Mapping[Key, int]) -> None:
    """Adds what has changed to the cells that it counts in. The caller holds the lock of whoever measures."""
    by_cell = _by_cell(changes)
    keys = sorted(by_cell)
    for start in range(0, len(keys), _AT_ONCE):
        _add(session, keys[start:start + _AT_ONCE], by_cell)


def _by_cell(changes: Mapping[Key, int]) -> dict[CellKey, Counter[str]]:
    """What changes in which cell: each of unit, category and level also counts in the cells of all of them."""
    found: dict[CellKey, Counter[str]] = defaultdict(Counter)
    for (month, unit, category, level, name), number in changes.items():
        if number:
            for each in product((unit, ALL), (category, ALL), (level, ALL)):
                found[(month, *each)][name] += number
    return found


def _add(session: Session, keys: Sequence[CellKey], changes: Mapping[CellKey, Counter[str]]) -> None:
    rows = session.execute(select(*_KEYS, MeasureCell.counts).where(tuple_(*_KEYS).in_(keys)))
    known = {(row.month, row.unit, row.category, row.level): row.counts for row in rows}
    values = []
    for key in keys:
        counts = Counter(known.get(key, {}))
        counts.update(changes[key])
        values.append(dict(zip(("month", "unit", "category", "level"), key, strict=True)) |
                      {"counts": {name: number for name, number in sorted(counts.items()) if number}})
    insert = insert_into(session, MeasureCell)
    session.execute(insert.on_conflict_do_update(index_elements=[column.key for column in _KEYS],
                                                 set_={"counts": insert.excluded.counts}), values)


def summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Several cells' counts as one's. A page adds up hundreds of thousands of numbers."""
    total: dict[str, int] = {}
    for each in counts:
        for name, number in each.items():
            total[name] = total.get(name, 0) + number
    return total
