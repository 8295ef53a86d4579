"""/admin/agreements: what waits for a second administrator about administrators' accounts, and what became of it."""
from __future__ import annotations

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import noted, web
from app.admin import agreements as service
from app.admin.blueprint import PAGE_SIZE, blueprint
from app.auth import passwords
from app.numbers import page_number
from app.permissions import Permission, allowed, looks_only, requires
from app.presentation import tell
from app.web import actor, db, now

log = structlog.get_logger()


@blueprint.get("/admin/agreements")
@requires(Permission.SEE_ADMINISTRATION)
def agreements() -> str:
    """What waits, or with ?decided=1 what was decided."""
    decided, page = request.args.get("decided") == "1", page_number(request.args.get("page"))
    rows, total = service.lines(db(), waiting=not decided, now=now(), page=page, size=PAGE_SIZE)
    return render_template("admin/agreements.html", rows=rows, total=total, page=page, decided=decided, now=now(),
                           pages=max(1, -(-total // PAGE_SIZE)), address=request.args.to_dict(),
                           may_agree=allowed(actor(), Permission.AGREE) and not looks_only(), lasts=service.LASTS)


@blueprint.post("/admin/agreements/<int:agreement_id>/agree")
@requires(Permission.AGREE)
def agreement_agree(agreement_id: int) -> str | Response:
    """Carries out what was asked for; shows the second half of a password that comes of it, once."""
    first, second = service.half_of(db(), agreement_id), passwords.half_password()
    web.release()  # argon2 is slow: hold no transaction meanwhile
    password_hash = passwords.hash_one_time(passwords.of_halves(first, second)) if first else ""
    line = service.agree(db(), agreement_id, password_hash, actor=actor(), now=now())
    _note(line)
    log.info("agreed", agreement=agreement_id, by=actor().user_id)
    if first:
        return render_template("admin/password.html", user=line.user, password=second, created=False, half="second")
    flash(_("已同意，已经生效。"), "success")
    return redirect(url_for("admin.agreements"))


@blueprint.post("/admin/agreements/<int:agreement_id>/refuse")
@requires(Permission.AGREE)
def agreement_refuse(agreement_id: int) -> Response:
    """Nothing happens."""
    _note(service.refuse(db(), agreement_id, actor=actor(), now=now()))
    flash(_("没有同意，什么都没有改动。"), "success")
    return redirect(url_for("admin.agreements"))


@blueprint.post("/admin/agreements/<int:agreement_id>/withdraw")
@requires(Permission.MANAGE_USERS)
def agreement_withdraw(agreement_id: int) -> Response:
    """Who asked takes it back."""
    _note(service.withdraw(db(), agreement_id, actor=actor(), now=now()))
    flash(_("申请已撤回。"), "success")
    return redirect(url_for("admin.agreements"))


def _note(line: service.Line) -> None:
    noted.about(_("%(name)s：%(what)s", name=line.user.name, what=tell(line.what)), {"status": "waiting"},
                {"status": line.agreement.status})
