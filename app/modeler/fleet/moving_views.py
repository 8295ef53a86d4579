"""/processes/KEY/moves: running cases tried on another version, moved to it, watched while they move, taken back."""
from __future__ import annotations

from collections.abc import Mapping

import structlog
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.modeler.blueprint import blueprint
from app.modeler.fleet import moving, standing
from app.models import Definition, Issue, Meeting, Migration, MigrationCase, User
from app.numbers import ids, page_number
from app.permissions import Permission, requires
from app.web import actor, calendar, db, now

log = structlog.get_logger()
MOST_SHOWN = 500
"""cases that a page lists under one number"""
PAGE_SIZE = 50
STEP = "step-"
"""begins the name of a field that names another step"""


@blueprint.get("/<string:key>/moves")
@requires(Permission.SEE_PROCESSES)
def moves(key: str) -> str:
    """The moves that there were, newest first."""
    return render_template("modeler/moves.html", key=key, name=standing.name(db(), key), moves=[
        (move, moving.counts(db(), move), _name(move)) for move in moving.moves(db(), key)],
        numbers=standing.numbers(db(), key))


@blueprint.get("/<string:key>/moves/new")
@requires(Permission.EDIT_PROCESSES)
def moves_new(key: str) -> str:
    """Tries the move of every running case to ?to= (the current version) with the steps named so far; writes nothing.
    """
    numbers = standing.numbers(db(), key)
    to = request.args.get("to") or db().scalar(
        select(Definition.hash).where(Definition.key == key, Definition.current)) or next(reversed(numbers), "")
    new, mapping = moving.version_to(db(), key, to), _mapping(request.args)
    found = moving.trial(db(), key, to, mapping, now=now(), calendar=calendar())
    named = dict.fromkeys([*found.missing, *mapping])
    return render_template(
        "modeler/move_new.html", key=key, name=new.name, numbers=numbers, to=to, trial=found, most=MOST_SHOWN,
        mapping=mapping, names=standing.names_of(db(), key, list(named)), prefix=STEP,
        choices={each: standing.may_stand_for(db(), key, each, new) for each in named})


@blueprint.post("/<string:key>/moves")
@requires(Permission.EDIT_PROCESSES)
def moves_begin(key: str) -> Response:
    """Begins a move of all or of the ticked cases; the worker makes it."""
    only = None
    if request.form.get("which") == "chosen":
        only = set(ids(request.form.getlist("case")))
    move = moving.begin(db(), key, request.form.get("to", ""), _mapping(request.form), only,
                        request.form.get("note", "")[:500], actor=actor(), now=now())
    log.info("move_begun", move=move.id, process=key, by=actor().user_id)
    return redirect(url_for("modeler.moves_show", key=key, move_id=move.id))


@blueprint.get("/<string:key>/moves/<int:move_id>")
@requires(Permission.SEE_PROCESSES)
def moves_show(key: str, move_id: int) -> str:
    """How far a move is, and its cases, those that could not be moved first."""
    move = moving.find(db(), key, move_id)
    page = page_number(request.args.get("page"))
    status = request.args.get("status")
    rows = select(MigrationCase, Issue, Meeting, moving.reversible()).outerjoin(
        Issue, Issue.instance_id == MigrationCase.instance_id).outerjoin(
        Meeting, Meeting.instance_id == MigrationCase.instance_id).where(MigrationCase.migration_id == move_id)
    counts = moving.counts(db(), move)
    if status in counts:
        rows = rows.where(MigrationCase.status == status)
    total = counts[status] if status in counts else sum(counts.values())
    cases = db().execute(rows.order_by(MigrationCase.status != "refused", MigrationCase.instance_id)
                         .limit(PAGE_SIZE).offset(PAGE_SIZE * (page - 1))).all()
    return render_template(
        "modeler/move.html", key=key, name=standing.name(db(), key), move=move, counts=counts, cases=cases,
        by=_name(move), numbers=standing.numbers(db(), key), page=page, total=total, status=status,
        pages=-(-total // PAGE_SIZE))


@blueprint.get("/<string:key>/moves/<int:move_id>/progress.json")
@requires(Permission.SEE_PROCESSES)
def moves_progress(key: str, move_id: int) -> Response:
    """For the page's script: {running, waiting, total}."""
    move = moving.find(db(), key, move_id)
    counts = moving.counts(db(), move)
    return jsonify(running=move.status == "running", waiting=counts["waiting"], total=sum(counts.values()))


@blueprint.post("/<string:key>/moves/<int:move_id>/stop")
@requires(Permission.EDIT_PROCESSES)
def moves_stop(key: str, move_id: int) -> Response:
    """Leaves the cases that are not moved yet where they are."""
    moving.stop(db(), moving.find(db(), key, move_id), now())
    log.info("move_stopped", move=move_id, by=actor().user_id)
    flash(_("已经停下，还没有移的事项留在原来的版本。"), "success")
    return redirect(url_for("modeler.moves_show", key=key, move_id=move_id))


@blueprint.post("/<string:key>/moves/<int:move_id>/take-back")
@requires(Permission.EDIT_PROCESSES)
def moves_take_back(key: str, move_id: int) -> Response:
    """Takes the ticked cases back to the version that they came from, where they have taken no step since."""
    chosen = set(ids(request.form.getlist("case")))
    done = moving.take_back(db(), moving.find(db(), key, move_id), chosen, actor=actor(), now=now(),
                            calendar=calendar())
    log.info("move_taken_back", move=move_id, cases=done, by=actor().user_id)
    flash(_("收回了%(done)s件。", done=done) if done else _("没有收回：没有勾选，或者流程已经往前走了。"),
          "success" if done else "warning")
    return redirect(url_for("modeler.moves_show", key=key, move_id=move_id))


def _mapping(values: Mapping[str, str]) -> dict[str, str]:
    """{old element: new element} of the steps that were named."""
    return {name.removeprefix(STEP): value for name, value in values.items() if name.startswith(STEP) and value}


def _name(move: Migration) -> str:
    return db().get_one(User, move.asked_by).name
