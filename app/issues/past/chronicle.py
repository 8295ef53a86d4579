"""A case's whole history, page by page, each entry told in full."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.cases import definitions
from app.cases.commitments import filled
from app.cases.recorded import of_entry
from app.dates import city_day
from app.issues import places
from app.issues.answers import Names
from app.issues.past import fields
from app.issues.past.fields import Change, Written
from app.issues.past.kinds import KINDS, kind_of
from app.models import Comment, Definition, History, PersonalValue, Position, User, WorkItem
from workflows.calendar import Calendar
from workflows.sentence import Sentence, say
from workflows.working_time import in_words, worked

Json = Any
PAGE_SIZES = (50, 200, 1000)


@dataclass(frozen=True, slots=True)
class Query:
    """Which entries: of one `kind` (a key of KINDS, None: all), by or for one person, newest first or as they were."""
    kind: str | None = None
    who: int | None = None
    page: int = 1
    size: int = PAGE_SIZES[0]
    oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the diagram as people know it."""
    number: int
    note: str
    published_at: datetime

    @property
    def words(self) -> Sentence:
        known = {"number": self.number, "day": city_day(self.published_at)}
        return (say("流程图第%(number)s版，%(day)s发布：%(note)s", note=self.note, **known) if self.note
                else say("流程图第%(number)s版，%(day)s发布", **known))


@dataclass(frozen=True, slots=True)
class Told:
    """One entry. `who` and `on_behalf_of` are names, None where nobody pressed; `post` is a unit and a position;
    `taken` is the working time since the task came to its unit; `version` the hash of the diagram's; `remark` what was
    written beside, of a comment."""
    seq: int
    at: datetime
    kind: str
    text: str
    who: str | None
    on_behalf_of: str | None
    post: str
    task: str
    taken: Sentence | None
    changes: Sequence[Change]
    version: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the entries, how many there are in all, the versions by hash, and who and what can be asked for."""
    entries: Sequence[Told]
    versions: Mapping[str, Version]
    total: int
    pages: int
    people: Sequence[tuple[int, str]]
    kinds: Mapping[str, Sentence]


@dataclass(frozen=True, slots=True)
class _Item:
    """What the history has to know of a work item."""
    name: str
    form: str
    opened_at: datetime
    scope: str


def find_page(session: Session, instance_id: int, query: Query, calendar: Calendar) -> Page:
    """The page of an instance that the caller may see. Working time is reckoned by `calendar`."""
    wanted = _wanted(instance_id, query)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    order = History.seq if query.oldest_first else History.seq.desc()
    found = session.execute(wanted.order_by(order).limit(query.size).offset(query.size * (query.page - 1)))
    rows: list[tuple[History, str]] = [(row.History, row.kind) for row in found]
    items, versions = _items(session, instance_id), versions_of(session, instance_id)
    people, posts = _people(session, instance_id), _Posts.load(session)
    last = max((row.seq for row, _ in rows), default=0)
    changed = fields.changes(
        _written(session, instance_id, last, items),
        {row.seq: definitions.version_of(session, row.definition_hash) for row, _ in rows},
        Names(posts.units, people))
    remarks = _remarks(session, instance_id)
    told = []
    for row, kind in rows:
        item = items.get(row.work_item_id) if row.work_item_id is not None else None
        told.append(Told(
            row.seq, row.at, kind, row.text, people.get(row.actor_id or 0), people.get(row.on_behalf_of or 0),
            posts.name(row.unit_code, row.position_code), item.name if item else "",
            in_words(worked(calendar, item.opened_at, row.at)) if item else None, changed.get(row.seq, ()),
            row.definition_hash, remarks.get((row.actor_id, row.at), "") if row.op == "comment" else ""))
    return Page(told, versions, total, -(-total // query.size), sorted(people.items(), key=lambda each: each[1]), KINDS)


def versions_of(session: Session, instance_id: int) -> dict[str, Version]:
    """The versions that an instance has been on, by hash."""
    hashes = select(History.definition_hash).where(History.instance_id == instance_id).distinct()
    return {row.hash: Version(definitions.number_of(session, row.hash), row.note, row.published_at)
            for row in session.execute(select(Definition.hash, Definition.note, Definition.published_at)
                                       .where(Definition.hash.in_(hashes)))}


def _wanted(instance_id: int, query: Query) -> Select[History, str]:
    """The entries that are for people, with their kinds."""
    where = [History.instance_id == instance_id, History.text != ""]
    if query.kind is not None:
        where.append(kind_of() == query.kind)
    if query.who is not None:
        where.append(or_(History.actor_id == query.who, History.on_behalf_of == query.who))
    return select(History, kind_of().label("kind")).where(*where)


def _items(session: Session, instance_id: int) -> dict[int, _Item]:
    rows = session.execute(select(WorkItem.id, WorkItem.name, WorkItem.form, WorkItem.opened_at, WorkItem.element_id,
                                  WorkItem.local, WorkItem.kind).where(WorkItem.instance_id == instance_id))
    return {row.id: _Item(row.name, row.form, row.opened_at,
                          fields.scope_of(row.element_id, row.local if row.kind == "task" else {})) for row in rows}


def _written(session: Session, instance_id: int, last: int, items: Mapping[int, _Item]) -> list[Written]:
    """What the entries up to `last` wrote."""
    rows = session.execute(
        select(History.seq, History.op, History.input, History.work_item_id, PersonalValue.kept)
        .outerjoin(PersonalValue, of_entry())
        .where(History.instance_id == instance_id, History.seq <= last, History.op.in_(fields.WRITES))
        .order_by(History.seq))
    found = []
    for seq, op, put_in, item_id, kept in rows:
        item = items.get(item_id)
        found.append(Written(seq, item.scope if item else "", item.form if item else "",
                             filled(put_in, kept)[fields.WRITES[op]]))
    return found


def _people(session: Session, instance_id: int) -> dict[int, str]:
    """Everybody who has a hand in an instance's history, by id."""
    acting = select(History.actor_id).where(History.instance_id == instance_id)
    absent = select(History.on_behalf_of).where(History.instance_id == instance_id)
    return dict(session.execute(select(User.id, User.name).where(or_(User.id.in_(acting), User.id.in_(absent)))).all())


def _remarks(session: Session, instance_id: int) -> dict[tuple[int | None, datetime], str]:
    """What people wrote beside the work, by who and when."""
    rows = session.execute(select(Comment.user_id, Comment.at, Comment.text).where(Comment.instance_id == instance_id))
    return {(row.user_id, row.at): row.text for row in rows}


@dataclass(frozen=True, slots=True)
class _Posts:
    units: Mapping[str, str]
    positions: Mapping[str, str]
    named: dict[tuple[str, str], Sentence]
    """those that have been named so far"""

    @classmethod
    def load(cls, session: Session) -> _Posts:
        return cls(places.unit_names(session), dict(session.execute(select(Position.code, Position.name)).all()), {})

    def name(self, unit: str | None, position: str | None) -> str:
        """工业和信息化局 经办人; '' for nobody's."""
        if unit is None:
            return ""
        post = unit, position or ""
        if post not in self.named:
            self.named[post] = say("%(unit)s %(position)s", unit=self.units.get(unit, unit),
                                   position=self.positions.get(post[1], ""))
        return self.named[post]
