"""加签 and 减签: others sign before a task is finished or after it; all of them, any of them, or one after another.

A signature is a work item of kind 'sign' under the task. Its `local` holds {when, mode, batch, question}; one that has
its turn later is `held`. Those before the task block its finishing; those after it hold its answers until they agree.
People who were asked at once are a batch.
"""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases.errors import AlreadyDone, Blocked, NotYours
from app.cases.locking import Held
from app.inbox import drafts, finishing
from app.inbox.targets import asked_of, first_post, holder, lock, note, own, person, tell_asker
from app.models import User, WorkItem
from workflows.calendar import Calendar
from workflows.sentence import say

When = Literal["before", "after"]
Mode = Literal["all", "any", "sequence"]
MODES = {"all": say("会签（都要给出意见）"), "any": say("或签（一人给出意见即可）"),
         "sequence": say("依次（按顺序逐个给出意见）")}
_WORDS = {"all": say("会签"), "any": say("或签"), "sequence": say("依次")}
MAX_SIGNERS = 20
WAITING = ("open", "held")


def add(session: Session, item_id: int, user_ids: Sequence[int], *, when: When, mode: Mode, question: str,
        actor: Actor, now: datetime) -> list[WorkItem]:
    """加签. `before`: the task waits for them; `after`: they sign once it is finished, before it goes on. With
    `sequence` they sign in the order of `user_ids`."""
    item, held = own(session, item_id, actor)
    if item.owner_id is not None:
        raise Blocked(say("委派给您的事项不能加签，可以沟通，或写明意见后交回。"))
    chosen = list(dict.fromkeys(user_ids))
    if not chosen or len(chosen) > MAX_SIGNERS:
        raise Blocked(say("请选择加签的人，一次最多 %(max_signers)s 位。", max_signers=MAX_SIGNERS))
    if not actor.all_user_ids.isdisjoint(chosen):
        raise Blocked(say("不能请自己加签。"))
    people = [person(session, user_id) for user_id in chosen]
    label = say("前加签") if when == "before" else say("后加签")
    note(session, held, "add_signers", item, say("“%(name)s”%(when)s：请%(people)s%(mode)s", name=item.name, when=label,
                                                   people=[user.name for user in people], mode=_WORDS[mode]),
         actor=actor, now=now, users=chosen, when=when, mode=mode, question=question)
    local = {"when": when, "mode": mode, "batch": held.history_length, "question": question.strip()}
    signs = [asked_of(item, "sign", first_post(user), user.id, asker=holder(actor, item), now=now, local=local)
             for user in people]
    for turn, sign in enumerate(signs):
        if when == "after" or (mode == "sequence" and turn):
            sign.status = "held"
    session.add_all(signs)
    item.touched_at = item.touched_at or now
    session.flush()
    return signs


def answer(session: Session, sign_id: int, *, agree: bool, opinion: str, actor: Actor, now: datetime,
           calendar: Calendar) -> None:
    """A signer's opinion. After a finished task the last agreement sends it on, a disagreement back to its owner."""
    finishing.hold_for_signature(session, sign_id)
    sign, held = own(session, sign_id, actor, kind="sign")
    opinion = opinion.strip()
    if not agree and not opinion:
        raise Blocked(say("不同意时请写明理由。"))
    word = say("同意") if agree else say("不同意")
    said = say("%(word)s，%(opinion)s", word=word, opinion=opinion) if opinion else word
    note(session, held, "sign", sign, say("加签意见：%(said)s", said=said), actor=actor, now=now, agree=agree,
         opinion=opinion)
    tell_asker(session, sign, say("%(person)s对“%(name)s”的意见：%(said)s", person=actor.name, name=sign.name,
                                  said=said), actor=actor, now=now)
    sign.on_behalf_of = actor.principal_for(sign.unit_code, sign.position_code, sign.assignee_id)
    _close(sign, "done", actor, now)
    sign.answer = {"agree": agree, "opinion": opinion}
    _go_on(session, sign, held, agree, actor, now, calendar)


