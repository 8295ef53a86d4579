"""/measures: what is counted of cases, how it is defined, and the cases behind each figure."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import cast, get_args
from urllib.parse import urlencode

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.issues import downloads, places
from app.issues.categories import STATUSES
from app.issues.in_charge import leader_names
from app.measures import export, opened, shown
from app.measures.bulletin import made
from app.measures.bulletin.blocks import Bulletin
from app.measures.opened import Part
from app.measures.question import CHOICES, Months, Question, parse, scope
from app.measures.registry import BY_KEY, COUNTED, Form, Measure
from app.numbers import page_number
from app.permissions import GRANTS, Permission, requires
from app.presentation import tell
from app.reads.noting import takes
from app.web import actor, calendar, db, now
from workflows.calendar import CITY_ZONE

blueprint = Blueprint("measures", __name__, url_prefix="/measures")
COMPARED = ("registered", "settled", "response", "solution", "satisfaction", "on_time", "median", "returns", "refusals",
            "reopened")
"""the measures that tables by unit, category and month have beside the chosen one"""


@blueprint.get("/")
@requires(Permission.SEE_MEASURES)
def index() -> str:
    """The figures of a period, compared with the one before; the trend and the ranking by one of them."""
    units = places.unit_names(db())
    leaders = leader_names(db())
    question = _question(units)
    return render_template(
        "measures/page.html", question=question, leaders=leaders, shown=shown.look(db(), question, now(), calendar()),
        chosen=BY_KEY[question.measure], counted=COUNTED,
        compared=[BY_KEY[key] for key in COMPARED if key != question.measure], units=_choices(units), unit_names=units,
        categories=CHOICES["category"], levels=CHOICES["level"], periods=_periods(question), in_words=shown.in_words,
        behind=shown.behind, link=_links(question), late_in_words=shown.late_in_words, forms=Form,
        enough=shown.ENOUGH, city=_within() is None)


@blueprint.get("/export.xlsx")
@requires(Permission.SEE_MEASURES)
def export_page() -> Response:
    """What the page shows, as an Excel workbook."""
    question = _question(places.unit_names(db()))
    months = question.months
    content = export.workbook(shown.look(db(), question, now(), calendar()), leader_names(db()),
                              f"{months.first}—{months.last}", tell)
    return downloads.send_bytes(content, _("统计%(first)s至%(last)s.xlsx", first=months.first, last=months.last),
                                export.MEDIA_TYPE)


@blueprint.get("/bulletin")
@requires(Permission.SEE_MEASURES)
def bulletin() -> str:
    """The bulletin 月报 of the question's last month, laid out for A4."""
    question, bulletin = _bulletin()
    return render_template("measures/bulletin.html", question=question, bulletin=bulletin,
                           kind=lambda block: type(block).__name__)


@blueprint.get("/bulletin.docx")
@requires(Permission.SEE_MEASURES)
def bulletin_docx() -> Response:
    """The same as a Word document. A process that makes none does without the 9 MiB of the library."""
    from app.measures.bulletin import word

    _, bulletin = _bulletin()
    takes(bulletin.issues)
    return downloads.send_bytes(word.written(bulletin, now(), tell), f"{tell(bulletin.title)}.docx", word.MEDIA_TYPE)


@blueprint.get("/bulletin.pdf")
@requires(Permission.SEE_MEASURES)
def bulletin_pdf() -> Response:
    """The same as a PDF."""
    from app.measures.bulletin import portable

    _, bulletin = _bulletin()
    takes(bulletin.issues)
    return downloads.send_bytes(portable.written(bulletin, tell), f"{tell(bulletin.title)}.pdf", portable.MEDIA_TYPE)


@blueprint.get("/<string:key>")
@requires(Permission.SEE_MEASURES)
def cases(key: str) -> str:
    """The cases behind a figure: those that it counts, those that it counts them among, or those that are missing."""
    measure, part = _figure(key)
    units = places.unit_names(db())
    question = _question(units)
    page = opened.find(db(), actor(), measure, part, question, page_number(request.args.get("page")), now())
    return render_template(
        "measures/cases.html", measure=measure, part=part, question=question, page=page, units=units,
        leaders=leader_names(db()),
        categories=CHOICES["category"], levels=CHOICES["level"], statuses=STATUSES, forms=Form)


@blueprint.get("/<string:key>/export.xlsx")
@requires(Permission.SEE_MEASURES)
def export_cases(key: str) -> Response:
    """The same list as an Excel workbook, all its pages."""
    measure, part = _figure(key)
    units = places.unit_names(db())
    found = opened.find_all(db(), actor(), measure, part, _question(units), now())
    takes(case.issue.id for case in found)
    return downloads.send_bytes(export.case_workbook(found, units, tell), f"{tell(measure.name)}.xlsx",
                                export.MEDIA_TYPE)


def _bulletin() -> tuple[Question, Bulletin]:
    """The question of the bulletin, and the bulletin."""
    units = places.unit_names(db())
    question = made.one_month(_question(units))
    return question, made.make(db(), actor(), question, units, leader_names(db()), now=now(),
                              calendar=calendar())


def _within() -> frozenset[str] | None:
    return scope(actor(), GRANTS[Permission.SEE_MEASURES])


def _question(units: dict[str, str]) -> Question:
    return parse(request.args, units, leader_names(db()), _within(), now())


def _figure(key: str) -> tuple[Measure, Part]:
    part = request.args.get("part", "hits")
    if key not in BY_KEY or part not in get_args(Part):
        abort(404)
    return BY_KEY[key], cast(Part, part)


def _links(question: Question) -> Callable[..., str]:
    """Gives the address of the cases behind a figure: link("solution", "among", {"unit": "finance"}). A page has
    hundreds, and Flask's own way of making one takes as long as drawing the rest of a row."""
    root = url_for("measures.index")

    def link(key: str, part: Part = "hits", different: Mapping[str, str] = MappingProxyType({})) -> str:
        address = question.address(**different)
        return f"{root}{key}?{urlencode(address if part == 'hits' else address | {'part': part})}"

    return link


def _choices(units: dict[str, str]) -> dict[str, str]:
    """The units that may be chosen."""
    within = _within()
    return {code: name for code, name in units.items() if within is None or code in within}


def _periods(question: Question) -> list[tuple[str, dict[str, str], bool]]:
    """(words, address, whether it is shown) of the periods that people ask for most."""
    today: datetime = now().astimezone(CITY_ZONE)
    month, year = f"{today:%Y-%m}", f"{today:%Y}"
    quarter = f"{year}-{(today.month - 1) // 3 * 3 + 1:02d}"
    named = ((_("本月"), Months(month, month)), (_("上月"), Months(month, month).before),
             (_("本季"), Months(quarter, month)), (_("今年"), Months(f"{year}-01", month)),
             (_("近12个月"), Months.up_to(month, 12)))
    return [(words, question.address(**{"from": months.first, "to": months.last}), months == question.months)
            for words, months in named]
