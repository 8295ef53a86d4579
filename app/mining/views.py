"""/mining: the process as it really runs, on its diagram and in tables; its cases; its log for other tools."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from flask import Blueprint, abort, g, jsonify, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.issues import downloads, places
from app.issues.categories import CATEGORIES, LEVELS, STATUSES
from app.measures.question import CHOICES, scope
from app.mining import asked as asking
from app.mining import breaches, drawn, events, figures, log, opened, rework, variants, words
from app.mining.asked import Asked
from app.mining.events import SCHEDULE, Trace
from app.mining.log import Names
from app.mining.routes import elements_of
from app.models import Position
from app.numbers import page_number
from app.permissions import GRANTS, Permission, requires
from app.presentation import tell
from app.reads.noting import takes
from app.security import allow_inline_styles
from app.web import actor, db, now, services

blueprint = Blueprint("mining", __name__, url_prefix="/mining")


@blueprint.get("/")
@requires(Permission.SEE_MEASURES)
def index() -> str:
    """The heat map, and the same figures as a table."""
    allow_inline_styles()
    found = figures.by_step(db(), _asked())
    return _page("steps", figures=found, passes=_events(_asked()), names_of=[each.element for each in found])


@blueprint.get("/diagram.json")
@requires(Permission.SEE_MEASURES)
def index_diagram() -> Response:
    """The diagrams with the chosen figure of each element, for the viewer."""
    question = _asked()
    version = asking.drawn(db(), question)
    if version is None:
        return jsonify([])
    found = figures.by_step(db(), question)
    numbers = {each.element: each.of(question.show) for each in found}
    notes = {each.element: tell(words.of_figure(each, question.show)) for each in found}
    shaded = dict(numbers)
    if question.show == "count":
        passed = _events(question)
        numbers |= passed
        notes |= {element: _("%(times)s次", times=times) for element, times in passed.items()}
    return jsonify(drawn.heat(version, numbers, notes, shaded))


@blueprint.get("/variants")
@requires(Permission.SEE_MEASURES)
def index_variants() -> str:
    """The routes that ended cases took."""
    found = variants.find(db(), _asked())
    return _page("variants", found=found, names_of=[each for line in found.shown for each in elements_of(line.route)])


@blueprint.get("/variants/<string:variant>/diagram.json")
@requires(Permission.SEE_MEASURES)
def index_route(variant: str) -> Response:
    """A route on the diagrams."""
    steps = variants.route(db(), variant)
    version = asking.drawn(db(), _asked())
    if steps is None or version is None:
        abort(404)
    return jsonify(drawn.route(version, steps))


@blueprint.get("/rework")
@requires(Permission.SEE_MEASURES)
def index_rework() -> str:
    """Which step sent cases back to which, by whom and why."""
    found = rework.find(db(), _asked())
    return _page("rework", lines=found, names_of=[each for line in found for each in (line.origin, line.target)])


@blueprint.get("/conformance")
@requires(Permission.SEE_MEASURES)
def index_conformance() -> str:
    """The promises that cases did not keep."""
    return _page("conformance", lines=breaches.find(db(), _asked()), kept=breaches.unbroken(db(), _asked()))


@blueprint.get("/bottlenecks")
@requires(Permission.SEE_MEASURES)
def index_bottlenecks() -> str:
    """Where tasks lie longest: by step and post."""
    posts, steps = figures.by_post(db(), _asked()), figures.by_post_and_step(db(), _asked())
    most = figures.MOST
    return _page("bottlenecks", posts=posts[:most], steps=steps[:most], more_posts=max(0, len(posts) - most),
                 more_steps=max(0, len(steps) - most), names_of=[each.element for each in steps[:most]])


@blueprint.get("/cases")
@requires(Permission.SEE_MEASURES)
def index_cases() -> str:
    """The cases behind a figure; a route's also on the diagram."""
    wanted = opened.parse(request.args)
    if wanted is None:
        abort(404)
    steps = variants.route(db(), wanted.values.get("variant", "")) if wanted.kind == "variant" else None
    rule = breaches.said(db(), wanted.values.get("rule", "")) if wanted.kind == "breach" else None
    if (wanted.kind == "variant" and steps is None) or (wanted.kind == "breach" and rule is None):
        abort(404)
    if steps is not None:
        allow_inline_styles()
    elements = [wanted.values[name] for name in ("element", "origin", "target") if name in wanted.values]
    return _page(
        "cases", wanted=wanted, rule=rule, route=steps, statuses=STATUSES,
        page=opened.find(db(), actor(), _asked(), wanted, page_number(request.args.get("page"))),
        names_of=[*elements, *elements_of(steps or ())])


@blueprint.get("/log.xes")
@requires(Permission.SEE_MEASURES)
def index_xes() -> Response:
    """The log of the cases that are looked at. ?each=schedule: one event for each attempt, when it was opened."""
    return _log(log.xes, "xes", log.XES_TYPE)


@blueprint.get("/log.csv")
@requires(Permission.SEE_MEASURES)
def index_csv() -> Response:
    """The same as a table."""
    return _log(log.table, "csv", log.CSV_TYPE)


def _log(made: Callable[[Iterable[Trace], Names], Iterator[str]], ending: str, media_type: str) -> Response:
    """Sent while it is made, some cases at a time."""
    question, own = _asked(), services()
    names = Names(places.unit_names(db()), _positions(),
                  *(_told(codes) for codes in (_versions(), CATEGORIES, LEVELS, STATUSES)))
    only = SCHEDULE if request.args.get("each") == SCHEDULE else ""
    takes(events.issue_ids(db(), actor(), question))
    traces = events.traces(own.sessions, actor(), question, own.settings.secret_key, only)
    months = question.question.months
    return downloads.send_pieces(made(traces, names), f"zhuqi-{months.first}-{months.last}.{ending}", media_type)


def _events(question: Asked) -> dict[str, int]:
    """How often each event of the version that is drawn was passed."""
    version = asking.drawn(db(), question)
    return {element: times for element, times in figures.passes(db(), question).items()
            if version is not None and element in version.elements}


def _within() -> frozenset[str] | None:
    return scope(actor(), GRANTS[Permission.SEE_MEASURES])


def _asked() -> Asked:
    """What the address asks for, read once a request."""
    if "mining" not in g:
        g.mining = asking.parse(request.args, places.unit_names(db()), _within(), _versions(), now())
    return cast(Asked, g.mining)


def _versions() -> dict[str, str]:
    if "mining_versions" not in g:
        g.mining_versions = asking.versions(db())
    return cast(dict[str, str], g.mining_versions)


def _page(tab: str, *, names_of: list[str] | None = None, **found: Any) -> str:
    """A page with its filters and tabs. `names_of` are the elements that it speaks of."""
    question = _asked()
    version = asking.drawn(db(), question)
    passed = found.get("passes", {})
    names = asking.names(db(), version, {*(names_of or ()), *passed})
    units = places.unit_names(db())
    within = _within()
    return render_template(
        f"mining/{tab}.html", tab=tab, asked=question, question=question.question, names=names, units=units,
        choices={code: name for code, name in units.items() if within is None or code in within}, city=within is None,
        categories=CHOICES["category"], levels=CHOICES["level"], versions=_versions(),
        positions=_positions(), count=figures.count(db(), question), words=words, span=words.span,
        **found)


def _told(words: Mapping[str, str]) -> dict[str, str]:
    """What is sent is told before, while the request's language is known."""
    return {code: tell(word) for code, word in words.items()}


def _positions() -> Mapping[str, str]:
    return dict(db().execute(select(Position.code, Position.name)).all())

