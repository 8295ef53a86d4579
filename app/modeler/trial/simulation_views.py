"""/processes/KEY/simulate: a draft or a version walked through by hand, with a clock that can be moved.

What was done so far is kept in the person's session and nowhere else.
"""
from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import flask
import structlog
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import forms
from app.cases.errors import Blocked, CaseError
from app.dates import city_day
from app.forms import TaskForm
from app.modeler import processes
from app.modeler.blueprint import blueprint
from app.modeler.trial import outcome, pictures, simulation, told, trial_forms, tried, variables
from app.modeler.trial.simulation import Move, Played, Simulation
from app.numbers import whole
from app.permissions import Permission, requires
from app.presentation import tell
from app.security import allow_inline_styles
from app.web import calendar, db, now
from workflows.calendar import CITY_ZONE
from workflows.errors import DefinitionRefused, WorkflowError
from workflows.forms import FormSpec
from workflows.sentence import Sentence
from workflows.versions import ProcessVersion

log = structlog.get_logger()
KEPT = "simulation"
"""key of the browser session"""
LARGEST = 200_000
"""characters of a simulation that a session keeps"""
NINE = time(9, 0)
"""when a day that the clock is moved to begins"""
Page = Response | str | tuple[str, int]


@blueprint.get("/<string:key>/simulate")
@requires(Permission.EDIT_PROCESSES)
def simulate(key: str) -> Page:
    """Where the trial stands; without one, or with ?what=, what it is to begin with."""
    kept = _kept(key)
    if kept is None or request.args.get("what"):
        return _start_page(key, request.args.get("what"))
    return _page(kept)


@blueprint.post("/<string:key>/simulate")
@requires(Permission.EDIT_PROCESSES)
def simulate_begin(key: str) -> Page:
    """Begins a trial with these variables."""
    what = tried.find(db(), key, request.form.get("what") or tried.default(db(), key))
    try:
        version = what.version()
        form = _start_form(what, submitted=True)
        given = _judged(form)
        if given is None:
            return _start_page(key, what.what, form), 422
        begun = Simulation(key, what.what, what.hash, now(), trial_forms.registered(db(), version, given, now()))
        simulation.play(begun, version, calendar())
    except (DefinitionRefused, WorkflowError) as error:
        return _start_page(key, what.what, refusal=tell(error)), 422
    return _keep(begun)


@blueprint.post("/<string:key>/simulate/tasks/<string:task_id>")
@requires(Permission.EDIT_PROCESSES)
def simulate_task(key: str, task_id: str) -> Page:
    """Finishes an open task with its form's answers."""
    kept = _require(key)
    version, played = _played(kept)
    task = played.task(task_id)
    if task is None:
        flash(_("这一步已经不在办。"), "warning")
        return _here(key)
    form = _form(version.forms[task.opened.form], {**played.life.variables, **task.opened.local}, played.now,
                 submitted=True)
    answers = None if form.rows_changed else form.judge()
    if answers is None or answers.errors:
        return _page(kept, form), 200 if answers is None else 422
    return _go_on(kept, Move("complete", played.now, task_id, answers.answers))


@blueprint.post("/<string:key>/simulate/messages/<string:message>")
@requires(Permission.EDIT_PROCESSES)
def simulate_message(key: str, message: str) -> Page:
    """Lets a message come from outside."""
    kept = _require(key)
    _version, played = _played(kept)
    form = _form(trial_forms.message_form(message), {}, played.now, submitted=True)
    given = _judged(form)
    if given is None:
        return _page(kept, form), 422
    return _go_on(kept, Move("deliver", played.now, message, given))


@blueprint.post("/<string:key>/simulate/clock")
@requires(Permission.EDIT_PROCESSES)
def simulate_clock(key: str) -> Response:
    """Moves the clock: to the next limit, by working days, or to a day."""
    kept = _require(key)
    _version, played = _played(kept)
    until = _later(played)
    if until is None or not played.now < until <= played.now + simulation.FURTHEST:
        flash(_("时间只能往后移，一次最多三年。"), "warning")
        return _here(key)
    return _go_on(kept, Move("clock", until))


