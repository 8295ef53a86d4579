"""What lists show of an issue: a few of its instance's variables and marks, written along with the step."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update

from app.cases.locking import Held
from app.cases.rows import Statement, table
from app.models import Issue
from workflows.step import Step

Json = Any
PLAIN = ("category", "level", "green_lane", "lead_unit", "joint_units", "light", "response_rating", "solved",
         "satisfaction")
RENAMED = {"sent_reply": "reply"}
"""the issue keeps the reply that was sent, not the draft of one"""
INSTANTS = ("due_at", "plan_due_at")
MARKS: Mapping[str, Mapping[str, Json]] = {"plan_breached": {"plan_breached": True}}
STATUS_OF_OUTCOME = {"withdrawn": "withdrawn", "merged": "merged"}
ASKED = "enterprise_answered"
"""an issue whose instance waits for this message waits for its enterprise"""
NOT_NULL = {"green_lane": False, "joint_units": [], "light": "green"}
_PROJECT = Statement(update(table(Issue)).where(table(Issue).c.id == bindparam("held_issue")))


def project(held: Held, step: Step, now: datetime, status: str | None = None) -> None:
    """Writes what changed in the step onto the instance's issue; nothing if it has none."""
    if held.issue_id is None:
        return
    values = columns(step, now)
    if status == "suspended":
        values["status"] = status
    if values and not (values.keys() == {"status"} and status is None and _stands_as_before(held, step)):
        held.writes.add(_PROJECT, {"held_issue": held.issue_id, **values})


def columns(step: Step, now: datetime) -> dict[str, Json]:
    """The issue's columns that a step changes."""
    values = _changed(step) | standing(step, now)
    for trace in step.trace:
        values |= MARKS.get(trace.mark or "", {})
    return values


def _stands_as_before(held: Held, step: Step) -> bool:
    """Whether the status that the issue has is the one that this step would give it."""
    return held.status == "running" and (ASKED in held.waiting_messages) == (ASKED in step.waiting_messages)


def _changed(step: Step) -> dict[str, Json]:
    values: dict[str, Json] = {}
    for name in step.changed:
        value = step.variables.get(name)
        if name in PLAIN:
            values[name] = NOT_NULL.get(name) if value is None else value
        elif name in RENAMED:
            values[RENAMED[name]] = value
        elif name in INSTANTS:
            values[name] = datetime.fromisoformat(value) if value else None
    return values


def standing(step: Step, now: datetime) -> dict[str, Json]:
    """The stage that is being worked on, and how the issue stands.

    A process says the stage in its variable `stage`. An issue is closed once: what its enterprise had added may still
    be read afterwards.
    """
    stage = step.variables.get("stage")
    if "stage" in step.changed if stage == "closed" else step.ended:
        outcome = step.variables.get("outcome")
        return {"stage": "closed", "closed_at": now, "status": STATUS_OF_OUTCOME.get(str(outcome), "closed")}
    if stage == "closed":
        return {}
    values: dict[str, Json] = {"status": "asked" if ASKED in step.waiting_messages else "open"}
    if "stage" in step.changed and stage:
        values["stage"] = stage
    return values
