"""Who sees which meetings: one condition, used by every query that shows a meeting."""
from __future__ import annotations

from sqlalchemy import ColumnElement, exists, false, or_, select, true
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases.errors import NotFound
from app.issues.visibility import sees_all
from app.models import Copy, Meeting, WorkItem
from workflows.sentence import say


def visible_meetings(actor: Actor) -> ColumnElement[bool]:
    """The condition on Meeting under which `actor` may see it: whoever sees every case sees every meeting; a unit sees
    the meetings that it was asked to, had something to carry out of, or was told of; a person those that they worked on
    in a post they no longer hold."""
    if sees_all(actor):
        return true()
    units = sorted({unit for unit, _ in actor.all_posts})
    people = sorted(actor.all_user_ids)
    if not people:
        return false()
    return or_(
        exists().where(WorkItem.instance_id == Meeting.instance_id, or_(
            WorkItem.unit_code.in_(units), WorkItem.assignee_id.in_(people), WorkItem.closed_by.in_(people)))
        .correlate(Meeting),
        exists().where(Copy.instance_id == Meeting.instance_id,
                       or_(Copy.unit_code.in_(units), Copy.user_id.in_(people))).correlate(Meeting))


def find_visible(session: Session, actor: Actor, number: str) -> Meeting:
    """The meeting of that number. Raises NotFound alike when there is none and when `actor` may not see it."""
    meeting = session.scalars(select(Meeting).where(Meeting.number == number, visible_meetings(actor))).one_or_none()
    if meeting is None:
        raise NotFound(say("没有找到这次调度会，或者您没有查看它的权限。"))
    return meeting
