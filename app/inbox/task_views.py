"""/tasks/<id>: a task's page, its draft, who gets it next, and finishing it."""
from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import forms
from app.cases import service
from app.cases.errors import CaseError, NotYours
from app.forms import TaskForm
from app.inbox import counts, drafts, finishing, form_files, task_page
from app.inbox.blueprint import blueprint
from app.inbox.finishing import Handed
from app.issues import answers, options, places
from app.issues.visibility import visible_issues
from app.models import Issue, WorkItem
from app.permissions import Permission, requires
from app.presentation import tell
from app.reads.noting import reads
from app.security import allow_inline_styles
from app.web import actor, apart, calendar, db, now, takes_files
from workflows.errors import WorkflowError

Page = Response | str | tuple[str, int]


@blueprint.get("/tasks/<int:item_id>")
@requires(Permission.WORK)
def task(item_id: int) -> Page:
    """What is asked, what it is about, what has happened."""
    item = find(item_id)
    if item.issue_id is not None:
        reads("task", item.issue_id)
    if may_fill(item) and task_page.is_first_opening(db(), item, actor()):
        with apart() as own:
            task_page.note_opened(own, item_id, now())
    return page(item)


@blueprint.get("/tasks/<int:item_id>/complete")
@requires(Permission.WORK)
def form_again(item_id: int) -> Response:
    """A page with a refused form, loaded anew or kept as a bookmark: the task."""
    return redirect(url_for("inbox.task", item_id=item_id), 303)


@blueprint.post("/tasks/<int:item_id>/complete")
@requires(Permission.WORK)
@takes_files
def complete(item_id: int) -> Page:
    """办结. Bad input comes back with its messages; a lost race keeps what was typed as a draft."""
    item = find(item_id)
    if item.kind != "task":
        raise NotYours(_("这件事请在页面上的答复处办理。"))
    taken = form_files.take(item, mine=may_fill(item))
    if taken.ids:
        item = find(item_id)
    form = _form(item, uploaded=taken.ids)
    outcome = None if form.rows_changed else form.judge()
    for reason in taken.refused:
        flash(reason, "danger")
    if outcome is None or outcome.errors or taken.refused:
        return page(item, form=form), 200 if outcome is None else 422
    try:
        done = finishing.finish(db(), item, outcome.answers, actor=actor(), now=now(), calendar=calendar(),
                                idempotency_key=request.form.get("idempotency_key"))
    except (CaseError, WorkflowError) as error:
        return _lost(item_id, form, outcome.answers, error)
    handed = finishing.handed(db(), done.opened)
    if done.incident:
        flash(_("已经办结，但流程停在一处故障上，已通知管理员：%(what)s", what=done.incident), "warning")
    elif done.held:
        flash(_("已办完，等加签的人给出意见后自动交下一步。"), "success")
    else:
        _say_where_it_went(item, handed, done.ended)
    return go_on(item, [task.id for task in handed
                        if actor().may_work_on(task.unit_code, task.position_code, task.assignee_id)])


@blueprint.post("/tasks/<int:item_id>/draft")
@requires(Permission.WORK)
def save_draft(item_id: int) -> Response:
    """Keeps what has been typed so far, and says who would get the task next with it; called while one types."""
    item = find(item_id)
    if not may_fill(item):
        return jsonify(saved=_("这件事已经不在您名下，草稿没有保存"), next="")
    values = forms.read(finishing.asked(db(), item).spec, request.form)
    drafts.save(db(), item.id, actor().user_id or 0, values, now())
    item.touched_at = item.touched_at or now()
    return jsonify(saved=_("草稿已保存 %(time)s", time=task_page.clock_time(now())), next=_next(item))


@blueprint.post("/tasks/<int:item_id>/next")
@requires(Permission.WORK)
def preview(item_id: int) -> Response:
    """Who would get the task next with the form as it stands."""
    item = find(item_id)
    return jsonify(next=_next(item) if may_fill(item) else "")


def find(item_id: int) -> WorkItem:
    """The work item, if the person may look at it. Raises NotFound."""
    return task_page.find(db(), actor(), item_id, visible_issues(actor()))


