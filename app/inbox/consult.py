"""沟通 and remarks: asking somebody about a task without holding it up."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor, PostKey
from app.cases import history
from app.cases.errors import Blocked
from app.inbox.targets import asked_of, first_post, holder, note, own, person, tell_asker
from app.models import Comment, Position, Unit, WorkItem
from workflows.sentence import say


def ask(session: Session, item_id: int, to: int | PostKey, question: str, *, actor: Actor, now: datetime) -> WorkItem:
    """Puts a question into the inbox of a person (a user id) or of a post (unit code, position code), where any of its
    people may answer. The task goes on meanwhile."""
    item, held = own(session, item_id, actor)
    if not question.strip():
        raise Blocked(say("请写明想问什么。"))
    post, user_id, name = _addressee(session, to)
    if user_id is not None and user_id in actor.all_user_ids:
        raise Blocked(say("不能向自己提问。"))
    note(session, held, "consult", item, say("向%(name)s沟通：%(question)s", name=name, question=question.strip()),
         actor=actor, now=now,
         to=user_id if user_id is not None else list(post))
    consult = asked_of(item, "consult", post, user_id, asker=holder(actor, item), now=now,
                       local={"question": question.strip()})
    session.add(consult)
    session.flush()
    return consult


def answer(session: Session, consult_id: int, text: str, *, actor: Actor, now: datetime) -> None:
    """The answer appears on the task that it was asked about, and whoever asked is told."""
    consult, held = own(session, consult_id, actor, kind="consult")
    text = text.strip()
    if not text:
        raise Blocked(say("请写下您的答复。"))
    note(session, held, "consult_answer", consult, say("答复沟通：%(text)s", text=text), actor=actor, now=now)
    tell_asker(session, consult, say("%(person)s答复了“%(name)s”：%(text)s", person=actor.name, name=consult.name,
                                     text=text), actor=actor, now=now)
    consult.status, consult.closed_at, consult.closed_by = "done", now, actor.user_id
    consult.on_behalf_of = actor.principal_for(consult.unit_code, consult.position_code, consult.assignee_id)
    consult.answer = {"text": text}


def of_task(session: Session, item_id: int) -> list[WorkItem]:
    """All questions about a task, oldest first."""
    return list(session.scalars(select(WorkItem).where(WorkItem.parent_id == item_id, WorkItem.kind == "consult")
                                .order_by(WorkItem.id)))


def comment(session: Session, instance_id: int, text: str, *, actor: Actor, now: datetime) -> None:
    """A remark for the officers who work on the issue; the enterprise never sees it."""
    if not text.strip():
        raise Blocked(say("备注不能空着。"))
    history.note_act(session, instance_id, "comment", actor=actor, now=now, text=say("写了备注"))
    session.add(Comment(instance_id=instance_id, user_id=actor.user_id, at=now, text=text.strip()))


def _addressee(session: Session, to: int | PostKey) -> tuple[PostKey, int | None, str]:
    if isinstance(to, int):
        asked = person(session, to)
        return first_post(asked), asked.id, asked.name
    unit, position = session.get(Unit, to[0]), session.get(Position, to[1])
    if unit is None or not unit.active or position is None:
        raise Blocked(say("没有这个岗位。"))
    return to, None, f"{unit.name}{position.name}"
