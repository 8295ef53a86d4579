"""Incidents: an error in a diagram stops its own instance and nobody else's, until an administrator lifts it."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from app.cases.locking import Held
from app.models import Incident, Instance
from workflows.step import Step


def follow(session: Session, held: Held, step: Step, now: datetime) -> None:
    """Opens the incident that a step carries; closes the one that a step without any has left behind."""
    if step.incident is not None:
        _close(session, held, now)
        session.execute(insert(Incident), [{
            "instance_id": held.id, "element_id": step.incident.element_id, "process_id": step.incident.process_id,
            "code": step.incident.code, "message": step.incident.message, "opened_at": now, "retries": 0}])
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
    session.execute(update(Instance).where(Instance.id == instance_id).values(status="incident")
                    .execution_options(synchronize_session=False))
