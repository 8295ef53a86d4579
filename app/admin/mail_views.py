"""/admin/mail: the letters of the outbox, those that went out and those that could not."""
from __future__ import annotations

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app import noted
from app.admin.blueprint import PAGE_SIZE, blueprint
from app.admin.errors import AdminRefused, NoSuch
from app.models import Outbox
from app.models.outbox import MAX_ATTEMPTS
from app.numbers import page_number
from app.permissions import Permission, requires
from app.web import actor, db, now

log = structlog.get_logger()


@blueprint.get("/admin/mail")
@requires(Permission.MANAGE_CASES)
def mail() -> str:
    """All letters, the newest first, or with ?unsent=1 those that have not gone out."""
    unsent, page = request.args.get("unsent") == "1", page_number(request.args.get("page"))
    condition = [Outbox.sent_at.is_(None)] if unsent else []
    total = db().scalar(select(func.count()).select_from(Outbox).where(*condition)) or 0
    letters = db().scalars(select(Outbox).where(*condition).order_by(Outbox.id.desc())
                           .limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    return render_template("admin/mail.html", letters=letters, unsent=unsent, most=MAX_ATTEMPTS, total=total, page=page,
                           pages=max(1, -(-total // PAGE_SIZE)), address=request.args.to_dict())


@blueprint.post("/admin/mail/<int:letter_id>/again")
@requires(Permission.MANAGE_CASES)
def mail_again(letter_id: int) -> Response:
    """Has the worker try a letter again that it had given up or put off."""
    letter = db().get(Outbox, letter_id)
    if letter is None:
        raise NoSuch(_("没有这封邮件。"))
    if letter.sent_at is not None:
        raise AdminRefused(_("这封邮件已经发出。"))
    letter.attempts, letter.due_at = 0, now()
    noted.about(letter.recipient)
    log.info("mail_again", letter=letter_id, by=actor().user_id)
    flash(_("马上再发一次，请稍后刷新查看。"), "success")
    return redirect(url_for("admin.mail", unsent=1))
