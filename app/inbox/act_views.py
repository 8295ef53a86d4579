"""The acts on a task beside finishing it, each a small form: route, service, what is said afterwards."""
from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import cast

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import forms
from app.cases import service
from app.cases.errors import CaseError
from app.inbox import claims, consult, copies, finishing, handover, reminders, signatures, supervision, task_page
from app.inbox.blueprint import blueprint
from app.issues.visibility import visible_issues
from app.models import WorkItem
from app.permissions import Permission, requires
from app.web import actor, calendar, db, now
from workflows.errors import WorkflowError

Act = Callable[[WorkItem], str]
ACTS: dict[str, Act] = {}


@blueprint.post("/tasks/<int:item_id>/<any(claim, release, return, recall, transfer, delegate, give_back, take_back, "
                "signers, sign, remove_signer, consult, answer, comment, copy, urge, follow_up, extension, take_over, "
                "release_joint, suspend, resume, watch):act>")
@requires(Permission.WORK)
def act(item_id: int, act: str) -> Response:
    """One act on a task. What is refused is said on the task's page, where everything still stands."""
    item = task_page.find(db(), actor(), item_id, visible_issues(actor()))
    try:
        flash(ACTS[act](item), "success")
    except (CaseError, WorkflowError) as error:
        db().rollback()
        flash(str(error), "warning")
    return redirect(url_for("inbox.task", item_id=_stay_or_follow(item_id, act)), 303)


def _stay_or_follow(item_id: int, act: str) -> int:
    """A recalled task is open again as a new attempt: go there."""
    if act != "recall":
        return item_id
    again = db().query(WorkItem.id).filter(WorkItem.status == "open", WorkItem.assignee_id == actor().user_id).order_by(
        WorkItem.id.desc()).limit(1).scalar()
    return again or item_id


def _act(name: str) -> Callable[[Act], Act]:
    def register(function: Act) -> Act:
        ACTS[name] = function
        return function
    return register


@_act("claim")
def _claim(item: WorkItem) -> str:
    claims.claim(db(), item.id, actor=actor(), now=now())
    return _("已签收，这件事现在由您办理。")


@_act("release")
def _release(item: WorkItem) -> str:
    claims.release(db(), item.id, actor=actor(), now=now())
    return _("已放回，岗位上的同事都能办理。")


@_act("return")
def _return(item: WorkItem) -> str:
    outcome = service.return_item(
        db(), item.id, request.form.get("target", ""), request.form.get("reason", ""),
        jump_back=request.form.get("after") == "back", actor=actor(), now=now(), calendar=calendar())
    return _("已退回，交%(who)s。", who=finishing.handed_to(db(), outcome.opened))


@_act("recall")
def _recall(item: WorkItem) -> str:
    service.recall_item(db(), item.id, actor=actor(), now=now(), calendar=calendar())
    return _("已撤回，您上次填写的内容还在。")


@_act("transfer")
def _transfer(item: WorkItem) -> str:
    handover.transfer(db(), item.id, _user(), request.form.get("reason", ""), actor=actor(), now=now())
    return _("已转办。")


@_act("delegate")
def _delegate(item: WorkItem) -> str:
    handover.delegate(db(), item.id, _user(), request.form.get("reason", ""), actor=actor(), now=now())
    return _("已委派，对方提出意见后会回到您这里。")


@_act("give_back")
def _give_back(item: WorkItem) -> str:
    values = forms.read(finishing.asked(db(), item).spec, request.form)
    handover.give_back(db(), item.id, request.form.get("opinion", ""), values, actor=actor(), now=now())
    return _("已交回委派人。")


@_act("take_back")
def _take_back(item: WorkItem) -> str:
    handover.take_back(db(), item.id, actor=actor(), now=now())
    return _("已收回，由您继续办理。")


@_act("signers")
def _signers(item: WorkItem) -> str:
    when = "after" if request.form.get("when") == "after" else "before"
    mode = request.form.get("mode", "all")
    signatures.add(db(), item.id, _users(), when=cast(signatures.When, when),
                   mode=cast(signatures.Mode, mode if mode in signatures.MODES else "all"),
                   question=request.form.get("reason", "").strip(), actor=actor(), now=now())
    return _("已请对方加签。")