def may_fill(item: WorkItem) -> bool:
    """Whether the form is this person's to fill in: to finish the task, or to prepare it for who delegated it."""
    return (item.kind == "task" and item.status == "open"
            and actor().may_work_on(item.unit_code, item.position_code, item.assignee_id))


def page(item: WorkItem, *, form: TaskForm | None = None, **values: Any) -> str:
    """The task's page. Without a given form it shows the person's draft."""
    draft = drafts.find(db(), item.id, actor().user_id)
    if form is None and may_fill(item):
        form = _form(item, data=draft.values if draft else None, submitted=False)
    allow_inline_styles()
    return render_template(
        "inbox/task.html", item=item, form=form, draft_saved=draft.saved_at if draft else None,
        is_delegate=item.owner_id is not None and may_fill(item), key=secrets.token_urlsafe(18),
        **task_page.load(db(), actor(), item, now=now(), calendar=calendar()), **values)


def go_on(item: WorkItem, mine: Sequence[int] = ()) -> Response:
    """To the next task in the inbox, saying so when it is another issue's; or to the empty inbox. `mine` are the tasks
    that the press has opened for the same person."""
    following = mine[0] if len(mine) == 1 else counts.next_for(db(), actor(), item.id, mine)
    if following is None:
        return redirect(url_for("inbox.index"), 303)
    then = db().get_one(WorkItem, following) if following not in mine else None
    if then is not None and then.instance_id != item.instance_id:
        flash(_("现在打开的是您的下一件待办：%(issue)s。", issue=task_page.issue_words(db(), then)), "next")
    return redirect(url_for("inbox.task", item_id=following), 303)


def _form(item: WorkItem, *, data: dict[str, Any] | None = None, uploaded: Mapping[str, list[int]] | None = None,
          submitted: bool = True) -> TaskForm:
    asked = finishing.asked(db(), item)
    issue = db().get(Issue, item.issue_id) if item.issue_id is not None else None
    lists = options.lists(db(), issue, now(), item.instance_id)
    return forms.build(asked.spec, asked.variables, lists, now=now(), calendar=calendar(), data=data,
                       formdata=request.form if submitted else None, uploaded=uploaded)


def _next(item: WorkItem) -> str:
    outcome = _form(item).judge()
    found = [] if outcome.errors else finishing.who_is_next(db(), item, outcome.answers, now=now(), calendar=calendar())
    return _("办结后交：%(who)s", who="、".join(found)) if found else ""


def _lost(item_id: int, form: TaskForm, given: Mapping[str, Any], error: Exception) -> Page:
    """Somebody was quicker, or the step moved: says so, and what was typed is kept and shown."""
    db().rollback()
    if actor().user_id is not None:
        with apart() as own:
            drafts.save(own, item_id, actor().user_id or 0, form.raw, now())
    item = find(item_id)
    flash(tell(error), "warning")
    status = error.status if isinstance(error, CaseError) else 409
    if may_fill(item):
        return page(item, form=form), status
    return page(item, typed=answers.describe(form.spec, given, answers.Names(places.unit_names(db()), {}))), status


def _say_where_it_went(item: WorkItem, handed: Sequence[Handed], ended: bool) -> None:
    """The quiet line after a finished task: who has it now, and a way back while they have not begun."""
    issue = db().get(Issue, item.issue_id) if item.issue_id is not None else None
    what = task_page.issue_words(db(), item)
    if ended:
        flash(_("%(issue)s已办结归档。", issue=what), "success")
        return
    others = finishing.still_open(db(), item) if not handed else []
    if handed:
        flash(_("%(issue)s已交%(who)s。", issue=what, who=tell(finishing.in_words(handed))), "success")
        flash(f"{item.id} {issue.number if issue else ''}“{item.name}”", "undo")
    elif others:
        flash(_("%(issue)s的“%(step)s”已办完，还在等：%(others)s。", issue=what, step=item.name,
                others=tell(finishing.handed_to(db(), others))), "success")
    elif finishing.waits_for_enterprise(service.waiting_messages(db(), item.instance_id)):
        flash(_("%(issue)s已交企业，等待回应。", issue=what), "success")
    else:
        flash(_("%(issue)s的“%(step)s”已办完。", issue=what, step=item.name), "success")
