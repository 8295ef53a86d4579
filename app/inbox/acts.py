"""What each act's form asks for, which service does it, and what is said afterwards."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from flask import request
from flask_babel import gettext as _

from app import forms
from app.actor import PostKey
from app.cases import service
from app.cases.errors import Blocked, NotFound
from app.inbox import claims, consult, copies, finishing, handover, reminders, signatures, supervision
from app.inbox.form_files import Taken
from app.models import WorkItem
from app.numbers import ids, whole
from app.presentation import tell
from app.web import actor, calendar, db, now


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says after an act. `show` is another item to show, if the act has opened one; `leave`: the task is
    no longer this person's, and the next one opens: one of `opened`, if it is theirs."""
    text: str
    show: int | None = None
    leave: bool = False
    opened: Sequence[int] = ()


Act = Callable[[WorkItem, Taken], Told]
ACTS: dict[str, Act] = {}
"""what is done with the item and the files that came along, by the last part of the act's address"""
TAKE_FILES: set[str] = set()
"""the acts that files may come along with"""


def _act(function: Callable[[WorkItem], Told]) -> Callable[[WorkItem], Told]:
    """Registers an act under its function's name, which is the last part of its address: `return_` is …/return."""
    ACTS[function.__name__.rstrip("_")] = lambda item, _files: function(item)
    return function


def _act_with_files(function: Act) -> Act:
    """The same for an act that sends the task's form along."""
    TAKE_FILES.add(function.__name__)
    ACTS[function.__name__] = function
    return function


@_act
def claim(item: WorkItem) -> Told:
    claims.claim(db(), item.id, actor=actor(), now=now())
    return Told(_("已签收，这件事现在由您办理。"))


@_act
def release(item: WorkItem) -> Told:
    claims.release(db(), item.id, actor=actor(), now=now())
    return Told(_("已放回，岗位上的同事都能办理。"))


@_act
def return_(item: WorkItem) -> Told:
    outcome = service.return_item(
        db(), item.id, request.form.get("target", ""), _text("reason"), jump_back=request.form.get("after") == "back",
        actor=actor(), now=now(), calendar=calendar())
    return Told(_("已退回，交%(who)s。", who=tell(finishing.handed_to(db(), outcome.opened))), leave=True)


@_act
def recall(item: WorkItem) -> Told:
    if item.status == "held":
        signatures.reopen(db(), item.id, actor=actor(), now=now())
        return Told(_("已撤回，您上次填写的内容还在；再次办结后会重新请对方加签。"))
    outcome = service.recall_item(db(), item.id, actor=actor(), now=now(), calendar=calendar())
    return Told(_("已撤回，您上次填写的内容还在。"), show=outcome.opened[0] if outcome.opened else None)


@_act
def transfer(item: WorkItem) -> Told:
    handover.transfer(db(), item.id, _user(), _text("reason"), actor=actor(), now=now())
    return Told(_("已转办。"), leave=True)


@_act
def delegate(item: WorkItem) -> Told:
    handover.delegate(db(), item.id, _user(), _text("reason"), actor=actor(), now=now())
    return Told(_("已委派，对方提出意见后会回到您这里；在此之前可在“等待他人”里看到。"), leave=True)


@_act_with_files
def give_back(item: WorkItem, taken: Taken) -> Told:
    if taken.refused:
        raise Blocked("".join(taken.refused))
    values = forms.read(finishing.asked(db(), item).spec, request.form, taken.ids)
    handover.give_back(db(), item.id, _text("opinion"), values, actor=actor(), now=now())
    return Told(_("已交回委派人。"), leave=True)


@_act
def take_back(item: WorkItem) -> Told:
    handover.take_back(db(), item.id, actor=actor(), now=now())
    return Told(_("已收回，由您继续办理。"))


@_act
def signers(item: WorkItem) -> Told:
    mode = request.form.get("mode", "all")
    signatures.add(db(), item.id, _users(), when="after" if request.form.get("when") == "after" else "before",
                   mode=cast(signatures.Mode, mode if mode in signatures.MODES else "all"), question=_text("reason"),
                   actor=actor(), now=now())
    return Told(_("已请对方加签。"))


