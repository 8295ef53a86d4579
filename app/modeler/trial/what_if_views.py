"""/processes/KEY/what-if: what a change would have done to recorded cases, with the cases behind each number."""
from __future__ import annotations

import re
from datetime import date

import structlog
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.cases.errors import Blocked
from app.modeler import processes
from app.modeler.blueprint import blueprint
from app.modeler.trial import asked, outcome, pictures, tried, what_if
from app.models import TrialRun, User
from app.numbers import page_number
from app.permissions import Permission, requires
from app.presentation import tell
from app.security import allow_inline_styles
from app.web import actor, calendar, db, now
from workflows.calendar import Calendar
from workflows.errors import DefinitionRefused

log = structlog.get_logger()
PAGE_SIZE = 50
CLOSED = (100, 300, 1_000)
"""how many closed cases a run may look back on"""
Page = Response | str | tuple[str, int]


@blueprint.get("/<string:key>/what-if")
@requires(Permission.SEE_PROCESSES)
def what_if_index(key: str) -> Page:
    """What to try, on how many cases, under which calendar; and the last runs."""
    return _index(key)


@blueprint.post("/<string:key>/what-if")
@requires(Permission.EDIT_PROCESSES)
def what_if_begin(key: str) -> Page:
    """Asks the worker for a run."""
    what = tried.find(db(), key, request.form.get("what") or tried.default(db(), key))
    closed = request.form.get("closed", type=int) or CLOSED[0]
    try:
        run = what_if.begin(db(), what, closed=max(0, closed), calendar=_chosen_calendar(), actor=actor(), now=now())
    except (DefinitionRefused, Blocked) as error:
        return _index(key, tell(error)), 422
    log.info("what_if_begun", run=run.id, by=actor().user_id)
    return redirect(url_for("modeler.what_if_show", key=key, run_id=run.id), 303)


@blueprint.get("/<string:key>/what-if/<int:run_id>")
@requires(Permission.SEE_PROCESSES)
def what_if_show(key: str, run_id: int) -> str:
    """How far a run has come, and what it has found."""
    run = what_if.find(db(), key, run_id)
    finished = run.status != "running"
    if finished:
        allow_inline_styles()
    return render_template(
        "modeler/what_if.html", key=key, name=tried.name_of(db(), key), run=run, asked=asked.told(db(), run),
        progress=what_if.progress(db(), run),
        kinds=outcome.kinds(db(), run) if finished else [], unchanged=outcome.unchanged(db(), run))


@blueprint.get("/<string:key>/what-if/<int:run_id>/progress")
@requires(Permission.SEE_PROCESSES)
def what_if_progress(key: str, run_id: int) -> Response:
    """The bar alone, asked for again and again while the run goes on; then the page is loaded anew."""
    run = what_if.find(db(), key, run_id)
    answer = Response(render_template("modeler/_what_if_progress.html", key=key, run=run,
                                      progress=what_if.progress(db(), run)))
    if run.status != "running":
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post("/<string:key>/what-if/<int:run_id>/stop")
@requires(Permission.EDIT_PROCESSES)
def what_if_stop(key: str, run_id: int) -> Response:
    """Ends a run after the slice that is under way."""
    what_if.stop(what_if.find(db(), key, run_id), now())
    flash(_("试算已经停下，已算出的结果留着。"), "info")
    return redirect(url_for("modeler.what_if_show", key=key, run_id=run_id), 303)


@blueprint.get("/<string:key>/what-if/<int:run_id>/cases")
@requires(Permission.SEE_PROCESSES)
def what_if_cases(key: str, run_id: int) -> str:
    """The cases behind a number, with all that would differ for each."""
    run = what_if.find(db(), key, run_id)
    kind, group = request.args.get("kind") or None, request.args.get("group") or None
    found, page = outcome.cases(db(), run, kind, group), page_number(request.args.get("page"))
    shown = found[(page - 1) * PAGE_SIZE:page * PAGE_SIZE]
    common = next((line.text for case in found for line in case.lines if line.group == group), None)
    return render_template(
        "modeler/what_if_cases.html", key=key, name=tried.name_of(db(), key), run=run, cases=shown, total=len(found),
        page=page, pages=max(1, -(-len(found) // PAGE_SIZE)), address=request.args.to_dict(),
        what=common or outcome.TITLES.get(kind or "") or _("有不同的事项"), titles=outcome.TITLES)


@blueprint.get("/<string:key>/what-if/<int:run_id>/diagram.json")
@requires(Permission.SEE_PROCESSES)
def what_if_diagram(key: str, run_id: int) -> Response:
    """How often each element was passed and would be passed, where the two differ."""
    run = what_if.find(db(), key, run_id)
    notes = {element: {"text": f"{before} → {after}", "tone": "more" if after > before else "fewer"}
             for element, (before, after) in run.passes.items() if before != after}
    return jsonify(pictures.drawn(tried.version_of(key, run.files), notes=notes))


def _index(key: str, refusal: str = "") -> str:
    versions = processes.versions(db(), key)
    runs = db().execute(select(TrialRun, User.name).join(User, User.id == TrialRun.asked_by)
                        .where(TrialRun.key == key).order_by(TrialRun.id.desc())).all()
    return render_template(
        "modeler/what_if_index.html", key=key, name=tried.name_of(db(), key), versions=versions, refusal=refusal,
        has_draft=tried.default(db(), key) == tried.DRAFT, closed=CLOSED,
        runs=[(run, who, what_if.progress(db(), run)) for run, who in runs])


def _chosen_calendar() -> Calendar | None:
    """None: each case's own. Else the one in force, with the days that are tried on top. Raises Blocked."""
    if request.form.get("calendar") != "current":
        return None
    own = calendar()
    days = {**dict.fromkeys(_days("off"), False), **dict.fromkeys(_days("worked"), True)}
    return Calendar({**own.overrides, **days}, own.noticed_years) if days else own


def _days(field: str) -> list[date]:
    text = request.form.get(field, "")
    try:
        return [date.fromisoformat(part) for part in re.split(r"[\s,，、]+", text.strip()) if part]
    except ValueError:
        raise Blocked(_("日期要写成 2027-02-06 这样，几个日期之间空一格：%(text)s", text=text)) from None
