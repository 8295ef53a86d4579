"""The invariants of cases, checked one instance at a time. `zhuqi check` prints what is broken."""
from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cases import definitions, proof
from app.models import Incident, Instance, Timer, WorkItem
from workflows import engine
from workflows.sentence import listed, say


def instances(session: Session) -> list[int]:
    """The ids of all instances, oldest first."""
    return list(session.scalars(select(Instance.id).order_by(Instance.id)))


def broken(session: Session, instance_id: int) -> Iterator[str]:
    """What is broken in an instance: a line each.

    Open work items equal the engine's READY user tasks; timer rows equal its waiting timers; a running instance has
    a work item, a waiting event or an incident; history is chained and everything stored follows from it; a finished
    task was finished once.
    """
    instance = session.get_one(Instance, instance_id, populate_existing=True)
    snapshot = engine.inspect(definitions.version_of(session, instance.definition_hash), instance.state)
    rows = {str(task_id) for task_id in session.scalars(select(WorkItem.task_id).where(
        WorkItem.instance_id == instance_id, WorkItem.kind == "task", WorkItem.status.in_(("open", "held"))))}
    tasks = {task.task_id for task in snapshot.open_tasks}
    if rows != tasks:
        yield _line(instance, say("待办与流程不一致：只在收件箱 %(items)s，只在流程 %(tasks)s",
                                  items=sorted(rows - tasks), tasks=sorted(tasks - rows)))
    armed = {(timer.task_id, timer.due_at) for timer in snapshot.timers}
    kept = {(task_id, due) for task_id, due in session.execute(
        select(Timer.task_id, Timer.due_at).where(Timer.instance_id == instance_id))}
    if instance.status == "running" and armed != kept:
        yield _line(instance,
                    say("定时与流程不一致：流程有 %(armed)s 个，表里有 %(kept)s 个", armed=len(armed), kept=len(kept)))
    if instance.status == "running" and not (tasks or armed or snapshot.waiting_messages):
        yield _line(instance, say("没有结束，却没有人、时限或消息可等"))
    if instance.status == "incident" and not session.scalar(select(func.count()).select_from(Incident).where(
            Incident.instance_id == instance_id, Incident.closed_at.is_(None))):
        yield _line(instance, say("停在故障上，却没有故障记录"))
    if (instance.ended_at is not None) != (snapshot.ended is not None):
        yield _line(instance, say("结束的标记与流程的状态不同"))
    fault = proof.whole(session, instance_id).fault
    if fault is not None:
        yield _line(instance, listed([fault.what, *fault.differs]))
    yield from _finished_twice(session, instance)


def _finished_twice(session: Session, instance: Instance) -> Iterator[str]:
    twice = session.scalars(
        select(WorkItem.task_id).where(WorkItem.instance_id == instance.id, WorkItem.status == "done",
                                       WorkItem.task_id.is_not(None))
        .group_by(WorkItem.task_id).having(func.count() > 1))
    for task_id in twice:
        yield _line(instance, say("任务 %(task_id)s 办结了不止一次", task_id=task_id))


def _line(instance: Instance, fault: str) -> str:
    return f"{instance.key} #{instance.id}: {fault}"
