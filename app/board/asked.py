"""What the board is asked for: a selection of the running cases, and the conditions that its numbers and the lists
behind them are both made of, so that a number is as large as its list is long.

`closed_at is null` is written out wherever running cases are meant: the indexes that the board reads hold those alone,
and so it costs as much with a million closed cases as with none.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, literal_column, or_, select, true
from sqlalchemy.orm import aliased

from app.actor import Actor
from app.dates import midnight
from app.issues.visibility import sees_all
from app.models import Enterprise, Issue, Unit, WorkItem
from app.numbers import page_number, whole
from workflows.calendar import CITY_ZONE, Calendar

SHOWS = ("red", "yellow", "green", "soon", "idle", "returned", "deciding")
"""the lists behind the numbers; `soon`: red by the end of the week; `deciding`: waits for a supervisor's decision"""
NONE = "-"
"""of a filter: cases that have none yet"""
IDLE_DAYS = 5
MOST_IDLE_DAYS = 60
TWICE = 2
"""so many steps back are a stuck case"""
RUNNING = Issue.closed_at.is_(None)
OPEN_TASK = and_(WorkItem.status == literal_column("'open'"), WorkItem.kind == literal_column("'task'"))
_Moved = aliased(WorkItem)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The address. `show` '' is all running cases; filters are codes, '' none, NONE for cases without one; `leader` is
    a user's id. `days`: working days without a move from which on a case is idle."""
    show: str = ""
    unit: str = ""
    category: str = ""
    level: str = ""
    leader: str = ""
    days: int = IDLE_DAYS
    page: int = 1


@dataclass(frozen=True, slots=True)
class Hours:
    """The instants that the board compares with: now, the end of this week, and since when a case has to have moved."""
    now: datetime
    week_ends: datetime
    idle_since: datetime


def parse(args: Mapping[str, str]) -> Wanted:
    """From an address; what makes no sense is left out."""
    show, days = args.get("show", ""), whole(args.get("days"), IDLE_DAYS)
    leader = args.get("leader", "")
    return Wanted(show if show in SHOWS else "", args.get("unit", ""), args.get("category", ""), args.get("level", ""),
                  leader if leader == NONE or whole(leader) else "", min(max(days, 1), MOST_IDLE_DAYS),
                  page_number(args.get("page")))


def hours(wanted: Wanted, now: datetime, calendar: Calendar) -> Hours:
    """Weeks end on Sunday at midnight; a case is idle that has not moved since N working days ago."""
    today = now.astimezone(CITY_ZONE).date()
    monday = today + timedelta(days=7 - today.weekday())
    since = calendar.subtract_working_days(today, wanted.days)
    return Hours(now, midnight(monday), midnight(since))


def tone(at: Hours) -> ColumnElement[str]:
    """The light of a case: what the supervising timers have set, and red as soon as its limit is past."""
    return case((Issue.due_at < at.now, literal_column("'red'")), else_=Issue.light)


def soon(at: Hours) -> ColumnElement[bool]:
    """Not red yet, but by the end of the week unless something happens."""
    return and_(Issue.due_at >= at.now, Issue.due_at < at.week_ends, Issue.light != "red")


def idle(at: Hours) -> ColumnElement[bool]:
    """Somebody has a task of it, and nothing was opened or finished since. Both are asked of each case in turn, in one
    index each, so that a page walks no further than it is long."""
    waits = exists().where(OPEN_TASK, WorkItem.issue_id == Issue.id, WorkItem.opened_at < at.idle_since)
    moved = exists().where(_Moved.issue_id == Issue.id, or_(_Moved.opened_at >= at.idle_since,
                                                            _Moved.closed_at >= at.idle_since))
    return and_(waits.correlate(Issue), ~moved.correlate(Issue))


def returned() -> ColumnElement[bool]:
    """Steps of it were sent back twice or more. Asked of each running case: what all the ended ones have is more every
    year."""
    back = select(WorkItem.issue_id).where(WorkItem.returned_by_item.is_not(None), WorkItem.issue_id == Issue.id)
    return back.offset(TWICE - 1).limit(1).correlate(Issue).exists()


def deciding() -> ColumnElement[bool]:
    """A supervisor has to decide: who leads, an extension, what comes of a second dissatisfaction."""
    return Issue.id.in_(select(WorkItem.issue_id).where(OPEN_TASK, WorkItem.position_code == "supervisor"))


def scope(actor: Actor) -> ColumnElement[bool]:
    """Supervisors and leaders of the city see every case; others those that their unit leads, or of its place: part of
    what they may see anyway."""
    if sees_all(actor):
        return true()
    units = sorted({unit for unit, _ in actor.posts})
    zones = select(Unit.code).where(Unit.parent_code.in_(units), Unit.kind == "zone")
    return or_(Issue.lead_unit.in_(units), Issue.place.in_(units), Issue.place.in_(zones))


def filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Running cases of the unit, category, level and leader in charge."""
    pairs = ((Issue.lead_unit, wanted.unit), (Issue.category, wanted.category), (Issue.level, wanted.level))
    chosen = [column.is_(None) if value == NONE else column == value for column, value in pairs if value]
    if wanted.leader:
        led = Enterprise.leader_id.is_(None) if wanted.leader == NONE else Enterprise.leader_id == whole(wanted.leader)
        chosen.append(Issue.enterprise_id.in_(select(Enterprise.id).where(led)))
    return [RUNNING, *chosen]


def shown(show: str, at: Hours) -> ColumnElement[bool]:
    """The condition of a list."""
    if show in ("red", "yellow", "green"):
        return tone(at) == show
    return {"soon": lambda: soon(at), "idle": lambda: idle(at), "returned": returned, "deciding": deciding,
            "": true}[show]()
