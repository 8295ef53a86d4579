"""Who sees which issues: one condition, used by every query that shows an issue, its files or its work items."""
from __future__ import annotations

from sqlalchemy import ColumnElement, Text, and_, cast, exists, false, or_, select, true
from sqlalchemy.orm import Session

from app.actor import Actor
from app.issues.errors import NoSuchIssue
from app.models import Copy, Issue, Unit, WorkItem

_SEES_ALL_POSITIONS = frozenset({"supervisor", "leader", "auditor", "admin"})
_SEES_ALL_UNITS = frozenset({"supervision", "leaders", "city"})


def sees_all(actor: Actor) -> bool:
    """Supervisors, leaders, auditors and administrators of the city see every issue."""
    return any(unit in _SEES_ALL_UNITS and position in _SEES_ALL_POSITIONS for unit, position in actor.all_posts)


def visible_issues(actor: Actor) -> ColumnElement[bool]:
    """The condition on Issue under which `actor` may see it.

    A person's unit sees an issue of its place (a banner those of its zones too), one that it leads or joins in, and
    one that it ever had a work item or a copy of; the person one that they worked on in a post they no longer hold.
    A stand-in sees what the absent person sees.
    """
    if sees_all(actor):
        return true()
    units = sorted({unit for unit, _ in actor.all_posts})
    people = sorted(actor.all_user_ids)
    if not people:
        return false()
    zones = select(Unit.code).where(Unit.parent_code.in_(units), Unit.kind == "zone")
    joint = cast(Issue.joint_units, Text)
    return or_(
        Issue.place.in_(units), Issue.place.in_(zones), Issue.lead_unit.in_(units),
        *(joint.contains(f'"{unit}"', autoescape=True) for unit in units),
        exists().where(and_(WorkItem.issue_id == Issue.id,
                            or_(WorkItem.unit_code.in_(units), WorkItem.assignee_id.in_(people),
                                WorkItem.closed_by.in_(people)))).correlate(Issue),
        exists().where(and_(Copy.issue_id == Issue.id, or_(Copy.unit_code.in_(units), Copy.user_id.in_(people))))
        .correlate(Issue),
    )


def find_visible(session: Session, actor: Actor, number: str) -> Issue:
    """The issue of that number. Raises NoSuchIssue alike when there is none and when `actor` may not see it."""
    issue = session.scalars(select(Issue).where(Issue.number == number, visible_issues(actor))).one_or_none()
    if issue is None:
        raise NoSuchIssue
    return issue
