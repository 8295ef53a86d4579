"""Statements of the hot path: written with SQLAlchemy Core, compiled once, carried out by the driver itself.

SQLAlchemy says which columns there are, how their values are stored and how this database words it. What it does anew
for every execution (finding the compiled text, contexts, result objects, events) cost half of a press, so the driver
takes over from there (docs/performance.md). Writes are gathered and sent together: PostgreSQL gets them in one go.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Dialect, Select, Table
from sqlalchemy.engine import result_tuple
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import Delete, Insert, Update

from app.models import Base

Json = Any
Processor = Callable[[Any], Any]


def table(model: type[Base]) -> Table:
    """The table of a model."""
    return cast(Table, model.__table__)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as one database takes it, for one set of parameters. `places` is their order where the driver counts
    instead of naming them."""
    text: str
    names: tuple[str, ...]
    places: tuple[str, ...] | None
    constants: dict[str, Json]
    binders: Mapping[str, Processor]
    readers: tuple[Processor | None, ...]

    def bound(self, parameters: Mapping[str, Json]) -> Any:
        binders = self.binders
        given = {**self.constants, **parameters} if self.constants else parameters
        values = {name: binders[name](given[name]) if name in binders else given[name] for name in self.names}
        return tuple(map(values.__getitem__, self.places)) if self.places is not None else values


class Statement:
    """A statement of the hot path. The columns that an insert or update writes are those among its parameters: an
    insert's defaults in Python do not come in by themselves, a missing one is a TypeError. It sees what the session has
    flushed, and refreshes none of its objects."""

    def __init__(self, clause: Select[Any] | Insert | Update | Delete):
        self._clause = clause
        self._returned: list[ColumnElement[Any]] = list(clause.exported_columns)
        self.row = result_tuple([str(column.key) for column in self._returned])
        self._compiled: dict[tuple[str, frozenset[str]], _Compiled] = {}

    def compiled_for(self, dialect: Dialect, parameters: Mapping[str, Json]) -> _Compiled:
        key = dialect.name, frozenset(parameters)
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = self._compile(dialect, parameters)
        return compiled

    def _compile(self, dialect: Dialect, parameters: Mapping[str, Json]) -> _Compiled:
        made: Any = self._clause.compile(dialect=dialect, column_keys=list(parameters))
        constants = {name: bind.value for bind, name in made.bind_names.items() if name not in parameters}
        if None in constants.values():
            raise TypeError(f"values are missing for some of {sorted(constants)}")
        binders = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for bind, name in
                   made.bind_names.items()}
        readers = tuple(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in self._returned)
        return _Compiled(made.string, tuple(made.bind_names.values()),
                         tuple(made.positiontup) if made.positional else None, constants,
                         {name: binder for name, binder in binders.items() if binder is not None}, readers)


def read(connection: Connection, *asked: tuple[Statement, Mapping[str, Json]]) -> list[Any]:
    """The one row, or None, that each statement finds; asked together. A later one sees what others have committed
    while an earlier one waited for a lock."""
    made = [(statement, statement.compiled_for(connection.dialect, given), given) for statement, given in asked]
    with _told(connection, made[0][1].text), _together(driver_of(connection)) as raw:
        cursors = [raw.execute(compiled.text, compiled.bound(given)) for _, compiled, given in made]
    with _told(connection, made[0][1].text):
        rows = [cursor.fetchone() for cursor in cursors]
    return [None if row is None else statement.row(_values(compiled, row))
            for row, (statement, compiled, _) in zip(rows, made, strict=True)]


class Writes:
    """What a transaction is about to write, in order."""

    def __init__(self, connection: Connection):
        self._connection = connection
        self._waiting: list[tuple[Statement, Mapping[str, Json], bool]] = []

    def add(self, statement: Statement, parameters: Mapping[str, Json], one: bool = False) -> None:
        """Notes a write; `one`: it must hit exactly one row."""
        self._waiting.append((statement, parameters, one))

    def send(self) -> list[Any]:
        """Carries out what is noted. The first column of each row that the statements return, in order; raises Missed
        when one that must hit a row has not."""
        waiting, self._waiting = self._waiting, []
        dialect = self._connection.dialect
        cursors = []
        with _told(self._connection, "writes"), _together(driver_of(self._connection)) as raw:
            for statement, parameters, one in waiting:
                compiled = statement.compiled_for(dialect, parameters)
                cursors.append((raw.execute(compiled.text, compiled.bound(parameters)), compiled, one))
        returned = []
        for cursor, compiled, one in cursors:
            if one and cursor.rowcount != 1:
                raise Missed
            if compiled.readers:
                returned.append(_values(compiled, cursor.fetchone())[0])
        return returned

    def send_alike(self) -> None:
        """Carries out very many writes that do not build on each other's order: of each statement all at once, the
        statements in the order of their first use. They return nothing; raises Missed as `send` does."""
        waiting, self._waiting = self._waiting, []
        dialect = self._connection.dialect
        alike: dict[int, tuple[_Compiled, list[Any], bool]] = {}
        for statement, parameters, one in waiting:
            compiled = statement.compiled_for(dialect, parameters)
            _, rows, _ = alike.setdefault(id(compiled), (compiled, [], one))
            rows.append(compiled.bound(parameters))
        with _told(self._connection, "writes"), closing(driver_of(self._connection).cursor()) as cursor:
            for compiled, rows, each_hits in alike.values():
                cursor.executemany(compiled.text, rows)
                if each_hits and cursor.rowcount != len(rows):
                    raise Missed


class Missed(Exception):
    """A write that had to hit one row has hit none."""


def driver_of(connection: Connection) -> Any:
    """The driver's own connection, in the transaction that SQLAlchemy has begun."""
    return connection.connection.driver_connection


def _values(compiled: _Compiled, row: Sequence[Any]) -> list[Any]:
    return [value if reader is None else reader(value) for value, reader in zip(row, compiled.readers, strict=True)]


@contextmanager
def _together(raw: Any) -> Iterator[Any]:
    """What is carried out within travels in one go, where the driver can (psycopg's pipeline)."""
    with raw.pipeline() if hasattr(raw, "pipeline") else nullcontext():
        yield raw


@contextmanager
def _told(connection: Connection, text: str) -> Iterator[None]:
    """The driver's errors as SQLAlchemy tells them; a connection that is lost leaves the pool."""
    dialect: Any = connection.dialect
    try:
        yield
    except dialect.loaded_dbapi.Error as error:
        if dialect.is_disconnect(error, connection.connection.driver_connection, None):
            connection.invalidate(error)
        raise DBAPIError.instance(text, None, error, dialect.loaded_dbapi.Error, dialect=dialect) from error
