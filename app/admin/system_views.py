"""/admin/system: whether every part of the installation does its work, and what to do where one does not."""
from __future__ import annotations

from flask import current_app, render_template

from app import assets
from app.admin import system as service
from app.admin.blueprint import blueprint
from app.permissions import Permission, requires
from app.web import db, services


@blueprint.get("/admin/system")
@requires(Permission.MANAGE_CASES)
def system() -> str:
    """The parts, asked as the page is opened."""
    parts = service.parts(db(), services().engine, services().settings.data_dir, services().clock,
                          assets_built=bool(current_app.extensions[assets.BUILT]))
    return render_template("admin/system.html", parts=parts, wanted=sum(part.advice is not None for part in parts))
