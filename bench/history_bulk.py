"""A city that has worked for three years, by bulk load: cases with their instances, histories and facts."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    String,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    select,
    text,
)
from sqlalchemy.orm import Session

from app.cases.rows import table
from app.issues.categories import CATEGORIES, LEVELS
from app.measures import cells
from app.measures.facting import UNKNOWN, contributions
from app.models import CaseFact, CaseShare, History, Instance, Issue, Unit
from bench import bulk
from bench.bulk import Number
from workflows.working_time import HOUR

SECONDS = 3 * 365 * 86_400
OPEN_OF = 40
"""every so manieth case is open, half of those past their limit"""
AT_ONCE = 20_000


def fill(session: Session, instance: int, first: int, n: int, entries: int, now: datetime) -> None:
    """Adds `n` cases with so many entries of history each, copies of this one's issue, instance and first entry, whose
    ids begin after `first`."""
    connection = session.connection()
    connection.execute(text("SET LOCAL session_replication_role = replica"))  # copies refer to what their originals do
    issue = session.scalar(select(Issue.id).where(Issue.instance_id == instance)) or 0

    def ids(i: Number) -> Any:
        return i + first

    bulk.copy(connection, Instance, instance, n, id=ids, measured=lambda _: literal(True),
              history_length=lambda _: literal(entries))
    bulk.copy(connection, Issue, issue, n, id=ids, instance_id=ids,
              number=lambda i: literal("B-") + cast(i + first, String),
              follow_up_hash=lambda i: cast(i + first, String),
              registered_at=lambda i: _begun(connection, now, i),
              category=lambda i: bulk.pick(i, tuple(CATEGORIES)), level=lambda i: bulk.pick(i, tuple(LEVELS)))
    _histories(connection, instance, first, n, entries)
    units = tuple(session.scalars(select(Unit.code).where(Unit.kind != "leader").order_by(Unit.code)))
    _facts(connection, first, n, now, units)
    _shares(connection, first, n, units)
    _count(session, first, n)


def numbers_to(n: int, name: str = "numbers") -> Any:
    start = select(cast(literal(1), BigInteger).label("i")).cte(name, recursive=True)
    return start.union_all(select(start.c.i + 1).where(start.c.i < n))


def _begun(connection: Connection, now: datetime, i: Number) -> ColumnElement[Any]:
    return bulk.later(connection, now, cast(i * 7_919 % SECONDS - SECONDS, Integer))


def _histories(connection: Connection, instance: int, first: int, n: int, entries: int) -> None:
    """The first entry again and again, without what it carries: how many rows there are is what counts."""
    rows = table(History)
    original, numbers, places = rows.alias("original"), numbers_to(n), numbers_to(entries, "places")
    different: dict[str, Any] = {"instance_id": numbers.c.i + first, "seq": places.c.i,
                                 "input": literal({}, rows.c.input.type), "trace": literal([], rows.c.trace.type)}
    names = [column.name for column in rows.columns]
    first_entry = and_(original.c.instance_id == instance, original.c.seq == 1)
    connection.execute(insert(rows).from_select(
        names, select(*(different[name] if name in different else original.c[name] for name in names))
        .select_from(numbers.join(places, literal(True)).join(original, first_entry))))


def _facts(connection: Connection, first: int, n: int, now: datetime, units: tuple[str, ...]) -> None:
    numbers = numbers_to(n)
    i = numbers.c.i
    begun = _begun(connection, now, i)
    hours = cast(i * 104_729 % 700, Integer)
    is_open = i % OPEN_OF == 0
    ended = bulk.later(connection, now, cast(i * 7_919 % SECONDS - SECONDS + hours * HOUR, Integer))
    due = case((is_open, bulk.later(connection, now, cast((i // OPEN_OF % 120 - 60) * 86_400, Integer))), else_=begun)

    def month(at: ColumnElement[Any]) -> ColumnElement[str]:
        return func.to_char(at, "YYYY-MM")

    def unless_open(value: Any) -> ColumnElement[Any]:
        return case((is_open, null()), else_=value)

    values: dict[str, Any] = {
        "issue_id": i + first, "unit": bulk.pick(i * 31, units), "place": literal("dongsheng"),
        "category": bulk.pick(i, tuple(CATEGORIES)), "level": bulk.pick(i, tuple(LEVELS)), "leader_id": null(),
        "status": case((is_open, "open"), else_="closed"), "opened_at": begun, "opened_month": month(begun),
        "closed_at": unless_open(ended), "closed_month": unless_open(month(ended)), "due_at": due,
        "answered_at": unless_open(ended), "hours": unless_open(hours), "settled": ~is_open,
        "on_time": unless_open(i % 9 > 0), "plan_asked": i % 3 > 0, "plan_breached": case((i % 3 > 0, i % 17 == 0)),
        "rated": ~is_open, **{name: unless_open(i % of > 0) for name, of in (
            ("responded", 50), ("solved", 20), ("satisfied", 25))},
        "reopened": unless_open(i % 15 == 0), "reworks": cast(i % 15 == 0, Integer),
        "returns": cast(i % 11 == 0, Integer), "refusals": cast(i % 13 == 0, Integer)}
    connection.execute(insert(table(CaseFact)).from_select(list(values), select(*values.values())))


def _shares(connection: Connection, first: int, n: int, units: tuple[str, ...]) -> None:
    """Two units of each case: who leads it, and who had it before and sent it on."""
    numbers, places = numbers_to(n), numbers_to(2, "places")
    i, place = numbers.c.i, places.c.i

    def sent(of: int) -> ColumnElement[int]:
        return cast(and_(place == 2, i % of == 0), Integer)

    values: dict[str, Any] = {
        "issue_id": i + first, "unit": bulk.pick((i + place - 1) * 31, units),
        "working": cast(i * 104_729 % 700 * (HOUR // 2), Integer),
        **dict.fromkeys(("waiting", "sent_back", "suspended", "enterprise"), literal(0)),
        "returns": sent(11), "refusals": sent(13)}
    connection.execute(insert(table(CaseShare)).from_select(list(values), select(*values.values()).select_from(
        numbers.join(places, literal(True)))))


def _count(session: Session, first: int, n: int) -> None:
    """The rollups of these cases, as the product counts them: all at once, since nearly every case is in cells of its
    own and of many others."""
    changes: dict[Any, int] = {}
    for start in range(first + 1, first + n + 1, AT_ONCE):
        some = (start, min(start + AT_ONCE, first + n + 1) - 1)
        facts = session.execute(select(table(CaseFact)).where(CaseFact.issue_id.between(*some))).mappings().all()
        shares: dict[int, list[Any]] = {fact["issue_id"]: [] for fact in facts}
        for share in session.execute(select(table(CaseShare)).where(CaseShare.issue_id.between(*some))).mappings():
            shares[share["issue_id"]].append(share)
        for fact in facts:
            assert fact["unit"] != UNKNOWN
            for key, number in contributions(fact, shares[fact["issue_id"]]).items():
                changes[key] = changes.get(key, 0) + number
    cells.apply(session, changes)
