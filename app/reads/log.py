"""The log of readings: who, in which post, when, which issue, which way, from where.

A person who goes on reading the same way within half an hour is one reading. A row is written by one statement, which
looks for that itself.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, insert, literal, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.actor import Actor, PostKey
from app.cases.rows import table
from app.dates import midnight
from app.issues.visibility import sees_all, visible_issues
from app.models import CaseRead, Issue, User
from app.settings import SHORTEST_READ_DAYS
from workflows.sentence import Sentence, say

WAYS: Mapping[str, Sentence] = MappingProxyType({
    "page": say("事项页"), "task": say("办理页"), "history": say("全部经过"), "past": say("回放与验证"),
    "sheet": say("办理单（打印）"), "file": say("下载附件"), "data": say("流程里的数据"), "list": say("导出清单"),
    "dossier": say("导出档案"), "follow": say("企业凭查询码")})
"""the ways of reading, by their codes in the table"""
ONE_READING = timedelta(minutes=30)
MOST_COUNTED = 10_000
MOST_EXPORTED = 50_000
DELETED_AT_ONCE = 5_000
NAMED = 20
"""issues of a list that a page names"""
_TABLE = table(CaseRead)


@dataclass(frozen=True, slots=True)
class Reading:
    """One to note; `taken` are the issues of an exported list. See CaseRead."""
    way: str
    issue_id: int | None = None
    user_id: int | None = None
    post: PostKey | None = None
    address: str = ""
    file_id: int | None = None
    taken: tuple[int, ...] = ()

    @property
    def lasts(self) -> bool:
        """Whether the same within half an hour is this reading still. Each list and each dossier counts."""
        return self.way not in ("list", "dossier")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the page; '' and None are no filter. Days are the city's, both included. `case` is an issue's
    number, `who` part of a name or username."""
    case: str = ""
    who: str = ""
    way: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A reading as pages show it. `number` is the issue's, `name` the person's; `numbers` those of a list, the first
    of them."""
    read: CaseRead
    number: str | None
    name: str | None
    numbers: tuple[str, ...] = ()

    @property
    def stranger(self) -> Sentence:
        """Who it was, where it was nobody with an account."""
        return say("命令行") if self.read.way == "dossier" else say("企业")


def note(session: Session, reading: Reading, now: datetime) -> None:
    """Writes the reading down, unless the same one goes on."""
    values: dict[str, Any] = {
        "at": now, "user_id": reading.user_id, "unit_code": reading.post[0] if reading.post else None,
        "position_code": reading.post[1] if reading.post else None, "issue_id": reading.issue_id, "way": reading.way,
        "file_id": reading.file_id, "taken": list(reading.taken), "address": reading.address[:64]}
    if not reading.lasts:
        session.execute(insert(_TABLE).values(values))
        return
    same = and_(*(_is(name, values[name]) for name in values if name not in ("at", "taken")),
                _TABLE.c.at > now - ONE_READING, _TABLE.c.at <= now)
    new = select(*(literal(value, _TABLE.c[name].type) for name, value in values.items())).where(~exists().where(same))
    session.execute(insert(_TABLE).from_select(list(values), new))


def note_dossier(session: Session, instance_id: int, now: datetime) -> None:
    """Notes that the command line has written out all of a case, if it is an issue's."""
    issue_id = session.scalar(select(Issue.id).where(Issue.instance_id == instance_id))
    if issue_id is not None:
        note(session, Reading("dossier", issue_id), now)


def find(session: Session, actor: Actor, wanted: Wanted, *, page: int, size: int) -> tuple[list[Shown], int]:
    """A page of readings, the newest first, and how many there are, MOST_COUNTED + 1 for more."""
    selected = _selected(session, actor, wanted)
    counted = selected.with_only_columns(CaseRead.id).limit(MOST_COUNTED + 1).subquery()
    total = session.scalar(select(func.count()).select_from(counted)) or 0
    return list(_shown(session, selected.limit(size).offset((page - 1) * size))), total


def find_all(session: Session, actor: Actor, wanted: Wanted) -> list[Shown]:
    """All of them for the workbook, MOST_EXPORTED at the most."""
    return list(_shown(session, _selected(session, actor, wanted).limit(MOST_EXPORTED)))


def forget(session: Session, before: datetime) -> int:
    """Deletes readings that are older, DELETED_AT_ONCE at the most: how many. Those of the last SHORTEST_READ_DAYS
    before the newest one a trigger keeps, whatever the clock says; they are left to another day."""
    newest = session.scalar(select(func.max(_TABLE.c.at)))
    if newest is None:
        return 0
    before = min(before, newest - timedelta(days=SHORTEST_READ_DAYS)).replace(microsecond=0)
    old = select(_TABLE.c.id).where(_TABLE.c.at < before).order_by(_TABLE.c.at).limit(DELETED_AT_ONCE)
    return session.execute(delete(_TABLE).where(_TABLE.c.id.in_(old))).rowcount  # type: ignore[attr-defined]


def _is(name: str, value: Any) -> ColumnElement[bool]:
    """Equal, where nothing equals nothing: worded so that an index helps."""
    column = _TABLE.c[name]
    return column.is_(None) if value is None else column == value


def _selected(session: Session, actor: Actor, wanted: Wanted) -> Select[CaseRead, str, str]:
    """(reading, number, name), the newest first, of the issues that this person may see. Lists are for who sees all,
    and for who looks for one of the issues in them."""
    selected: Select[CaseRead, str, str] = (
        select(CaseRead, Issue.number, User.name).outerjoin(Issue, Issue.id == CaseRead.issue_id)
        .outerjoin(User, User.id == CaseRead.user_id).order_by(CaseRead.at.desc(), CaseRead.id.desc()))
    if wanted.case:
        id = session.scalar(select(Issue.id).where(Issue.number == wanted.case, visible_issues(actor)))
        selected = selected.where(or_(CaseRead.issue_id == id, _has(session, id)) if id is not None else
                                  CaseRead.id.is_(None))
    elif not sees_all(actor):
        selected = selected.where(CaseRead.issue_id.is_not(None), visible_issues(actor))
    if wanted.who:
        people = select(User.id).where(or_(User.name.icontains(wanted.who, autoescape=True),
                                           User.username.icontains(wanted.who, autoescape=True)))
        selected = selected.where(CaseRead.user_id.in_(people))
    if wanted.way:
        selected = selected.where(CaseRead.way == wanted.way)
    if wanted.first:
        selected = selected.where(CaseRead.at >= midnight(wanted.first))
    if wanted.last:
        selected = selected.where(CaseRead.at < midnight(wanted.last) + timedelta(days=1))
    return selected


def _has(session: Session, issue_id: int) -> ColumnElement[bool]:
    """Whether a reading is of a list with this issue in it."""
    if session.get_bind().dialect.name == "postgresql":
        held: ColumnElement[bool] = type_coerce(CaseRead.taken, JSONB).contains([issue_id])
    else:
        each = func.json_each(CaseRead.taken).table_valued("value")
        held = exists(select(1).select_from(each).where(each.c.value == issue_id))
    return and_(CaseRead.issue_id.is_(None), held)


def _shown(session: Session, selected: Select[CaseRead, str, str]) -> Iterator[Shown]:
    rows = session.execute(selected).all()
    ids = {id for read, _, _ in rows for id in read.taken[:NAMED]}
    numbers = dict(session.execute(select(Issue.id, Issue.number).where(Issue.id.in_(ids))).all()) if ids else {}
    for read, number, name in rows:
        yield Shown(read, number, name, tuple(numbers[id] for id in read.taken[:NAMED] if id in numbers))
