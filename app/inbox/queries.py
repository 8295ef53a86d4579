"""What stands in somebody's inbox: one indexed query a page, filtered, sorted and counted."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased, defer, load_only

from app.actor import Actor
from app.inbox import reach
from app.inbox.reach import View
from app.models import Enterprise, Issue, Meeting, Unit, User, WorkItem
from app.numbers import page_number, whole
from workflows.calendar import CITY_ZONE, Calendar
from workflows.sentence import say

VIEWS: tuple[View, ...] = ("mine", "unit", "waiting", "done")
PAGE_SIZES = (50, 100, 200)
MOST_COUNTED = 999
"""totals are exact up to here; beyond, 'more than' is all that anybody needs to know"""
MOST_EXPORTED = 2_000
GROUPS = (say("绿色通道"), say("已逾期"), say("今明到期"), say("本周"), say("以后"), say("等待他人"))
SORTS = ("due", "-due", "opened", "-opened", "number")
_Opener = aliased(WorkItem)
_Sign = aliased(WorkItem)
_Sender = aliased(User)
_Assignee = aliased(User)


@dataclass(frozen=True, slots=True)
class Query:
    """Filters of a list as the address bar gives them; empty means all."""
    view: View = "mine"
    q: str = ""
    category: str = ""
    level: str = ""
    stage: str = ""
    place: str = ""
    light: str = ""
    sort: str = "due"
    page: int = 1
    size: int = PAGE_SIZES[0]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of an inbox. It is about an issue, a meeting, or neither. `sender` handed it on or asked for it;
    `blocked`: signatures asked for before it are open."""
    item: WorkItem
    issue: Issue | None
    meeting: Meeting | None
    enterprise: str
    unit: str
    sender: str | None
    assignee: str | None
    blocked: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its rows, how many there are in all, and whether there are more than were counted."""
    rows: Sequence[Row]
    total: int
    more: bool
    page: int
    pages: int
    groups: Sequence[tuple[str, Sequence[Row]]] = field(default_factory=tuple)


def parse(view: View, args: Mapping[str, str]) -> Query:
    """A list's query from an address; what makes no sense falls back to the default."""
    size = whole(args.get("size"))
    return Query(
        view, args.get("q", "").strip()[:80], args.get("category", ""), args.get("level", ""), args.get("stage", ""),
        args.get("place", ""), args.get("light", ""), args["sort"] if args.get("sort") in SORTS else "due",
        page_number(args.get("page")), size if size in PAGE_SIZES else PAGE_SIZES[0])


def find(session: Session, actor: Actor, query: Query, *, now: datetime, calendar: Calendar,
         every: bool = False) -> Page:
    """A page of a view; with `every` all its rows (up to MOST_EXPORTED), for an export. In a list of more than
    MOST_COUNTED only so many are looked at for the total, which then is what there is at least."""
    conditions = _conditions(query, now, calendar)
    sort = "done" if query.view == "done" else query.sort
    size, offset = (MOST_EXPORTED, 0) if every else (query.size, (query.page - 1) * query.size)
    wanted = reach.ids(query.view, actor, sort, conditions, limit=size + 1, offset=offset)
    found = [Row(*row) for row in session.execute(_rows(wanted, sort))]
    rows, beyond = found[:size], len(found) > size
    passing, looked_at = session.execute(reach.counted(query.view, actor, conditions, MOST_COUNTED + 1)).one()
    more = looked_at > MOST_COUNTED and beyond
    seen = offset + len(found) if rows else 0
    total = max(min(passing, MOST_COUNTED) if more else passing, seen)
    return Page(rows, total, more, query.page, max(1, -(-total // query.size)),
                group(rows, now, calendar) if query.view != "done" and query.sort == "due" else [("", rows)])


def group(rows: Sequence[Row], now: datetime, calendar: Calendar) -> list[tuple[str, Sequence[Row]]]:
    """The rows under their headings: the green lane on top (C10), then by how soon they fall due; last what waits for
    signatures."""
    today = now.astimezone(CITY_ZONE).date()
    tomorrow = calendar.add_working_days(today, 1)
    week_ends = today + timedelta(days=6 - today.weekday())
    groups: dict[str, list[Row]] = {name: [] for name in GROUPS}
    for row in rows:
        due = row.item.due_at
        day = due.astimezone(CITY_ZONE).date() if due else None
        if row.blocked:
            name = say("等待他人")
        elif row.item.green_lane:
            name = say("绿色通道")
        elif due is None or day is None:
            name = say("以后")
        elif due < now:
            name = say("已逾期")
        elif day <= tomorrow:
            name = say("今明到期")
        else:
            name = say("本周") if day <= week_ends else say("以后")
        groups[name].append(row)
    return [(name, found) for name, found in groups.items() if found]


def _conditions(query: Query, now: datetime, calendar: Calendar) -> list[ColumnElement[bool]]:
    """What a query asks of work items, their issues and enterprises."""
    conditions: list[ColumnElement[bool]] = []
    for column, value in ((Issue.category, query.category), (Issue.level, query.level), (WorkItem.stage, query.stage),
                          (Issue.place, query.place)):
        if value:
            conditions.append(column == value)
    if query.q:
        conditions.append(or_(*(column.icontains(query.q, autoescape=True)
                                for column in (Issue.title, Issue.number, Enterprise.name, WorkItem.name, Meeting.title,
                                               Meeting.number))))
    soon = calendar.end_of(calendar.add_working_days(now.astimezone(CITY_ZONE).date(), 1))
    lights = {"red": WorkItem.due_at < now, "yellow": and_(WorkItem.due_at >= now, WorkItem.due_at <= soon),
              "green": or_(WorkItem.due_at > soon, WorkItem.due_at.is_(None))}
    if query.light in lights:
        conditions.append(lights[query.light])
    return conditions


def _rows(wanted: Any, sort: str) -> Any:
    """Everything that the lines of these work items show, in the list's order."""
    enterprise = func.coalesce(Enterprise.name, literal(""))
    blocked = exists().where(_Sign.parent_id == WorkItem.id, _Sign.kind == "sign", _Sign.status == "open")
    return (select(WorkItem, Issue, Meeting, enterprise, Unit.name, _Sender.name, _Assignee.name, blocked)
            .outerjoin(Issue, Issue.id == WorkItem.issue_id).outerjoin(Enterprise, Enterprise.id == Issue.enterprise_id)
            .outerjoin(Meeting, Meeting.instance_id == WorkItem.instance_id)
            .join(Unit, Unit.code == WorkItem.unit_code)
            .outerjoin(_Opener, _Opener.id == WorkItem.opened_by_item)
            .outerjoin(_Sender, _Sender.id == func.coalesce(WorkItem.owner_id, _Opener.closed_by))
            .outerjoin(_Assignee, _Assignee.id == WorkItem.assignee_id)
            .where(WorkItem.id.in_(wanted)).order_by(*reach.ordered(reach.COLUMNS, sort))
            .options(defer(WorkItem.answer),
                     load_only(Issue.number, Issue.title, Issue.category, Issue.level, Issue.stage, Issue.light)))
