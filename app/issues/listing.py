"""The list of issues: what the address bar asks for, as one query, one page, or a workbook of exactly that."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Select,
    UnaryExpression,
    and_,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, contains_eager

from app.actor import Actor
from app.issues.categories import OPEN_STATUSES
from app.issues.visibility import visible_issues
from app.models import Enterprise, Issue
from app.numbers import page_number, whole

FILTERS = ("stage", "category", "level", "place", "light", "lead_unit", "status")
PAGE_SIZES = (20, 50, 100, 200)
EXPORT_LIMIT = 20_000
"""rows of one workbook; a longer list asks to be narrowed"""
_LIGHT_ORDER = case((Issue.light == "red", 0), (Issue.light == "yellow", 1), else_=2)

_Statement = TypeVar("_Statement", bound=Select[Any])

SORTS: Mapping[str, tuple[UnaryExpression[Any], ...]] = {
    "registered": (Issue.registered_at.desc(),),
    "due": (Issue.due_at.asc().nulls_last(),),
    "light": (_LIGHT_ORDER.asc(), Issue.due_at.asc().nulls_last()),
    "number": (Issue.number.asc(),),
    "enterprise": (Enterprise.name.asc(),),
    "closed": (Issue.closed_at.desc().nulls_last(),),
}
DEFAULT_SORT = "registered"


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for. `filters` maps names of FILTERS to the values of which one must hold; an unknown name or
    sort is not kept. `q` is looked for in number, title and enterprise; every word must occur."""
    q: str = ""
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sort: str = DEFAULT_SORT
    page: int = 1
    size: int = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, with the number of rows of the whole list."""
    issues: Sequence[Issue]
    total: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def parse(args: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> Query:
    """The query of an address: `args` its single values, `lists` its repeated ones. Anything unknown is left out."""
    sort = args.get("sort", DEFAULT_SORT)
    size = whole(args.get("size"), 50)
    return Query(
        q=args.get("q", "").strip()[:80],
        filters={name: [v for v in lists.get(name, ()) if v] for name in FILTERS if any(lists.get(name, ()))},
        sort=sort if sort in SORTS else DEFAULT_SORT, page=page_number(args.get("page")),
        size=size if size in PAGE_SIZES else 50)


def find_page(session: Session, actor: Actor, query: Query) -> Page:
    """The page that was asked for, or the last one when there are fewer."""
    counting = select(func.count()).select_from(Issue).join(Issue.enterprise)
    total = session.scalar(_conditions(counting, actor, query)) or 0
    page = min(query.page, max(1, -(-total // query.size)))
    rows = session.scalars(_ordered(actor, query).limit(query.size).offset((page - 1) * query.size)).all()
    return Page(rows, total, page, query.size)


def find_all(session: Session, actor: Actor, query: Query) -> Sequence[Issue]:
    """Every issue of the list in its order, for the workbook; EXPORT_LIMIT at most."""
    return session.scalars(_ordered(actor, query).limit(EXPORT_LIMIT)).all()


def _ordered(actor: Actor, query: Query) -> Select[Issue]:
    statement = select(Issue).join(Issue.enterprise).options(contains_eager(Issue.enterprise))
    return _conditions(statement, actor, query).order_by(*SORTS[query.sort], Issue.id.desc())


def _conditions(statement: _Statement, actor: Actor, query: Query) -> _Statement:
    statement = statement.where(visible_issues(actor), *(_filter(name, query.filters[name]) for name in query.filters))
    for word in query.q.split():
        statement = statement.where(or_(
            Issue.number.icontains(word, autoescape=True), Issue.title.icontains(word, autoescape=True),
            Enterprise.name.icontains(word, autoescape=True)))
    return statement


def _filter(name: str, values: Sequence[str]) -> ColumnElement[bool]:
    if name == "status" and "unfinished" in values:
        return Issue.status.in_((*OPEN_STATUSES, *values))
    if name == "light":
        return and_(Issue.light.in_(values), Issue.status.in_(OPEN_STATUSES))
    return getattr(Issue, name).in_(values)
