"""沟通 and remarks: asking somebody about a task without holding it up."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import history
from app.cases.errors import Blocked
from app.inbox.targets import first_post, note, own, person
from app.models import Comment, WorkItem


def ask(session: Session, item_id: int, user_id: int, question: str, *, actor: Actor, now: datetime) -> WorkItem:
    """Puts a question into a person's inbox; the task goes on meanwhile."""
    item, held = own(session, item_id, actor)
    asked = person(session, user_id)
    if asked.id == actor.user_id:
        raise Blocked("不能向自己提问。")
    if not question.strip():
        raise Blocked("请写明想问什么。")
    unit, position = first_post(asked)
    note(session, held, "consult", item, f"{actor.name}向{asked.name}沟通：{question}", actor=actor, now=now,
         to=asked.id)
    consult = WorkItem(
        instance_id=item.instance_id, issue_id=item.issue_id, kind="consult", parent_id=item.id,
        element_id=item.element_id, process_id=item.process_id, name=f"沟通：{item.name}", stage=item.stage,
        unit_code=unit, position_code=position, assignee_id=asked.id, green_lane=item.green_lane, opened_at=now,
        due_at=item.due_at, local={"question": question, "asked_by": actor.user_id})
    session.add(consult)
    session.flush()
    return consult


def answer(session: Session, consult_id: int, text: str, *, actor: Actor, now: datetime) -> None:
    """The answer appears on the task that it was asked about."""
    consult, held = own(session, consult_id, actor, kind="consult")
    if not text.strip():
        raise Blocked("请写下您的答复。")
    note(session, held, "consult_answer", consult, f"{actor.name}答复沟通：{text}", actor=actor, now=now)
    consult.status, consult.closed_at, consult.closed_by = "done", now, actor.user_id
    consult.answer = {"text": text}


def of_task(session: Session, item_id: int) -> list[WorkItem]:
    """All questions about a task, oldest first."""
    return list(session.scalars(select(WorkItem).where(WorkItem.parent_id == item_id, WorkItem.kind == "consult")
                                .order_by(WorkItem.id)))


def comment(session: Session, instance_id: int, text: str, *, actor: Actor, now: datetime) -> None:
    """A remark for the officers who work on the issue; the enterprise never sees it."""
    if not text.strip():
        raise Blocked("备注不能空着。")
    session.add(Comment(instance_id=instance_id, user_id=actor.user_id, at=now, text=text.strip()))
    history.note_act(session, instance_id, "comment", actor=actor, now=now, text=f"{actor.name}写了备注")
