"""/processes and /processes/KEY: what there is, and where everything about one process begins."""
from __future__ import annotations

from flask import render_template

from app.modeler import processes
from app.modeler.blueprint import blueprint
from app.modeler.editor import drafts
from app.modeler.editor.surroundings import Surroundings
from app.permissions import Permission, requires
from app.web import db


@blueprint.get("/")
@requires(Permission.SEE_PROCESSES)
def index() -> str:
    """Every process with its current version, its running cases and its draft."""
    return render_template("modeler/index.html", processes=processes.processes(db()))


@blueprint.get("/<string:key>")
@requires(Permission.SEE_PROCESSES)
def show(key: str) -> str:
    """One process: its versions with their running cases."""
    draft = drafts.find(db(), key)
    return render_template("modeler/process.html", key=key, versions=processes.versions(db(), key), draft=draft,
                           has_draft=processes.has_draft(db(), key),
                           draft_name=Surroundings.of(draft).name() if draft else key)