@blueprint.post("/<string:key>/simulate/back")
@requires(Permission.EDIT_PROCESSES)
def simulate_back(key: str) -> Response:
    """One step back; with `all` to the beginning, with `new` to the choice of what to begin with."""
    kept = _require(key)
    if "new" in request.form:
        flask.session.pop(KEPT, None)
        return redirect(url_for("modeler.simulate", key=key, what=kept.what), 303)
    moves = () if "all" in request.form else kept.moves[:-1]
    return _keep(Simulation(key, kept.what, kept.hash, kept.began_at, kept.variables, moves))


@blueprint.get("/<string:key>/simulate/diagram.json")
@requires(Permission.EDIT_PROCESSES)
def simulate_diagram(key: str) -> Response:
    """The diagrams with what was passed and where the trial stands."""
    version, played = _played(_require(key))
    life = played.life
    return jsonify(pictures.drawn(
        version, done=[element for (_process, element), count in life.passed.items() if count],
        active=[task.opened.element_id for task in life.open_tasks()]
        + [timer.element_id for timer in life.timers.values()] + _stopped_at(played)))


def _stopped_at(played: Played) -> list[str]:
    incident = played.happened[-1].step.incident
    return [incident.element_id] if incident is not None else []


# What is kept


def _kept(key: str) -> Simulation | None:
    """The person's trial of this process, if it can still be played; else says why not and forgets it."""
    kept = flask.session.get(KEPT)
    if kept is None or kept["key"] != key:
        return None
    found = Simulation.from_json(kept)
    try:
        _played(found)
    except (CaseError, WorkflowError) as error:
        flask.session.pop(KEPT, None)
        flash(_("文件或日历改过了，刚才的试走接不下去，请从头再走：%(why)s", why=tell(error)), "info")
        return None
    return found


def _require(key: str) -> Simulation:
    """The person's trial of this process. Raises Blocked when there is none."""
    found = _kept(key)
    if found is None:
        raise Blocked(_("没有正在进行的试走，请从头开始。"))
    return found


def _keep(found: Simulation) -> Response:
    kept = found.as_json()
    if len(str(kept)) > LARGEST:
        raise Blocked(_("这次试走填的内容太多，请从头再来。"))
    flask.session[KEPT] = kept
    return _here(found.key)


def _here(key: str) -> Response:
    return redirect(url_for("modeler.simulate", key=key), 303)


def _played(kept: Simulation) -> tuple[ProcessVersion, Played]:
    what = tried.find(db(), kept.key, kept.what)
    if what.hash != kept.hash:
        raise Blocked(_("草稿改过了"))
    version = what.version()
    return version, simulation.play(kept, version, calendar())


def _go_on(kept: Simulation, move: Move) -> Response:
    """Makes a move, if the engine takes it."""
    following = kept.with_move(move)
    try:
        _played(following)
    except (CaseError, WorkflowError) as error:
        flash(tell(error), "warning")
        return _here(kept.key)
    return _keep(following)


def _later(played: Played) -> datetime | None:
    """The instant that the clock is to be moved to."""
    to = request.form.get("to")
    if to == "next":
        return played.life.next_fall({})
    today = city_day(played.now)
    try:
        day = (calendar().add_working_days(today, max(1, min(whole(request.form.get("days"), 1), 500))) if to == "days"
               else date.fromisoformat(request.form.get("day", "")))
    except ValueError:
        return None
    at = played.now.astimezone(CITY_ZONE).timetz() if to == "days" else NINE.replace(tzinfo=CITY_ZONE)
    return datetime.combine(day, at)


# Pages


