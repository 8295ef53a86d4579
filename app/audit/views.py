"""/audit: the daily seals, the last verification with what it found, and a button for another."""
from __future__ import annotations

import structlog
from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app.audit import checks
from app.issues.visibility import visible_issues
from app.meetings.visibility import visible_meetings
from app.models import AuditCheck, Issue, Meeting, Seal, User
from app.numbers import page_number
from app.permissions import Permission, requires
from app.web import actor, db, now

log = structlog.get_logger()
blueprint = Blueprint("audit", __name__, url_prefix="/audit")
PAGE_SIZE = 31
WHAT = {"altered": _("改动"), "missing": _("缺失"), "inserted": _("插入"), "reordered": _("调换")}


@blueprint.get("/")
@requires(Permission.AUDIT)
def index() -> str:
    """Seals by day, the newest first, below the newest verification."""
    page = page_number(request.args.get("page"))
    total = db().scalar(select(func.count()).select_from(Seal)) or 0
    found = db().scalars(select(Seal).order_by(Seal.number.desc()).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    check, asked_by = _newest()
    return render_template(
        "audit/index.html", seals=found.all(), total=total, page=page, pages=max(1, -(-total // PAGE_SIZE)),
        address=request.args.to_dict(), check=check, asked_by=asked_by, what=WHAT, issues=_issues(check),
        meetings=_meetings(check))


@blueprint.get("/progress")
@requires(Permission.AUDIT)
def progress() -> Response:
    """How far the verification has come, asked for again and again while it goes on; then the page is loaded anew."""
    check, _asked_by = _newest()
    answer = Response(render_template("audit/_progress.html", check=check))
    if check is None or check.status == "done":
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post("/check")
@requires(Permission.AUDIT)
def begin() -> Response:
    """Asks for a verification."""
    check = checks.ask(db(), actor(), now())
    log.info("verification_asked", check=check.id, by=actor().user_id)
    return redirect(url_for("audit.index"), 303)


def _newest() -> tuple[AuditCheck | None, str | None]:
    """The newest verification, and who asked for it."""
    row = db().execute(select(AuditCheck, User.name).outerjoin(User, User.id == AuditCheck.asked_by)
                       .order_by(AuditCheck.id.desc()).limit(1)).one_or_none()
    return (row[0], row[1]) if row else (None, None)


def _issues(check: AuditCheck | None) -> dict[int, str]:
    """The numbers of the issues that findings are about, as far as this person may see them."""
    cases = {each["case"] for each in check.findings} if check else set()
    return dict(db().execute(select(Issue.instance_id, Issue.number).where(
        Issue.instance_id.in_(cases), visible_issues(actor()))).all())  # type: ignore[arg-type]


def _meetings(check: AuditCheck | None) -> dict[int, str]:
    """Likewise the numbers of dispatch meetings."""
    cases = {each["case"] for each in check.findings} if check else set()
    return dict(db().execute(select(Meeting.instance_id, Meeting.number).where(
        Meeting.instance_id.in_(cases), visible_meetings(actor()))).all())
