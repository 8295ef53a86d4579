"""/meetings: dispatch meetings and their overdue decisions; calling one; a meeting's sheet, minutes and proof."""
from __future__ import annotations

import re
import secrets
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.cases import proof
from app.cases.errors import CaseError
from app.cases.proof import Proof
from app.dates import city_minute
from app.issues import facts
from app.issues.past.reels import Shelf
from app.issues.places import unit_names
from app.meetings import calling, listing, sheet
from app.meetings.forms import CallForm
from app.meetings.visibility import find_visible
from app.models import Instance, Position
from app.numbers import page_number
from app.permissions import Permission, allowed, looks_only, requires
from app.presentation import tell
from app.security import allow_inline_styles
from app.web import actor, calendar, db, now

blueprint = Blueprint("meetings", __name__, url_prefix="/meetings")
PAGE_SIZE = 50
PROOF_SLICE = 200
"""entries that one request proves"""
_RUN = re.compile(r"[0-9a-f]{16}")
_proofs: Shelf[Proof] = Shelf()


@blueprint.get("/")
@requires(Permission.SEE_MEETINGS)
def index() -> str:
    """Meetings that this person may see, those that are not settled unless ?show=all."""
    show = request.args.get("show", "open")
    show = show if show in listing.SHOWS else "open"
    page = page_number(request.args.get("page"))
    lines, total = listing.page_of(db(), actor(), show, page, PAGE_SIZE)
    return render_template("meetings/list.html", lines=lines, total=total, page=page, pages=_pages(total), show=show,
                           may_call=allowed(actor(), Permission.CALL_MEETINGS) and not looks_only())


@blueprint.get("/late")
@requires(Permission.SEE_MEETINGS)
def late() -> str:
    """Decisions that are overdue."""
    page = page_number(request.args.get("page"))
    rows, total = listing.late(db(), actor(), now(), page, PAGE_SIZE)
    return render_template("meetings/late.html", rows=rows, total=total, page=page, pages=_pages(total),
                           units=unit_names(db()), positions=_positions())


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.CALL_MEETINGS)
def new() -> Response | str | tuple[str, int]:
    """Calls a meeting for the cases of ?case=, several times for several. Whoever prepares it goes on to its task."""
    numbers = request.values.getlist("case")
    issues = calling.chosen(db(), actor(), numbers)
    form = CallForm()
    if request.method == "GET":
        form.title.data = calling.proposed_title(issues)
        return _new_page(form, numbers)
    if not form.validate():
        return _new_page(form, numbers), 422
    try:
        meeting = calling.call(db(), numbers, form.title.data or "", form.note.data or "",
                               again=bool(request.form.get("again")), actor=actor(), now=now(), calendar=calendar())
    except CaseError as refused:
        db().rollback()
        flash(tell(refused), "warning")
        return _new_page(form, numbers), refused.status
    own = calling.own_task(db(), meeting, actor())
    flash(_("调度会%(number)s已提请召开。", number=meeting.number), "success")
    return redirect(url_for("inbox.task", item_id=own) if own else url_for("meetings.show", number=meeting.number), 303)


@blueprint.get("/<string:number>")
@requires(Permission.SEE_MEETINGS)
def show(number: str) -> str:
    """A meeting on one page: notice, who comes, agenda, minutes, decisions and what has happened."""
    found = sheet.load(db(), find_visible(db(), actor(), number))
    allow_inline_styles()
    return render_template("meetings/meeting.html", meeting=found, cases=sheet.cases(db(), actor(), found.meeting),
                           entries=sheet.entries(db(), found), positions=_positions())


@blueprint.get("/<string:number>/minutes")
@requires(Permission.SEE_MEETINGS)
def minutes(number: str) -> str:
    """The minutes 会议纪要, laid out for A4."""
    found = sheet.load(db(), find_visible(db(), actor(), number))
    return render_template("meetings/minutes.html", meeting=found, cases=sheet.cases(db(), actor(), found.meeting),
                           minute=city_minute, printed_at=now(), printed_by=actor().name)


@blueprint.get("/<string:number>/diagram.json")
@requires(Permission.SEE_MEETINGS)
def diagram(number: str) -> Response:
    """The diagram with the path taken: [{process, name, xml, done, active}], for the viewer."""
    meeting = find_visible(db(), actor(), number)
    return jsonify([{"process": each.process_id, "name": each.name, "xml": each.xml, "done": each.done,
                     "active": each.active} for each in facts.diagrams(db(), meeting.instance_id)])


@blueprint.get("/<string:number>/proof")
@requires(Permission.SEE_MEETINGS)
def prove(number: str) -> str:
    """重放验证 of a meeting, a slice a request, as of an issue. Without ?run= a proof begins anew."""
    meeting = find_visible(db(), actor(), number)
    instance = db().get_one(Instance, meeting.instance_id)
    asked = request.args.get("run", "")
    run = asked if _RUN.fullmatch(asked) else secrets.token_hex(8)
    key = (actor().user_id, instance.id, run)
    proved = _proofs.take(key) or Proof()
    if not proved.ended:
        proof.go_on(db(), instance.id, proved, most=PROOF_SLICE)
    _proofs.put(key, proved)
    page = "past/_proof.html" if request.headers.get("HX-Request") else "meetings/proof.html"
    return render_template(page, meeting=meeting, proof=proved, run=run, total=instance.history_length, proved_at=now(),
                           next=url_for("meetings.prove", number=number, run=run), film=None)


def _new_page(form: CallForm, numbers: list[str]) -> str:
    issues = calling.chosen(db(), actor(), numbers)
    return render_template("meetings/new.html", form=form, issues=issues, units=unit_names(db()),
                           under_way=listing.under_way(db(), [issue.id for issue in issues]))


def _pages(total: int) -> int:
    return max(1, -(-total // PAGE_SIZE))


def _positions() -> dict[str, Any]:
    return dict(db().execute(select(Position.code, Position.name)).all())