def _start_page(key: str, what: str | None, form: TaskForm | None = None, refusal: str = "") -> str:
    chosen = tried.find(db(), key, what or tried.default(db(), key))
    if form is None and not refusal:
        try:
            form = _start_form(chosen)
        except DefinitionRefused as error:
            refusal = tell(error)
    return render_template(
        "modeler/simulate_start.html", key=key, name=tried.name_of(db(), key), form=form, refusal=refusal,
        chosen=chosen.what, versions=processes.versions(db(), key), kept=flask.session.get(KEPT, {}).get("key") == key,
        has_draft=tried.default(db(), key) == tried.DRAFT)


def _start_form(what: tried.Tried, *, submitted: bool = False) -> TaskForm:
    """Raises DefinitionRefused for files that cannot be tried."""
    version = what.version()
    return _form(trial_forms.start_form(version, variables.known(what.key, what.files), outcome.names(db()).units),
                 version.variables_of(version.main), now(), submitted=submitted)


def _page(kept: Simulation, form: TaskForm | None = None) -> str:
    """`form`: one that was refused or changed, shown again."""
    version, played = _played(kept)
    known, about = outcome.names(db()), variables.known(kept.key, tried.find(db(), kept.key, kept.what).files)
    tasks = [(task, known.post((task.opened.unit, task.opened.position))) for task in played.life.open_tasks()]
    arrivals = told.arrivals(version, played.life.waiting_messages)
    kind, what = _doing([task.opened.task_id for task, _post in tasks], arrivals)
    if form is None:
        form = _form_for(version, played, kind, what)
    allow_inline_styles()
    return render_template(
        "modeler/simulate.html", key=kept.key, name=tried.name_of(db(), kept.key), kept=kept, played=played,
        tasks=tasks, arrivals=arrivals, kind=kind, what=what, form=form, next_fall=played.life.next_fall({}),
        log=[told.entry(happened, version, known) for happened in reversed(played.happened)],
        earliest=city_day(played.now) + timedelta(days=1),
        facts=about.facts(played.life.variables, played.happened[-1].step.changed, known),
        rest=about.rest(played.life.variables))


def _doing(tasks: Sequence[str], arrivals: Sequence[tuple[str, Sentence, bool]]) -> tuple[str, str]:
    """What is to be filled in: ("task", id) or ("message", name); what was asked for, else the first task, else a
    message that the flow waits for, else ("", "")."""
    arguments = request.view_args or {}
    asked = [("task", arguments.get("task_id") or request.args.get("task", "")),
             ("message", arguments.get("message") or request.args.get("message", ""))]
    tasks_first = [("task", id) for id in tasks]
    awaited = [("message", name) for name, _title, waits in arrivals if waits]
    possible = [*tasks_first, *(("message", name) for name, *_ in arrivals)]
    return next((each for each in [*asked, *tasks_first, *awaited] if each in possible), ("", ""))


def _form_for(version: ProcessVersion, played: Played, kind: str, what: str) -> TaskForm | None:
    if kind == "message":
        return _form(trial_forms.message_form(what), {}, played.now)
    task = played.task(what) if kind == "task" else None
    if task is None:
        return None
    return _form(version.forms[task.opened.form], {**played.life.variables, **task.opened.local}, played.now)


def _form(spec: FormSpec, scope: dict[str, Any], at: datetime, *, submitted: bool = False) -> TaskForm:
    known = trial_forms.lists(db(), at)
    return forms.build(spec, trial_forms.sensible(spec, scope, known), known, now=at, calendar=calendar(),
                       formdata=request.form if submitted else None)


def _judged(form: TaskForm) -> dict[str, Any] | None:
    """The variables of one of our own forms; None when it is refused, with messages beside its fields."""
    judged = form.judge()
    if judged.errors:
        return None
    try:
        return trial_forms.variables(judged.answers)
    except ValueError as error:
        form.problems[trial_forms.OTHERS] = _("这一行读不懂：%(line)s", line=error)
        return None