def remove(session: Session, sign_id: int, *, actor: Actor, now: datetime, calendar: Calendar) -> None:
    """减签: whoever has the task withdraws a signature that has not been given."""
    finishing.hold_for_signature(session, sign_id)
    sign, held = lock(session, sign_id)
    if sign.kind != "sign" or sign.status not in WAITING:
        raise AlreadyDone(say("这位同事已经给出意见，或加签已经撤销。"))
    task = session.get_one(WorkItem, sign.parent_id, populate_existing=True)
    if not may_remove(actor, task):
        raise NotYours(say("只有请求加签的人可以减签。"))
    signer = session.get_one(User, sign.assignee_id)  # whose account may have been closed meanwhile
    note(session, held, "remove_signer", sign, say("减签：不再请%(name)s给出意见", name=signer.name), actor=actor,
         now=now)
    _close(sign, "cancelled", actor, now)
    _go_on(session, sign, held, True, actor, now, calendar)


def may_remove(actor: Actor, task: WorkItem) -> bool:
    """Whoever has the task now, or has finished it and waits for its signatures."""
    if task.status == "held":
        return bool(actor.all_user_ids & {task.closed_by, task.on_behalf_of})
    return task.status == "open" and actor.may_work_on(task.unit_code, task.position_code, task.assignee_id)


def reopen(session: Session, item_id: int, *, actor: Actor, now: datetime) -> None:
    """撤回 of a finished task that waits for signatures, while none has been given: it is open again with its draft,
    and the signatures wait for its next finishing."""
    task, held = lock(session, item_id)
    if task.status != "held" or task.closed_by != actor.user_id:
        raise NotYours(say("只能撤回自己办完、正在等加签的事项。"))
    later = [sign for sign in of_task(session, task.id) if sign.local["when"] == "after"]
    if any(sign.status == "done" for sign in later):
        raise Blocked(say("已经有人给出意见，不能撤回了；可以减签，或等对方不同意时退回给您。"))
    for sign in later:
        if sign.status == "open":
            sign.status = "held"
    _open_again(session, task, now)
    note(session, held, "reopen", task, say("撤回刚办完的“%(name)s”，加签暂停", name=task.name), actor=actor, now=now)


def of_task(session: Session, item_id: int) -> list[WorkItem]:
    """All signatures of a task, in the order in which they were asked for."""
    return list(session.scalars(select(WorkItem).where(WorkItem.parent_id == item_id, WorkItem.kind == "sign")
                                .order_by(WorkItem.id)))


def _go_on(session: Session, sign: WorkItem, held: Held, agree: bool, actor: Actor, now: datetime,
           calendar: Calendar) -> None:
    """After a signature was given or taken away: whose turn is next, and what becomes of the task."""
    waiting = [each for each in of_task(session, sign.parent_id or 0)
               if each.local["batch"] == sign.local["batch"] and each.status in WAITING]
    task = session.get_one(WorkItem, sign.parent_id, populate_existing=True)
    begun = sign.local["when"] == "before" or task.status == "held"
    if sign.local["mode"] == "any" and sign.status == "done":
        for other in waiting:
            _close(other, "cancelled", actor, now)
    elif sign.local["mode"] == "sequence" and begun and waiting and waiting[0].status == "held":
        waiting[0].status, waiting[0].opened_at = "open", now
    if sign.local["when"] == "after" and task.status == "held":
        session.flush()
        if not agree:
            _send_back(session, task, held, actor, now)
        elif not any(each.status in WAITING for each in of_task(session, task.id)):
            finishing.finish_held(session, task, actor=actor, now=now, calendar=calendar)


def _send_back(session: Session, task: WorkItem, held: Held, actor: Actor, now: datetime) -> None:
    """A disagreement after the task: whoever finished it gets it again, with what they had filled in as a draft."""
    for each in of_task(session, task.id):
        if each.status in WAITING:
            _close(each, "cancelled", actor, now)
    owner = task.on_behalf_of or task.closed_by
    _open_again(session, task, now)
    task.assignee_id = task.assignee_id or owner
    note(session, held, "sign_refused", task, say("加签不同意，“%(name)s”退回办理人修改", name=task.name), actor=actor,
         now=now)


def _open_again(session: Session, task: WorkItem, now: datetime) -> None:
    for who in (task.closed_by, task.on_behalf_of):
        if who is not None:
            drafts.save(session, task.id, who, task.answer or {}, now)
    task.status, task.closed_by, task.on_behalf_of, task.answer = "open", None, None, None


def _close(sign: WorkItem, status: str, actor: Actor, now: datetime) -> None:
    sign.status, sign.closed_at, sign.closed_by = status, now, actor.user_id