@_act("sign")
def _sign(item: WorkItem) -> str:
    signatures.answer(db(), item.id, agree=request.form.get("agree") == "yes", opinion=request.form.get("opinion", ""),
                      actor=actor(), now=now(), calendar=calendar())
    return _("意见已送出。")


@_act("remove_signer")
def _remove_signer(item: WorkItem) -> str:
    sign = request.form.get("sign", "")
    signatures.remove(db(), int(sign) if sign.isdigit() else 0, actor=actor(), now=now(), calendar=calendar())
    return _("已减签。")


@_act("consult")
def _consult(item: WorkItem) -> str:
    consult.ask(db(), item.id, _user(), request.form.get("reason", ""), actor=actor(), now=now())
    return _("问题已送到对方的待办，不影响您继续办理。")


@_act("answer")
def _answer(item: WorkItem) -> str:
    consult.answer(db(), item.id, request.form.get("opinion", ""), actor=actor(), now=now())
    return _("答复已送出。")


@_act("comment")
def _comment(item: WorkItem) -> str:
    consult.comment(db(), item.instance_id, request.form.get("reason", ""), actor=actor(), now=now())
    return _("备注已写入。")


@_act("copy")
def _copy(item: WorkItem) -> str:
    copies.send(db(), item.id, _users(), request.form.get("reason", ""), actor=actor(), now=now())
    return _("已抄送。")


@_act("urge")
def _urge(item: WorkItem) -> str:
    reminders.urge(db(), item.id, request.form.get("reason", ""), actor=actor(), now=now())
    return _("已催办，对方会在待办里看到。")


@_act("follow_up")
def _follow_up(item: WorkItem) -> str:
    day = _day("day")
    reminders.follow_up(db(), item.id, day, actor=actor(), now=now())
    return _("已记下跟进日期。") if day else _("已取消跟进日期。")


@_act("extension")
def _extension(item: WorkItem) -> str:
    day = _day("day")
    if day is None:
        raise CaseError(_("请选择延期到哪一天。"))
    reminders.ask_extension(db(), item.id, day, request.form.get("reason", ""), actor=actor(), now=now(),
                            calendar=calendar())
    return _("延期申请已送督办员审批，批准前原期限不变。")


@_act("take_over")
def _take_over(item: WorkItem) -> str:
    supervision.take_over(db(), item.id, request.form.get("reason", ""), actor=actor(), now=now(), calendar=calendar())
    return _("已接管，请在待办里裁定主办单位。")


@_act("release_joint")
def _release_joint(item: WorkItem) -> str:
    supervision.release_joint(db(), item.id, request.form.get("reason", ""), actor=actor(), now=now(),
                            calendar=calendar())
    return _("已免除这家协办单位的答复。")


@_act("suspend")
def _suspend(item: WorkItem) -> str:
    supervision.suspend(db(), item.id, request.form.get("reason", ""), actor=actor(), now=now(), calendar=calendar())
    return _("已暂停办理，期限停止触发。")


@_act("resume")
def _resume(item: WorkItem) -> str:
    supervision.resume(db(), item.id, actor=actor(), now=now(), calendar=calendar())
    return _("已恢复办理。")


@_act("watch")
def _watch(item: WorkItem) -> str:
    if item.issue_id is None:
        return _("这件事没有对应的问题可以关注。")
    if copies.is_watched(db(), item.issue_id, actor()):
        copies.unwatch(db(), item.issue_id, actor=actor())
        return _("已取消关注。")
    copies.watch(db(), item.issue_id, actor=actor(), now=now())
    return _("已关注，可在“关注”里查看。")


def _user() -> int:
    chosen = request.form.get("user", "")
    return int(chosen) if chosen.isdigit() else 0


def _users() -> list[int]:
    return [int(text) for text in request.form.getlist("user") if text.isdigit()]


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None
