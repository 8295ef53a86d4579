"""/issues/NUMBER/erasure: what personal data a closed issue has, and asking for its erasure."""
from __future__ import annotations

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.cases.errors import CaseError, NotYours
from app.issues.blueprint import blueprint
from app.issues.erasing import carrying_out, finding, requests
from app.issues.visibility import find_visible
from app.models import Instance, Issue
from app.permissions import Permission, allowed, requires
from app.presentation import tell
from app.reads.noting import reads
from app.web import actor, db, now
from workflows.sentence import say

log = structlog.get_logger()


@blueprint.get("/<string:number>/erasure")
@requires(Permission.SEE_ISSUES)
def erasure(number: str) -> str:
    """What there is, what is waiting, and the form that asks for it."""
    issue = _supervised(number)
    reads("page", issue.id)
    return _page(issue)


@blueprint.post("/<string:number>/erasure")
@requires(Permission.WORK)
def erasure_ask(number: str) -> str | tuple[str, int] | Response:
    """Asks for it; a security administrator decides."""
    issue = _supervised(number)
    try:
        asked = requests.ask(db(), issue, request.form.get("reason", ""), files="files" in request.form, actor=actor(),
                             now=now())
    except CaseError as error:
        return _page(issue, tell(error)), error.status
    log.info("erasure_asked", erasure=asked.id, by=actor().user_id)
    flash(_("已提出，等安全管理员同意后删除。"), "success")
    return redirect(url_for("issues.erasure", number=number), 303)


@blueprint.post("/<string:number>/erasure/withdraw")
@requires(Permission.WORK)
def erasure_withdraw(number: str) -> Response:
    """Who asked takes it back."""
    requests.withdraw(db(), _supervised(number), actor=actor(), now=now())
    flash(_("申请已撤回，什么都没有删除。"), "success")
    return redirect(url_for("issues.erasure", number=number), 303)


def _supervised(number: str) -> Issue:
    """The issue, for a supervisor who may see it."""
    issue = find_visible(db(), actor(), number)
    if not allowed(actor(), Permission.SUPERVISE):
        raise NotYours(say("只有督办员可以提出删除个人信息。"))
    return issue


def _page(issue: Issue, refused: str | None = None) -> str:
    open_still = _still_open(issue)
    return render_template(
        "issues/erasing.html", issue=issue, found=finding.find(db(), issue), what=finding.WHAT, refused=refused,
        open_still=open_still, lines=requests.of_issue(db(), issue), in_words=requests.in_words,
        waiting=requests.waiting_of(db(), issue), given=request.form, longest=requests.LONGEST)


def _still_open(issue: Issue) -> str | None:
    """Why it is too early, if it is."""
    try:
        carrying_out.require_closed(issue, db().get_one(Instance, issue.instance_id).status)
    except CaseError as error:
        return tell(error)
    return None
