"""How the database reaches what stands in an inbox, however much it is: from the front of an index.

A view is a few disjoint sets of work items. Each set is split so that one index (ix_work_item_unit, _opened, _inbox)
holds every part in the list's order; a part gives as many rows as the page may need and no more, and what the parts
give is put in order again. So the first page of a million costs what the first page of a thousand does.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, literal_column, select, union_all

from app.actor import Actor
from app.models import Enterprise, Issue, Meeting, WorkItem

View = Literal["mine", "unit", "waiting", "done"]
Conditions = Sequence[ColumnElement[bool]]
OPEN = WorkItem.status == literal_column("'open'")
"""a literal, so that a prepared statement knows that the indexes of open work items hold all of it"""
_BY_DUE = ("due", "-due")
Order = tuple[tuple[str, Literal["up", "down"]], ...]
ORDERS: dict[str, Order] = {
    "due": (("green_lane", "down"), ("due_at", "up"), ("id", "up")), "-due": (("due_at", "down"), ("id", "up")),
    "opened": (("opened_at", "up"), ("id", "up")), "-opened": (("opened_at", "down"), ("id", "down")),
    "number": (("number", "up"), ("id", "up")), "done": (("closed_at", "down"), ("id", "down"))}
_WITHIN: dict[str, Order] = {
    **ORDERS, "due": (("due_at", "up"), ("id", "up")), "-due": (("due_at", "down"), ("id", "down"))}
"""the order within a part, where the green lane is one or the other and the date is there or not"""

COLUMNS: Mapping[str, Any] = {
    "id": WorkItem.id, "green_lane": WorkItem.green_lane, "due_at": WorkItem.due_at, "opened_at": WorkItem.opened_at,
    "closed_at": WorkItem.closed_at, "number": Issue.number}


def ordered(columns: Any, sort: str) -> list[ColumnElement[Any]]:
    """A list's order by these columns; what has no date comes last either way."""
    return [(columns[name].asc() if way == "up" else columns[name].desc()).nulls_last() for name, way in ORDERS[sort]]


def sets(view: View, actor: Actor) -> list[tuple[ColumnElement[bool], bool]]:
    """The disjoint sets that a view holds for this person, and whether they may be very large: theirs and what nobody
    in their posts has claimed, their units', what waits for others at their wish (delegated, signatures, questions), or
    what they, or a stand-in in their name, have finished."""
    people = sorted(actor.all_user_ids)
    if view == "waiting":
        return [(and_(WorkItem.owner_id.in_(people), OPEN), False),
                (and_(WorkItem.closed_by.in_(people), WorkItem.status == "held"), False)]
    if view == "done":
        finished = WorkItem.status.not_in(("held", "cancelled"))
        others = WorkItem.closed_by.not_in(people)
        return [*((and_(WorkItem.closed_by == person, finished), True) for person in people),
                (and_(WorkItem.on_behalf_of == actor.user_id, others, finished), False)]
    if view == "unit":
        units = sorted({unit for unit, _ in actor.all_posts})
        return [(and_(OPEN, WorkItem.unit_code == unit), True) for unit in units]
    return [*((and_(OPEN, WorkItem.assignee_id == person), False) for person in people),
            *((and_(OPEN, WorkItem.assignee_id.is_(None), WorkItem.unit_code == unit,
                    WorkItem.position_code == position), True) for unit, position in sorted(actor.all_posts))]


def ids(view: View, actor: Actor, sort: str, conditions: Conditions, *, limit: int, offset: int = 0) -> Any:
    """The ids of one page of a view, as a statement."""
    parts = []
    for each, large in sets(view, actor):
        if large:
            parts += [_part(split, _within(sort), sort, conditions, limit + offset)
                      for split in (_split(each) if sort in _BY_DUE else [each])]
        else:
            parts.append(_part(each, ordered(COLUMNS, sort), sort, conditions, limit + offset))
    if not parts:
        return select(WorkItem.id).where(literal_column("1 = 0"))
    found = union_all(*parts).subquery()
    return select(found.c.id).order_by(*ordered(found.c, sort)).limit(limit).offset(offset)


def counted(view: View, actor: Actor, conditions: Conditions, most: int) -> Any:
    """How many of a view's work items pass the conditions and how many were looked at for that, `most` at the most: a
    statement of one row."""
    looked_at = some(view, actor, most)
    passing = func.count() if not conditions else func.sum(
        select(func.count()).select_from(WorkItem).outerjoin(Issue, Issue.id == WorkItem.issue_id)
        .outerjoin(Enterprise, Enterprise.id == Issue.enterprise_id)
        .outerjoin(Meeting, Meeting.instance_id == WorkItem.instance_id)
        .where(WorkItem.id == looked_at.c.id, *conditions).scalar_subquery())
    return select(func.coalesce(passing, 0), func.count()).select_from(looked_at)


def some(view: View, actor: Actor, most: int) -> Any:
    """Some of a view's work items, all if they are not more than `most`: a subquery of their ids. They are taken in an
    index's order, lest the database begin somewhere in the table and look at a million for the first thousand."""
    order = (WorkItem.closed_at, WorkItem.id) if view == "done" else (
        WorkItem.green_lane, WorkItem.due_at, WorkItem.id)
    parts = [select(select(WorkItem.id).where(each).order_by(*order if large else ()).limit(most).subquery().c.id)
             for each, large in sets(view, actor)]
    if not parts:
        return select(WorkItem.id).where(literal_column("1 = 0")).subquery("looked_at")
    return select(union_all(*parts).subquery().c.id).limit(most).subquery("looked_at")


def _split(of: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    return [and_(of, WorkItem.green_lane.is_(green), WorkItem.due_at.is_(None) if undated else
                 WorkItem.due_at.is_not(None)) for green in (True, False) for undated in (False, True)]


def _within(sort: str) -> list[ColumnElement[Any]]:
    """The order within a split, as the index has it."""
    return [COLUMNS[name].asc() if way == "up" else COLUMNS[name].desc() for name, way in _WITHIN[sort]]


def _part(of: ColumnElement[bool], order: Sequence[ColumnElement[Any]], sort: str, conditions: Conditions,
          limit: int) -> Any:
    """The first rows of a part, with the columns that the order goes by."""
    keys = select(*(COLUMNS[name] for name, _ in ORDERS[sort]))
    if sort == "number" or conditions:
        keys = (keys.select_from(WorkItem).outerjoin(Issue, Issue.id == WorkItem.issue_id)
                .outerjoin(Enterprise, Enterprise.id == Issue.enterprise_id)
                .outerjoin(Meeting, Meeting.instance_id == WorkItem.instance_id))
    part = keys.where(of, *conditions).order_by(*order).limit(limit).subquery()
    return select(*part.c)
