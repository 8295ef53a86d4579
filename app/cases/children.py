"""Signatures and questions hang on a task: they fall away with it, and their limit is the task's."""
from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from app.cases.locking import Held
from app.models import WorkItem
from workflows.step import Step

WAITING = ("open", "held")


def follow(session: Session, held: Held, step: Step, now: datetime) -> None:
    """Carries on to the children what a step, written before, has done to their tasks; the end of an instance ends
    every one of them."""
    if step.ended:
        _close(session, held, None, now)
    elif any(task.how != "completed" for task in step.closed):
        gone = select(WorkItem.id).where(WorkItem.instance_id == held.id,
                                         WorkItem.status.in_(("cancelled", "returned", "recalled")))
        _close(session, held, gone, now)
    for task in step.redated:
        parent = select(WorkItem.id).where(WorkItem.instance_id == held.id, WorkItem.task_id == task.task_id)
        session.execute(update(WorkItem).where(WorkItem.parent_id.in_(parent), WorkItem.status.in_(WAITING))
                        .values(due_at=task.due_at, due_provisional=task.provisional)
                        .execution_options(synchronize_session=False))


def _close(session: Session, held: Held, parents: Select[int] | None, now: datetime) -> None:
    """Cancels the waiting children of these tasks, or of the whole instance."""
    of_these = WorkItem.parent_id.is_not(None) if parents is None else WorkItem.parent_id.in_(parents)
    session.execute(update(WorkItem).where(WorkItem.instance_id == held.id, WorkItem.status.in_(WAITING), of_these)
                    .values(status="cancelled", closed_at=now).execution_options(synchronize_session=False))


def instances_with_waiting(session: Session, instance_ids: Collection[int]) -> set[int]:
    """Those of these instances that have signatures or questions waiting."""
    return set(session.scalars(select(WorkItem.instance_id).distinct().where(
        WorkItem.instance_id.in_(instance_ids), WorkItem.parent_id.is_not(None), WorkItem.status.in_(WAITING))))
