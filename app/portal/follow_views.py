"""/follow: with the code, an enterprise sees where it stands, answers, adds, withdraws and rates.

The code is posted once; then the server-side session remembers the issue, so that no address carries anything.
"""
from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.auth import sessions
from app.issues import attachments, downloads, enterprise_acts
from app.issues.categories import RESPONSE, SATISFACTION
from app.issues.errors import NotNow, Paused
from app.issues.uploads import check_files
from app.models import Attachment, Issue
from app.permissions import public
from app.portal import story
from app.portal.blueprint import FOLLOWED, blueprint
from app.portal.forms import (
    AnswerForm,
    CodeForm,
    MaterialForm,
    RateForm,
    WithdrawForm,
)
from app.portal.progress import STEPS, progress
from app.presentation import tell
from app.reads.noting import reads
from app.security import limiter
from app.web import attachment_folder, calendar, db, now, takes_files

FollowView = Callable[[Issue], Response | str]


def with_code(view: FollowView) -> Callable[[], Response | str]:
    """Gives the view the issue that the session follows; without one, the page that asks for the code."""
    @wraps(view)
    def followed_view() -> Response | str:
        issue_id = session.get(FOLLOWED)
        if issue_id is None:
            return redirect(url_for("portal.follow"), 303)
        issue = enterprise_acts.followed(db(), issue_id)
        if request.method == "GET":
            reads("follow", issue.id)
        return view(issue)
    return followed_view


@blueprint.get("/follow")
@public
def follow() -> str:
    """Asks for the code. The picture's link leads here with the code behind #, which portal.js puts into the field."""
    followed = db().get(Issue, session[FOLLOWED]) if FOLLOWED in session else None
    return render_template("portal/follow.html", form=CodeForm(), followed=followed)


@blueprint.post("/follow")
@limiter.limit("10/minute;60/hour", deduct_when=lambda response: response.status_code != 303)
@public
def enter() -> Response | str:
    """Opens the issue of a code; a wrong one of any kind gets the same sentence."""
    form = CodeForm()
    if form.validate():
        issue = enterprise_acts.find_by_code(db(), form.code.data or "")
        if issue is not None:
            sessions.current().rotate()  # a session that somebody planted here gains nothing
            session[FOLLOWED] = issue.id
            return redirect(url_for("portal.follow_progress"), 303)
        form.code.errors = [_("没有找到这个查询码。请对照提交时保存的12位码再看一遍。")]
    return render_template("portal/follow.html", form=form)


@blueprint.get("/follow/progress")
@public
@with_code
def follow_progress(issue: Issue) -> str:
    """Where it stands, the question or reply that waits, what was told, and what the enterprise can do now."""
    told = story.load(db(), issue)
    own_id = session[FOLLOWED]
    return render_template(
        "portal/progress.html", issue=issue, told=progress(told.facts, now(), calendar()), steps=STEPS, story=told,
        merged=db().get(Issue, own_id) if own_id != issue.id else None,
        response_words=RESPONSE, satisfaction_words=SATISFACTION)


@blueprint.route("/follow/answer", methods=["GET", "POST"])
@limiter.limit("60/hour", methods=["POST"])
@public
@with_code
@takes_files
def answer(issue: Issue) -> Response | str:
    """The answer to the office's question, with files."""
    form = AnswerForm()
    told = story.load(db(), issue)
    if told.paused:
        return _not_now(enterprise_acts.PAUSED)
    if not told.can_answer:
        return _not_now(_("这个问题已经不需要回答了。您可以用“补充情况或文件”告诉我们。"))
    return _send_words("portal/answer.html", issue, form, form.text.data, enterprise_acts.answer,
                       _("您的回答已经交给工作人员。"), question=told.question)


@blueprint.route("/follow/material", methods=["GET", "POST"])
@limiter.limit("60/hour", methods=["POST"])
@public
@with_code
@takes_files
def material(issue: Issue) -> Response | str:
    """Words, files or both to add to what was reported."""
    form = MaterialForm()
    if request.method == "POST" and not form.text.data and not any(f.filename for f in request.files.getlist("files")):
        form.text.errors = [_("请写点什么，或者选一个文件")]
        return _words_page("portal/material.html", form)
    return _send_words("portal/material.html", issue, form, form.text.data, enterprise_acts.add_material,
                       _("补充的内容已经交给正在办理的人。"))