@_act
def sign(item: WorkItem) -> Told:
    signatures.answer(db(), item.id, agree=request.form.get("agree") == "yes", opinion=_text("opinion"),
                      actor=actor(), now=now(), calendar=calendar())
    return Told(_("意见已送出。"), leave=True)


@_act
def remove_signer(item: WorkItem) -> Told:
    sign = whole(request.form.get("sign"))
    if all(each.id != sign for each in signatures.of_task(db(), item.id)):
        raise NotFound(_("没有这个加签。"))
    signatures.remove(db(), sign, actor=actor(), now=now(), calendar=calendar())
    return Told(_("已减签。"))


@_act
def consult_(item: WorkItem) -> Told:
    consult.ask(db(), item.id, _user_or_post(), _text("reason"), actor=actor(), now=now())
    return Told(_("问题已送到对方的待办，不影响您继续办理。"))


@_act
def answer(item: WorkItem) -> Told:
    consult.answer(db(), item.id, _text("opinion"), actor=actor(), now=now())
    return Told(_("答复已送出。"), leave=True)


@_act
def comment(item: WorkItem) -> Told:
    consult.comment(db(), item.instance_id, _text("reason"), actor=actor(), now=now())
    return Told(_("备注已写入。"))


@_act
def copy(item: WorkItem) -> Told:
    copies.send(db(), item.id, _users(), _text("reason"), actor=actor(), now=now())
    return Told(_("已抄送。"))


@_act
def urge(item: WorkItem) -> Told:
    reminders.urge(db(), item.id, _text("reason"), actor=actor(), now=now())
    return Told(_("已催办，对方会在待办里看到。"))


@_act
def follow_up(item: WorkItem) -> Told:
    day = _day("day")
    reminders.follow_up(db(), item.id, day, actor=actor(), now=now())
    return Told(_("已记下跟进日期。") if day else _("已取消跟进日期。"))


@_act
def extension(item: WorkItem) -> Told:
    day = _day("day")
    if day is None:
        raise Blocked(_("请选择延期到哪一天。"))
    taken = reminders.ask_extension(db(), item.id, day, _text("reason"), actor=actor(), now=now(), calendar=calendar())
    return Told(_("延期申请已送督办员审批，批准前原期限不变。") if taken
                else _("没有受理：延期只能在期限届满前申请。这次申请已记入经过。"))


@_act
def take_over(item: WorkItem) -> Told:
    opened = supervision.take_over(db(), item.id, _text("reason"), actor=actor(), now=now(), calendar=calendar())
    return Told(_("已接管，请裁定主办单位。"), leave=True, opened=opened)


@_act
def release_joint(item: WorkItem) -> Told:
    supervision.release_joint(db(), item.id, _text("reason"), actor=actor(), now=now(), calendar=calendar())
    return Told(_("已免除这家协办单位的答复。"))


@_act
def suspend(item: WorkItem) -> Told:
    supervision.suspend(db(), item.id, _text("reason"), actor=actor(), now=now(), calendar=calendar())
    return Told(_("已暂停办理，期限停止触发。"))


@_act
def resume(item: WorkItem) -> Told:
    supervision.resume(db(), item.id, actor=actor(), now=now(), calendar=calendar())
    return Told(_("已恢复办理。"))


@_act
def watch(item: WorkItem) -> Told:
    if item.issue_id is None:
        raise Blocked(_("这件事没有对应的问题可以关注。"))
    if copies.is_watched(db(), item.issue_id, actor()):
        copies.unwatch(db(), item.issue_id, actor=actor())
        return Told(_("已取消关注。"))
    copies.watch(db(), item.issue_id, actor=actor(), now=now())
    return Told(_("已关注，可在“关注”里查看。"))


def _text(name: str) -> str:
    return request.form.get(name, "").strip()


def _user() -> int:
    return whole(request.form.get("user"))


def _users() -> list[int]:
    """In the order in which they were chosen."""
    return ids(request.form.getlist("user"))


def _user_or_post() -> int | PostKey:
    unit, colon, position = request.form.get("user", "").partition(":")
    return (unit, position) if colon else _user()


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None
