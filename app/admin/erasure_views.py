"""/admin/erasures: what waits for a security administrator about issues' personal data, and what became of it."""
from __future__ import annotations

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import noted
from app.admin.blueprint import PAGE_SIZE, blueprint
from app.issues.erasing import requests
from app.numbers import page_number
from app.permissions import Permission, looks_only, requires
from app.presentation import tell
from app.web import actor, db, now

log = structlog.get_logger()


@blueprint.get("/admin/erasures")
@requires(Permission.ERASE)
def erasures() -> str:
    """What waits, or with ?decided=1 what was decided. Nothing of the data itself is shown."""
    decided, page = request.args.get("decided") == "1", page_number(request.args.get("page"))
    rows, total = requests.lines(db(), waiting=not decided, page=page, size=PAGE_SIZE)
    return render_template("admin/erasures.html", rows=rows, total=total, page=page, decided=decided,
                           pages=max(1, -(-total // PAGE_SIZE)), address=request.args.to_dict(),
                           may_decide=not looks_only(), in_words=requests.in_words)


@blueprint.post("/admin/erasures/<int:erasure_id>/agree")
@requires(Permission.ERASE)
def erasure_agree(erasure_id: int) -> Response:
    """Erases."""
    line = requests.agree(db(), erasure_id, actor=actor(), now=now())
    noted.about(line.number, {"status": "waiting"}, {"status": "done", **line.erasure.counts})
    log.info("erased", erasure=erasure_id, by=actor().user_id)
    flash(_("已删除：%(what)s。", what=tell(requests.in_words(line.erasure.counts))), "success")
    return redirect(url_for("admin.erasures"), 303)


@blueprint.post("/admin/erasures/<int:erasure_id>/refuse")
@requires(Permission.ERASE)
def erasure_refuse(erasure_id: int) -> Response:
    """Nothing happens."""
    line = requests.refuse(db(), erasure_id, actor=actor(), now=now())
    noted.about(line.number, {"status": "waiting"}, {"status": "refused"})
    flash(_("没有同意，什么都没有删除。"), "success")
    return redirect(url_for("admin.erasures"), 303)
