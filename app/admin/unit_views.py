"""/admin/units: the list, a new unit, a unit's page, out of use and back."""
from __future__ import annotations

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import noted
from app.admin import units as service
from app.admin.blueprint import blueprint
from app.admin.errors import AdminRefused
from app.admin.forms import UnitForm
from app.permissions import Permission, requires
from app.presentation import tell
from app.web import actor, db

log = structlog.get_logger()
ACTIVE = {"yes": True, "no": False}


@blueprint.get("/admin/units")
@requires(Permission.MANAGE_ORGANISATION)
def units() -> str:
    """All units with their people and open tasks, filtered."""
    q, kind, active = (request.args.get(name, "").strip() for name in ("q", "kind", "active"))
    lines = service.find_units(db(), q=q, kind=kind, active=ACTIVE.get(active))
    return render_template("admin/units.html", lines=lines, kinds=service.KINDS, q=q, kind=kind, active=active,
                           names=dict(service.unit_choices(db(), only_active=False)))


@blueprint.route("/admin/units/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_ORGANISATION)
def units_new() -> Response | str | tuple[str, int]:
    """Enters a unit."""
    form = UnitForm(service.unit_choices(db()))
    if form.validate_on_submit():
        try:
            unit = service.create_unit(db(), code=form.code.data, name=form.name.data, kind=form.kind.data,
                                       parent_code=form.parent_code.data)
        except AdminRefused as refused:
            form.code.errors = [tell(refused)]
        else:
            noted.about(unit.name, {}, {"kind": unit.kind, "parent_code": unit.parent_code})
            log.info("unit_created", unit=unit.code, by=actor().user_id)
            flash(_("已新建单位“%(name)s”。", name=unit.name), "success")
            return redirect(url_for("admin.units"))
    page = render_template("admin/unit.html", form=form, unit=None)
    return (page, 422) if form.errors else page


@blueprint.route("/admin/units/<string:code>", methods=["GET", "POST"])
@requires(Permission.MANAGE_ORGANISATION)
def units_edit(code: str) -> Response | str | tuple[str, int]:
    """Changes a unit's name, kind and place in the organisation."""
    unit = service.get_unit(db(), code)
    form = UnitForm(service.unit_choices(db()), unit)
    if form.validate_on_submit():
        before = {"name": unit.name, "kind": unit.kind, "parent_code": unit.parent_code}
        try:
            service.change_unit(db(), unit, name=form.name.data, kind=form.kind.data, parent_code=form.parent_code.data)
        except AdminRefused as refused:
            form.parent_code.errors = [tell(refused)]
        else:
            noted.about(unit.name, before, {name: getattr(unit, name) for name in before})
            log.info("unit_changed", unit=code, by=actor().user_id)
            flash(_("已保存“%(name)s”。", name=unit.name), "success")
            return redirect(url_for("admin.units"))
    page = render_template("admin/unit.html", form=form, unit=unit)
    return (page, 422) if form.errors else page


@blueprint.post("/admin/units/<string:code>/use")
@requires(Permission.MANAGE_ORGANISATION)
def units_use(code: str) -> Response:
    """Puts a unit out of use, or into use again."""
    unit, active = service.get_unit(db(), code), request.form.get("active") == "yes"
    noted.about(unit.name, {"active": unit.active}, {"active": active})
    service.set_active(db(), unit, active)
    log.info("unit_use_changed", unit=code, active=active, by=actor().user_id)
    flash(_("“%(name)s”已启用。", name=unit.name) if active else _("“%(name)s”已停用。", name=unit.name), "success")
    return redirect(url_for("admin.units"))
