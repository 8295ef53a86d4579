"""POST /tasks/<id>/<act>: the acts on a task beside finishing it. app/inbox/acts.py says what each one does."""
from __future__ import annotations

from dataclasses import asdict

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.cases import idempotency
from app.cases.errors import CaseError
from app.inbox import form_files, targets
from app.inbox.acts import ACTS, TAKE_FILES, Told
from app.inbox.blueprint import blueprint
from app.inbox.form_files import Taken
from app.inbox.task_views import Page, find, go_on, may_fill, page
from app.models import WorkItem
from app.permissions import Permission, requires
from app.presentation import tell
from app.web import actor, db, now, takes_files
from workflows.errors import WorkflowError


@blueprint.post(f"/tasks/<int:item_id>/<any({', '.join(ACTS)}):act>")
@requires(Permission.WORK)
@takes_files
def act(item_id: int, act: str) -> Page:
    """One act on a task. What is refused is said on the task's page, where everything still stands, with what was
    typed in its dialog. A form that is sent twice has one effect."""
    item = find(item_id)
    taken = form_files.take(item, mine=may_fill(item)) if act in TAKE_FILES else Taken()
    try:
        told = _once(item_id, act, taken)
    except (CaseError, WorkflowError) as error:
        db().rollback()
        flash(tell(error), "warning")
        status = error.status if isinstance(error, CaseError) else 409
        return page(find(item_id), refused=act, refusal=tell(error), words=_words()), status
    flash(told.text, "success")
    return _follow(item_id, told)


def _once(item_id: int, act: str, taken: Taken) -> Told:
    form_key = request.form.get("idempotency_key")
    if not form_key:
        return ACTS[act](find(item_id), taken)
    key = idempotency.bound(form_key, actor(), f"{act}/{item_id}")
    targets.lock(db(), item_id)
    earlier = idempotency.earlier(db(), key)
    if earlier is not None:
        return Told(**earlier)
    told = ACTS[act](find(item_id), taken)
    idempotency.remember(db(), key, asdict(told), now())
    return told


def _follow(item_id: int, told: Told) -> Response:
    if told.leave:
        return go_on(db().get_one(WorkItem, item_id), tuple(told.opened))
    return redirect(url_for("inbox.task", item_id=told.show or item_id), 303)


def _words() -> list[str]:
    """What the person has written into the refused form, to have it again where its dialog is gone."""
    return [text for name in ("reason", "opinion") if (text := request.form.get(name, "").strip())]
