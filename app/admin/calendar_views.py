"""/admin/calendar: a year on one page, the city's own days, which deadlines a change would move, and saving it."""
from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.admin import calendar_changes as changes
from app.admin import calendar_year
from app.admin.blueprint import blueprint
from app.admin.calendar_changes import Entered, Row
from app.admin.errors import AdminRefused
from app.cases import calendar_trial, calendars
from app.cases.errors import NotFound
from app.dates import city_day, with_weekday
from app.permissions import Permission, requires
from app.presentation import tell
from app.web import actor, db, now
from workflows.calendar import CITY_ZONE, FIRST_YEAR, LAST_YEAR, Calendar
from workflows.sentence import say

log = structlog.get_logger()
ROWS_OF_A_NOTICE = 14
"""a year's notice has some seven holidays and as many makeup days"""


@blueprint.get("/admin/calendar")
@requires(Permission.SEE_PROCESSES)
def calendar() -> str:
    """?year=: its twelve months. Without a choice, this year; with ?notice=1 there are lines for a whole notice."""
    return _page(_year(), _rows(), ticked=None)


@blueprint.get("/admin/calendar/moving")
@requires(Permission.SEE_PROCESSES)
def calendar_moving() -> str:
    """Whether the open deadlines follow the newest calendar, asked for again and again until they do. What somebody
    has typed on the page stays."""
    version = changes.newest(db())
    if version is None:
        raise NotFound(say("日历还没有改过。"))
    return render_template("admin/_calendar_moving.html", version=version)


@blueprint.get("/admin/calendar/try")
@requires(Permission.EDIT_PROCESSES)
def calendar_try() -> str | tuple[str, int]:
    """Which open deadlines the entered change would move; writes nothing."""
    year, version = _year(), changes.newest(db())
    try:
        entered = _entered()
        candidate = changes.candidate(version, entered)
    except AdminRefused as refused:
        return _page(year, _rows(), ticked="noticed" in request.args, refused=tell(refused)), 422
    return render_template(
        "admin/calendar_try.html", year=year, entered=entered, kinds=changes.KINDS,
        trial=calendar_trial.tried(db(), candidate, now=now()), on_version=version.id if version else 0,
        was_noticed=version is not None and year in version.noticed_years, back=_address(year), day_of=_day_of)


@blueprint.post("/admin/calendar")
@requires(Permission.EDIT_PROCESSES)
def calendar_save() -> Response:
    """Saves what was tried; the worker then moves the deadlines."""
    year = _year()
    saved = changes.save(db(), _entered(), request.form.get("note", "")[:500],
                         on_version=request.form.get("on_version", -1, type=int), actor=actor(), now=now())
    log.info("calendar_saved", calendar=saved.id, by=actor().user_id)
    flash(_("工作日历已经保存，从现在起按它计算。在办事项的时限正在后台重新计算。"), "success")
    return redirect(url_for("admin.calendar", year=year))


def _page(year: int, rows: list[Row], *, ticked: bool | None, refused: str | None = None) -> str:
    version, in_force = changes.newest(db()), calendars.current(db())
    noticed = version is not None and year in version.noticed_years
    blank = ROWS_OF_A_NOTICE if request.args.get("notice") else 1
    return render_template(
        "admin/calendar.html", year=year, first_year=FIRST_YEAR, last_year=LAST_YEAR, today=city_day(now()),
        months=calendar_year.months(in_force, year), marks=calendar_year.MARKS, names=calendar_year.NAMES,
        provisional=in_force.provisional(year), by_library=_by_library(year),
        noticed=noticed if ticked is None else ticked,
        periods=calendar_year.periods(version, year), versions=calendar_year.versions(db()), kinds=changes.KINDS,
        rows=[*rows, *[Row("", "", "off", "")] * max(blank - len(rows), 0)], refused=refused, on=version)


def _day_of(at: datetime) -> str:
    """A deadline's day as the table tells it, with the time of those that do not lie at the close of a day."""
    local = at.astimezone(CITY_ZONE)
    day = tell(with_weekday(local.date(), city_day(now())))
    return day if f"{local:%H:%M}" == "23:59" else f"{day} {local:%H:%M}"


def _by_library(year: int) -> bool:
    """Whether the product brings the notice of the year along."""
    return not Calendar().provisional(year)


def _year() -> int:
    year = request.values.get("year", 0, type=int)
    return year if FIRST_YEAR <= year <= LAST_YEAR else city_day(now()).year


def _rows() -> list[Row]:
    columns = [request.values.getlist(name) for name in ("first", "last", "kind", "name")]
    rows = [Row(*cells) for cells in zip(*columns, strict=False)]
    return [row for row in rows if row.first or row.last or row.name]


def _entered() -> Entered:
    year, version = _year(), changes.newest(db())
    noticed = "noticed" in request.values
    if _by_library(year) or "mark" not in request.values:  # nobody was asked
        noticed = version is not None and year in version.noticed_years
    return Entered(year, changes.read(_rows()), noticed)


def _address(year: int) -> str:
    """Back to the form as it was filled in."""
    values: dict[str, Any] = {name: request.args.getlist(name) for name in ("first", "last", "kind", "name")}
    return url_for("admin.calendar", year=year, _anchor="change", **values)
