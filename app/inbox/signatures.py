"""加签 and 减签: others sign before a task is finished or after it; all of them, any of them, or one after another.

A signature is a work item of kind 'sign' under the task. Its `local` holds {when, mode, batch, question}; one that has
its turn later is `held`. Those before the task block its finishing; those after it hold its answers until they agree.
"""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import service
from app.cases.errors import AlreadyDone, Blocked, NotYours
from app.cases.locking import Held
from app.inbox import drafts
from app.inbox.targets import first_post, lock, note, own, person
from app.models import WorkItem
from workflows.calendar import Calendar

Json = Any
When = Literal["before", "after"]
Mode = Literal["all", "any", "sequence"]
MODES = {"all": "会签（都要给出意见）", "any": "或签（一人给出意见即可）", "sequence": "依次（按顺序逐个给出意见）"}
MAX_SIGNERS = 20


def add(session: Session, item_id: int, user_ids: Sequence[int], *, when: When, mode: Mode, question: str,
        actor: Actor, now: datetime) -> list[WorkItem]:
    """加签. `before`: the task waits for them; `after`: they sign once it is finished, before it goes on."""
    item, held = own(session, item_id, actor)
    chosen = list(dict.fromkeys(user_ids))
    if not chosen or len(chosen) > MAX_SIGNERS:
        raise Blocked(f"请选择加签的人，一次最多 {MAX_SIGNERS} 位。")
    if actor.user_id in chosen:
        raise Blocked("不能请自己加签。")
    people = [person(session, user_id) for user_id in chosen]
    names = "、".join(user.name for user in people)
    label = "前加签" if when == "before" else "后加签"
    note(session, held, "add_signers", item, f"“{item.name}”{label}：请{names}{MODES[mode].split('（')[0]}",
         actor=actor, now=now, users=chosen, when=when, mode=mode, question=question)
    batch = held.history_length
    children = []
    for turn, user in enumerate(people):
        unit, position = first_post(user)
        opens = when == "before" and (mode != "sequence" or turn == 0)
        children.append(WorkItem(
            instance_id=item.instance_id, issue_id=item.issue_id, kind="sign", parent_id=item.id,
            element_id=item.element_id, process_id=item.process_id, name=f"加签：{item.name}", stage=item.stage,
            unit_code=unit, position_code=position, assignee_id=user.id, status="open" if opens else "held",
            green_lane=item.green_lane, opened_at=now, due_at=item.due_at,
            local={"when": when, "mode": mode, "batch": batch, "question": question}))
    session.add_all(children)
    item.touched_at = item.touched_at or now
    session.flush()
    return children


def answer(session: Session, sign_id: int, *, agree: bool, opinion: str, actor: Actor, now: datetime,
           calendar: Calendar) -> None:
    """A signer's opinion. After a finished task the last agreement sends it on, a disagreement back to its owner."""
    sign, held = own(session, sign_id, actor, kind="sign")
    if not agree and not opinion.strip():
        raise Blocked("不同意时请写明理由。")
    verdict = "同意" if agree else "不同意"
    note(session, held, "sign", sign, f"{actor.name}加签：{verdict}{'，' + opinion if opinion else ''}", actor=actor,
         now=now, agree=agree, opinion=opinion)
    _close(sign, "done", actor, now)
    sign.answer = {"agree": agree, "opinion": opinion}
    _go_on(session, sign, held, agree, actor, now, calendar)


def remove(session: Session, sign_id: int, *, actor: Actor, now: datetime, calendar: Calendar) -> None:
    """减签: whoever has the task withdraws a signature that has not been given."""
    sign, held = lock(session, sign_id)
    if sign.kind != "sign" or sign.status not in ("open", "held"):
        raise AlreadyDone("这位同事已经给出意见，或加签已经撤销。")
    task = session.get_one(WorkItem, sign.parent_id, populate_existing=True)
    if not (actor.may_work_on(task.unit_code, task.position_code, task.assignee_id) or task.closed_by == actor.user_id):
        raise NotYours("只有请求加签的人可以减签。")
    signer = person(session, sign.assignee_id or 0)
    note(session, held, "remove_signer", sign, f"减签：不再请{signer.name}给出意见", actor=actor, now=now)
    _close(sign, "cancelled", actor, now)
    _go_on(session, sign, held, True, actor, now, calendar)


def of_task(session: Session, item_id: int) -> list[WorkItem]:
    """All signatures of a task, in the order in which they were asked for."""
    return list(session.scalars(select(WorkItem).where(WorkItem.parent_id == item_id, WorkItem.kind == "sign")
                                .order_by(WorkItem.id)))


def _go_on(session: Session, sign: WorkItem, held: Held, agree: bool, actor: Actor, now: datetime,
           calendar: Calendar) -> None:
    batch = [each for each in of_task(session, sign.parent_id or 0) if each.local["batch"] == sign.local["batch"]]
    waiting = [each for each in batch if each.status in ("open", "held")]
    task = session.get_one(WorkItem, sign.parent_id, populate_existing=True)
    if sign.local["mode"] == "any" and sign.status == "done" and agree:
        for other in waiting:
            _close(other, "cancelled", actor, now)
        waiting = []
    elif (sign.local["mode"] == "sequence" and waiting and all(each.status == "held" for each in waiting)
          and (sign.local["when"] == "before" or task.status == "held")):
        waiting[0].status, waiting[0].opened_at = "open", now
    if sign.local["when"] == "after" and task.status == "held":
        session.flush()
        if not agree:
            _send_back(session, task, held, actor, now)
        elif not any(each.status in ("open", "held") for each in of_task(session, task.id)):
            service.complete_held(session, task.id, actor=actor, now=now, calendar=calendar)


def _send_back(session: Session, task: WorkItem, held: Held, actor: Actor, now: datetime) -> None:
    """A disagreement after the task: the owner gets it again, with what they had filled in as a draft."""
    owner = task.closed_by
    for each in of_task(session, task.id):
        if each.status in ("open", "held"):
            _close(each, "cancelled", actor, now)
    if owner is not None:
        drafts.save(session, task.id, owner, task.answer or {}, now)
    task.status, task.closed_by, task.answer, task.assignee_id = "open", None, None, owner
    note(session, held, "sign_refused", task, f"加签不同意，“{task.name}”退回办理人修改", actor=actor, now=now)


def _close(sign: WorkItem, status: str, actor: Actor, now: datetime) -> None:
    sign.status, sign.closed_at, sign.closed_by = status, now, actor.user_id
