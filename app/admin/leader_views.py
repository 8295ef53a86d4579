"""/admin/leaders: which leader is in charge of which enterprise."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import noted
from app.addresses import own_address
from app.admin import leaders as service
from app.admin.blueprint import blueprint
from app.issues import places
from app.issues.in_charge import leader_names
from app.numbers import page_number, whole
from app.permissions import Permission, requires
from app.web import db


@blueprint.get("/admin/leaders")
@requires(Permission.MANAGE_ORGANISATION)
def leaders() -> str:
    """Enterprises with who is in charge, filtered."""
    q, leader = request.args.get("q", "").strip(), request.args.get("leader", "")
    leader = leader if leader == service.NONE or whole(leader) else ""
    found = service.find(db(), q, leader, page_number(request.args.get("page")))
    choices = service.candidates(db())
    return render_template("admin/leaders.html", found=found, q=q, leader=leader, choices=choices,
                           names=leader_names(db()) | choices, none=service.NONE, places=places.unit_names(db()),
                           back=request.full_path)


@blueprint.post("/admin/leaders/<int:enterprise_id>")
@requires(Permission.MANAGE_ORGANISATION)
def leaders_set(enterprise_id: int) -> Response:
    """Gives an enterprise a leader in charge, or none."""
    names = leader_names(db()) | service.candidates(db())
    enterprise = service.get(db(), enterprise_id)
    before = names.get(enterprise.leader_id or 0, "")
    service.put_in_charge(db(), enterprise, whole(request.form.get("leader")) or None)
    after = names.get(enterprise.leader_id or 0, "")
    noted.about(enterprise.name, {"leader": before}, {"leader": after})
    flash(_("“%(name)s”现在由%(leader)s包联。统计一分钟内跟着变。", name=enterprise.name, leader=after) if after
          else _("“%(name)s”现在没有包联领导。统计一分钟内跟着变。", name=enterprise.name), "success")
    return redirect(own_address(request.form.get("back")) or url_for("admin.leaders"))