@blueprint.route("/follow/withdraw", methods=["GET", "POST"])
@public
@with_code
def withdraw(issue: Issue) -> Response | str:
    """Says what will happen, and withdraws when the enterprise confirms."""
    form = WithdrawForm()
    if not form.validate_on_submit():
        return render_template("portal/withdraw.html", form=form, issue=issue, story=story.load(db(), issue))
    return _act(lambda: enterprise_acts.withdraw(db(), issue, form.reason.data or "", now=now(), calendar=calendar()),
                _("已撤回。"))


@blueprint.route("/follow/rate", methods=["GET", "POST"])
@public
@with_code
def rate(issue: Issue) -> Response | str:
    """Three questions on one screen."""
    form = RateForm()
    told = story.load(db(), issue)
    if told.paused:
        return _not_now(enterprise_acts.PAUSED)
    if not told.can_rate:
        return _not_now(_("现在还不能评价，或者您已经评价过了。"))
    if not form.validate_on_submit():
        return render_template("portal/rate.html", form=form, issue=issue, story=told)
    return _act(lambda: enterprise_acts.rate(
        db(), issue, response_rating=int(form.response_rating.data), solved=form.solved.data == "yes",
        satisfaction=int(form.satisfaction.data), comment=form.comment.data or "", now=now(), calendar=calendar()),
        _("谢谢您的评价。"))


@blueprint.get("/follow/files/<int:attachment_id>")
@public
def file(attachment_id: int) -> Response:
    """A file that the enterprise itself sent, or that came with the reply; no other, whatever the number."""
    issue_id = session.get(FOLLOWED)
    row = db().get(Attachment, attachment_id)
    if issue_id is None or row is None:
        raise NotFound
    issue = enterprise_acts.followed(db(), issue_id)
    own = row.uploaded_by is None and row.issue_id in (issue_id, issue.id)
    if not own and row not in story.load(db(), issue).reply_files:
        raise NotFound
    reads("follow", issue.id, file_id=attachment_id)
    return downloads.send(row, attachment_folder())


@blueprint.post("/follow/leave")
@public
def leave() -> Response:
    """Forgets the issue in this browser: a telephone or a PC may be shared."""
    session.pop(FOLLOWED, None)
    return redirect(url_for("portal.follow"), 303)


def _send_words(template: str, issue: Issue, form: FlaskForm, text: str | None, act: Callable[..., None], done: str,
                **page: str | None) -> Response | str:
    if not form.validate_on_submit():
        return _words_page(template, form, **page)
    checked, refused = check_files(request.files.getlist("files"), attachments.of_enterprise(db(), issue.id))
    if refused:
        form.files.errors = refused
        return _words_page(template, form, **page)
    form_key = request.form.get("key", "")[:80]
    if form_key and enterprise_acts.sent_before(db(), issue, form_key, now=now()):
        return _done(done)
    files = [attachments.keep(db(), file, attachment_folder(), now=now(), issue_id=issue.id) for file in checked]
    try:
        act(db(), issue, text or "", files, now=now(), calendar=calendar())
    except Paused as error:
        db().rollback()
        flash(tell(error), "warning")
        return _words_page(template, form, **page)
    except NotNow as error:
        return _not_now(tell(error))
    return _done(done)


def _words_page(template: str, form: FlaskForm, **page: str | None) -> str:
    """With a one-time key, so that a second press sends nothing twice."""
    return render_template(template, form=form, accept=attachments.ACCEPT, key=secrets.token_urlsafe(18), **page)


def _act(act: Callable[[], None], done: str) -> Response:
    try:
        act()
    except NotNow as error:
        return _not_now(tell(error))
    return _done(done)


def _done(done: str) -> Response:
    flash(done, "success")
    return redirect(url_for("portal.follow_progress"), 303)


def _not_now(why: str) -> Response:
    """Back to the progress page; of what was refused nothing is kept."""
    db().rollback()
    flash(why, "warning")
    return redirect(url_for("portal.follow_progress"), 303)
