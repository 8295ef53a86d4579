"""Very many rows, copied inside the database from one that the product has made, in one statement a table."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, Connection, case, cast, func, insert, literal, select, text
from sqlalchemy.dialects.postgresql import INTERVAL

from app.cases.rows import table
from app.models import Base

Number = ColumnElement[int]
"""of a copy: 1 to n"""


def copy(connection: Connection, model: type[Base], template: int, n: int,
         **different: Callable[[Number], Any]) -> None:
    """Inserts `n` copies of the row whose id is `template`. `different` columns follow from the copy's number; the id
    comes by itself unless it is among them."""
    rows, numbers = table(model), numbers_to(n)
    original = rows.alias("original")
    names = [column.name for column in rows.columns if column.name != "id" or "id" in different]
    values = [different[name](numbers.c.i) if name in different else original.c[name] for name in names]
    connection.execute(insert(rows).from_select(names, select(*values).select_from(
        numbers.join(original, original.c.id == template))))


def numbers_to(n: int, name: str = "numbers") -> CTE:
    """The numbers from 1 on, as the column i."""
    start = select(cast(literal(1), BigInteger).label("i")).cte(name, recursive=True)
    return start.union_all(select(start.c.i + 1).where(start.c.i < n))


def later(connection: Connection, moment: datetime, seconds: ColumnElement[int]) -> ColumnElement[Any]:
    """The instant that lies `seconds` after a moment, as the database keeps it."""
    if connection.dialect.name == "sqlite":
        shift = func.printf("%+d seconds", seconds)
        return func.strftime("%Y-%m-%d %H:%M:%S.000000", moment.strftime("%Y-%m-%d %H:%M:%S"), shift)
    return literal(moment) + seconds * cast(literal("1 second"), INTERVAL())


def pick(number: Number, among: tuple[str, ...]) -> ColumnElement[str]:
    """One of these texts for each number, in turn."""
    return case(dict(enumerate(among)), value=number % len(among))


def settle(connection: Connection) -> None:
    """What a database that has been running for a while knows about its tables."""
    connection.execute(text("ANALYZE"))
