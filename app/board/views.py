"""/board: the numbers, red first; the lists behind them; urging and taking over by one press."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.addresses import own_address
from app.board import asked, cases, counts
from app.board.asked import NONE, Wanted
from app.cases.errors import CaseError
from app.issues.categories import CATEGORIES, LEVELS
from app.issues.in_charge import leader_names
from app.issues.places import unit_names
from app.issues.visibility import find_visible
from app.meetings import listing
from app.models import Issue
from app.permissions import Permission, allowed, looks_only, requires
from app.presentation import tell
from app.web import actor, calendar, db, now

blueprint = Blueprint("board", __name__, url_prefix="/board")
PAGE_SIZE = 50
FIRST = 10
"""cases on the board itself"""


@blueprint.get("/")
@requires(Permission.SEE_BOARD)
def index() -> str:
    """The board, as far as this person may see; its numbers are asked for again every half minute."""
    return render_template("board/board.html", **_board())


@blueprint.get("/now")
@requires(Permission.SEE_BOARD)
def live() -> str:
    """The part of the board that changes. A page that asks by itself does not keep anybody signed in."""
    g.asked_by_itself = True
    return render_template("board/_now.html", **_board())


@blueprint.get("/cases")
@requires(Permission.SEE_BOARD)
def listed() -> str:
    """The cases behind a number."""
    wanted = asked.parse(request.args)
    at = asked.hours(wanted, now(), calendar())
    page = cases.page_of(db(), actor(), wanted, at, PAGE_SIZE)
    return render_template("board/cases.html", page=page, titles=_titles(wanted.days), **_words(wanted))


@blueprint.post("/cases/<string:number>/urge")
@requires(Permission.WORK)
def urge(number: str) -> Response:
    """Reminds everybody who has a task of the case."""
    issue = _supervised(number)
    try:
        urged = cases.urge(db(), actor(), issue, now())
    except CaseError as refused:
        db().rollback()
        flash(tell(refused), "warning")
    else:
        flash(ngettext("%(number)s的%(num)d件待办已催办。", "%(number)s的%(num)d件待办已催办。", urged,
                       number=number), "success")
    return redirect(_back())


@blueprint.post("/cases/<string:number>/take-over")
@requires(Permission.WORK)
def take_over(number: str) -> Response:
    """Takes the case over; who leads it is decided next."""
    issue = _supervised(number)
    try:
        opened = cases.take_over(db(), actor(), issue, request.form.get("reason", ""), now(), calendar())
    except CaseError as refused:
        db().rollback()
        flash(tell(refused), "warning")
        return redirect(_back())
    flash(_("已接管，请裁定主办单位。"), "success")
    return redirect(url_for("inbox.task", item_id=opened[0]) if opened else _back())


def _supervised(number: str) -> Issue:
    """A case that this person sees, and supervises; one that they do not see does not exist."""
    issue = find_visible(db(), actor(), number)
    if not allowed(actor(), Permission.SUPERVISE):
        abort(403)
    return issue


def _back() -> str:
    return own_address(request.form.get("back")) or url_for("board.index")


def _board() -> dict[str, Any]:
    wanted = asked.parse(request.args)
    at = asked.hours(wanted, now(), calendar())
    board = counts.count(db(), actor(), wanted, at)
    first = cases.first_of(db(), actor(), replace(wanted, show="red", page=1), at, FIRST)
    return {"board": board, "tables": [(by, title, counts.ordered(board.rows[by])) for by, title in _tables()],
            "meetings": listing.counts(db(), actor(), now()),
            "first": first, "titles": _titles(wanted.days), "most": counts.MOST, "at": now(), **_words(wanted)}


def _words(wanted: Wanted) -> dict[str, Any]:
    """What the pages call things by, and the filters as they stand in the address."""
    leaders = {str(id): name for id, name in leader_names(db()).items()}
    names = {"unit": unit_names(db()), "category": CATEGORIES, "level": LEVELS, "leader": leaders}
    address = {name: getattr(wanted, name) for name in ("unit", "category", "level", "leader")}
    if wanted.days != asked.IDLE_DAYS:
        address["days"] = str(wanted.days)
    return {"wanted": wanted, "names": names, "without": NONE, "address": address, "back": _here(),
            "labels": {"unit": _("主办单位"), "category": _("类别"), "level": _("级别"), "leader": _("包联领导")},
            "supervises": allowed(actor(), Permission.SUPERVISE) and not looks_only(),
            "may_call": allowed(actor(), Permission.CALL_MEETINGS) and not looks_only()}


def _here() -> str:
    """Where an act leads back to: the page that is looked at, not the part that is asked for by itself."""
    query = request.query_string.decode()
    path = url_for("board.listed" if request.endpoint == "board.listed" else "board.index")
    return f"{path}?{query}" if query else path


def _tables() -> list[tuple[str, str]]:
    return [("unit", _("按主办单位")), ("category", _("按类别")), ("level", _("按级别")), ("leader", _("按包联领导"))]


def _titles(days: int) -> dict[str, str]:
    return {"": _("办理中的事项"), "red": _("红灯"), "yellow": _("黄灯"), "green": _("绿灯"), "soon": _("本周将变红"),
            "idle": _("%(days)s个工作日没有进展", days=days), "returned": _("退回两次以上"),
            "deciding": _("等督办员决定")}
