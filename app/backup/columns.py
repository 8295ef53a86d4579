"""How the values of a column are written into an archive, alike for every kind of database.

A row is a JSON array. Instants, in UTC, and days are ISO 8601, bytes base64, JSON itself in an array of one, so that a
column that holds null is told from one that holds nothing; keys are sorted, since databases disagree on their order.
Archives name the kind of each column: whoever reads them needs no model of the release that wrote them.
"""
from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Float,
    Integer,
    LargeBinary,
    String,
    Text,
    cast,
    false,
    null,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from app.models.base import TRANSIENT, UtcDateTime

Json = Any
_LINE = orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS


@dataclass(frozen=True, slots=True)
class Kind:
    """`write` makes a database's value one that JSON has; `read` is its reverse. Neither is given None, which is a
    column that holds nothing."""
    type: TypeEngine[Any]
    write: Callable[[Any], Json]
    read: Callable[[Json], Any]


def _same(value: Any) -> Any:
    return value


def _write_json(text: str) -> Json:
    return [orjson.loads(text)]


def _read_json(wrapped: Json) -> Any:
    return JSON.NULL if wrapped[0] is None else wrapped[0]


KINDS: Mapping[str, Kind] = {
    "instant": Kind(UtcDateTime(), lambda value: value.astimezone(UTC).isoformat(), datetime.fromisoformat),
    "day": Kind(Date(), date.isoformat, date.fromisoformat),
    "json": Kind(JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"), _write_json, _read_json),
    "bytes": Kind(LargeBinary(), lambda value: b64encode(value).decode(), b64decode),
    "boolean": Kind(Boolean(), _same, _same),
    "integer": Kind(BigInteger(), _same, _same),
    "float": Kind(Float(), _same, _same),
    "text": Kind(Text(), _same, _same),
}
_TYPES: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (UtcDateTime, "instant"), (Date, "day"), (JSON, "json"), (LargeBinary, "bytes"), (Boolean, "boolean"),
    (Integer, "integer"), (Float, "float"), (String, "text"))


def kind_of(column: Column[Any]) -> str:
    """The kind of a model's column. Raises TypeError for a type that archives do not know."""
    for type_, kind in _TYPES:
        if isinstance(column.type, type_):
            return kind
    raise TypeError(f"{column.table.name}.{column.name}: {column.type!r} has no place in an archive")


def asked(column: Column[Any]) -> ColumnElement[Any]:
    """What to select of a column: JSON as its text, in which null differs from nothing; of a mark that is worth nothing
    on another day, what it is at first."""
    if column.info.get(TRANSIENT):
        return null() if column.nullable else false()
    return cast(column, Text) if kind_of(column) == "json" else column


def to_line(kinds: Sequence[Kind], row: Sequence[Any]) -> bytes:
    """A row as a line of JSON, its end included."""
    return orjson.dumps([None if value is None else kind.write(value)
                         for kind, value in zip(kinds, row, strict=True)], option=_LINE)


def from_line(kinds: Sequence[Kind], line: bytes) -> list[Any]:
    """The row of a line. Raises ValueError when it is none of these columns."""
    try:
        values = orjson.loads(line)
        return [None if value is None else kind.read(value) for kind, value in zip(kinds, values, strict=True)]
    except (TypeError, IndexError, AttributeError) as error:
        raise ValueError(str(error)) from error
