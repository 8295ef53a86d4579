"""/processes/KEY/parameters: the numbers of a process in one list, changed in its draft, on the way to publishing."""
from __future__ import annotations

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.cases.errors import CaseError
from app.modeler.blueprint import blueprint
from app.modeler.editor import drafts
from app.modeler.editor import parameters as service
from app.modeler.fleet import standing
from app.permissions import Permission, requires
from app.presentation import tell
from app.web import actor, db, now

log = structlog.get_logger()


@blueprint.route("/<string:key>/parameters", methods=["GET", "POST"])
@requires(Permission.EDIT_PROCESSES)
def parameters(key: str) -> Response | str | tuple[str, int]:
    """Each number with what people call it; saving leads to what differs from the current version, to be published."""
    refused = None
    if request.method == "POST":
        try:
            changed = service.change(db(), key, request.form, on_revision=request.form.get("revision", 0, type=int),
                                     actor=actor(), now=now())
        except CaseError as error:
            refused = tell(error)
        else:
            if changed:
                log.info("parameters_changed", process=key, changed=changed, by=actor().user_id)
                return redirect(url_for("modeler.publish", key=key), 303)
            flash(_("没有改动。"), "info")
            return redirect(url_for("modeler.parameters", key=key), 303)
    found = service.parameters(db(), key)
    draft = drafts.find(db(), key)
    page = render_template("modeler/parameters.html", key=key, name=standing.name(db(), key), parameters=found,
                           draft=draft, refused=refused, largest=service.LARGEST, typed=request.form)
    return (page, 422) if refused else page
