"""/admin/mail/templates: the subject and body around notices, by kind, with a preview."""
from __future__ import annotations

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.admin import mail_templates as service
from app.admin.blueprint import blueprint
from app.cases import letters
from app.cases.errors import Blocked
from app.cases.letters import Frame
from app.permissions import Permission, requires
from app.presentation import tell
from app.web import actor, db, now

log = structlog.get_logger()


@blueprint.get("/admin/mail/templates")
@requires(Permission.MANAGE_CASES)
def mail_templates() -> str:
    """Every kind of letter with its words."""
    return render_template("admin/mail_templates.html", kinds={
        kind: (name, *service.frame_of(db(), kind)) for kind, name in letters.KINDS.items()})


@blueprint.route("/admin/mail/templates/<string:kind>", methods=["GET", "POST"])
@requires(Permission.MANAGE_CASES)
def mail_template(kind: str) -> Response | str | tuple[str, int]:
    """One kind: its words, a letter as it would go out; `preview` shows that and saves nothing."""
    name, (frame, own), refused = service.name_of(kind), service.frame_of(db(), kind), None
    if request.method == "POST":
        frame = Frame(*(request.form.get(part, "").replace("\r\n", "\n").strip() for part in ("subject", "body")))
        try:
            if "preview" in request.form:
                letters.check(frame)
            else:
                service.save(db(), kind, frame, actor=actor(), now=now())
                log.info("mail_template_saved", kind=kind, by=actor().user_id)
                flash(_("已经保存，以后写的信用它。"), "success")
                return redirect(url_for("admin.mail_templates"), 303)
        except Blocked as error:
            refused = tell(error)
    page = render_template("admin/mail_template.html", kind=kind, name=name, frame=frame, own=own, refused=refused,
                           placeholders=letters.PLACEHOLDERS, example=service.example(frame, now()),
                           longest=letters.LONGEST_SUBJECT)
    return (page, 422) if refused else page


@blueprint.post("/admin/mail/templates/<string:kind>/reset")
@requires(Permission.MANAGE_CASES)
def mail_template_reset(kind: str) -> Response:
    """The product's own words again."""
    service.reset(db(), kind)
    log.info("mail_template_reset", kind=kind, by=actor().user_id)
    flash(_("已经恢复成原来的。"), "success")
    return redirect(url_for("admin.mail_templates"), 303)
