"""/readings: who has read which case, for who audits and for supervisors, on a page and as a workbook.

Of cases it names the number alone: who looks up readers learns nothing more about an enterprise.
"""
from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.issues import downloads, places
from app.models import Position
from app.numbers import page_number
from app.permissions import Permission, requires
from app.presentation import tell
from app.reads import export
from app.reads import log as service
from app.reads.log import WAYS, Wanted
from app.web import actor, db

blueprint = Blueprint("reads", __name__, url_prefix="/readings")
PAGE_SIZE = 50


@blueprint.get("/")
@requires(Permission.SEE_READINGS)
def index() -> str:
    """A page of readings, the newest first; ?case=, ?who=, ?way=, ?first= and ?last= filter it."""
    page, wanted = page_number(request.args.get("page")), _wanted()
    rows, total = service.find(db(), actor(), wanted, page=page, size=PAGE_SIZE)
    return render_template(
        "reads/index.html", rows=rows, total=min(total, service.MOST_COUNTED), more=total > service.MOST_COUNTED,
        page=page, pages=max(1, -(-total // PAGE_SIZE)), wanted=wanted, ways=WAYS, units=places.unit_names(db()),
        positions=_positions(), address=request.args.to_dict())


@blueprint.get("/export.xlsx")
@requires(Permission.SEE_READINGS)
def export_list() -> Response:
    """The same list as an Excel workbook, all its pages."""
    content = export.workbook(service.find_all(db(), actor(), _wanted()), places.unit_names(db()), _positions(), tell)
    return downloads.send_bytes(content, _("查阅记录.xlsx"), export.MEDIA_TYPE)


def _wanted() -> Wanted:
    way = request.args.get("way", "")
    return Wanted(request.args.get("case", "").strip(), request.args.get("who", "").strip(),
                  way if way in WAYS else "", _day("first"), _day("last"))


def _day(name: str) -> date | None:
    """A day of the address; what is none is no filter."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _positions() -> dict[str, str]:
    return dict(db().execute(select(Position.code, Position.name)).all())
