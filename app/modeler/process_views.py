"""/processes and /processes/KEY: what there is, and where everything about one process begins."""
from __future__ import annotations

from flask import render_template

from app.modeler import processes
from app.modeler.blueprint import blueprint
from app.modeler.editor import drafts
from app.modeler.editor.surroundings import Surroundings
from app.modeler.release import proposals
from app.permissions import Permission, requires
from app.web import db
from workflows.versions import content_hash


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
    proposed = proposals.open_one(db(), key, content_hash(draft.files)) if draft is not None else None
    return render_template("modeler/process.html", key=key, versions=processes.versions(db(), key), draft=draft,
                           proposed=proposed.id if proposed is not None else None,
                           has_draft=processes.has_draft(db(), key),
                           draft_name=Surroundings.of(draft).name() if draft else key)
