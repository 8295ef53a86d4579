"""Incidents: an error in a diagram stops its own instance and nobody else's, until an administrator lifts it.

Its owners are the administrators: each post of theirs gets a copy to read.
"""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.cases.history import Entry
from app.cases.locking import Held
from app.models import Copy, Incident, Instance, Issue, Post
from workflows.sentence import say
from workflows.step import Step

OWNER = "admin"
"""the position whose people lift incidents"""

LEAVE_STANDING = frozenset({"migrate", "take_back", "set_variables"})
"""inputs that change an instance and do not try again what failed in it"""


def follow(session: Session, held: Held, step: Step, entry: Entry) -> None:
    """Opens the incident that a step carries; closes the one that a step without any has left behind."""
    now = entry.at
    if step.incident is not None and held.status == "incident" and entry.op in LEAVE_STANDING:
        session.execute(update(Incident).where(Incident.instance_id == held.id, Incident.closed_at.is_(None)).values(
            element_id=step.incident.element_id, process_id=step.incident.process_id)
            .execution_options(synchronize_session=False))
    elif step.incident is not None:
        _close(session, held, now)
        session.execute(insert(Incident), [{
            "instance_id": held.id, "element_id": step.incident.element_id, "process_id": step.incident.process_id,
            "code": step.incident.code, "message": step.incident.message, "opened_at": now, "retries": 0}])
        _tell_stopped(session, held.id, step.incident.message, now)
    elif held.status == "incident":
        _close(session, held, now)


def _close(session: Session, held: Held, now: datetime) -> None:
    session.execute(update(Incident).where(Incident.instance_id == held.id, Incident.closed_at.is_(None))
                    .values(closed_at=now).execution_options(synchronize_session=False))


def stop(session: Session, instance_id: int, code: str, message: str, now: datetime) -> None:
    """Stops an instance from outside, when working it failed for a reason that its diagram does not know of."""
    session.execute(insert(Incident), [{
        "instance_id": instance_id, "element_id": "", "process_id": "", "code": code, "message": message,
        "opened_at": now, "retries": 0}])
    _tell_stopped(session, instance_id, message, now)
    running = (Instance.id == instance_id, Instance.status == "running")
    session.execute(update(Instance).where(*running).values(status="incident")
                    .execution_options(synchronize_session=False))


def _tell_stopped(session: Session, instance_id: int, message: str, now: datetime) -> None:
    tell_owners(session, instance_id, say("流程停在故障上：%(message)s", message=message), "escalate", now)


def tell_owners(session: Session, instance_id: int, text: str, kind: str, now: datetime) -> None:
    """A copy to read for each post of an administrator."""
    units = session.scalars(select(Post.unit_code).where(Post.position_code == OWNER).distinct()).all()
    if units:
        issue_id = session.scalar(select(Issue.id).where(Issue.instance_id == instance_id))
        session.execute(insert(Copy), [{
            "instance_id": instance_id, "issue_id": issue_id, "unit_code": unit, "position_code": OWNER,
            "kind": kind, "text": text, "sent_at": now} for unit in units])
