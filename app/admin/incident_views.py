"""/admin/incidents: where an error in a diagram stopped an instance; to be retried or cancelled."""
from __future__ import annotations

from typing import NamedTuple

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select, update
from werkzeug.wrappers import Response

from app import noted
from app.admin.blueprint import PAGE_SIZE, blueprint
from app.admin.errors import AdminRefused, NoSuch
from app.cases import definitions
from app.cases import service as cases
from app.models import Incident, Instance, Issue, Repair, User
from app.permissions import Permission, requires
from app.web import actor, calendar, db, now

log = structlog.get_logger()


class Line(NamedTuple):
    """An incident in the list, with the issue it stopped and who lifted it."""
    incident: Incident
    issue: Issue | None
    element: str
    closed_by: str | None
    key: str


@blueprint.get("/admin/incidents")
@requires(Permission.MANAGE_CASES)
def incidents() -> str:
    """The open ones and the repairs that wait for a second person, or with ?closed=1 the latest that were lifted."""
    closed = request.args.get("closed") == "1"
    rows = db().execute(
        select(Incident, Issue, Instance.definition_hash, User.name, Instance.key)
        .join(Instance, Instance.id == Incident.instance_id)
        .outerjoin(Issue, Issue.instance_id == Instance.id).outerjoin(User, User.id == Incident.closed_by)
        .where(Incident.closed_at.is_not(None) if closed else Incident.closed_at.is_(None))
        .order_by(Incident.opened_at.desc(), Incident.id.desc()).limit(4 * PAGE_SIZE)).all()
    lines = [Line(incident, issue, _element_name(digest, incident), name, key)
             for incident, issue, digest, name, key in rows]
    waiting = [] if closed else db().execute(
        select(Repair, Instance.key, Issue, User.name).join(Instance, Instance.id == Repair.instance_id)
        .outerjoin(Issue, Issue.instance_id == Instance.id).join(User, User.id == Repair.asked_by)
        .where(Repair.status == "waiting").order_by(Repair.id)).all()
    return render_template("admin/incidents.html", lines=lines, closed=closed, waiting=waiting)


@blueprint.post("/admin/incidents/<int:incident_id>/retry")
@requires(Permission.MANAGE_CASES)
def incidents_retry(incident_id: int) -> Response:
    """Goes on where the instance stopped; it may stop there again."""
    incident = _open(incident_id)
    outcome = cases.retry_incident(db(), incident.instance_id, actor=actor(), now=now(), calendar=calendar())
    _note(incident, retries=Incident.retries + 1)
    log.info("incident_retried", incident=incident_id, again=outcome.incident, by=actor().user_id)
    if outcome.incident:
        flash(_("又停在这里：%(why)s", why=outcome.incident), "warning")
    else:
        flash(_("流程已经继续。"), "success")
    return redirect(url_for("admin.incidents"))


@blueprint.post("/admin/incidents/<int:incident_id>/cancel")
@requires(Permission.MANAGE_CASES)
def incidents_cancel(incident_id: int) -> Response:
    """Ends the instance for good."""
    incident, reason = _open(incident_id), request.form.get("reason", "").strip()
    if not reason:
        raise AdminRefused(_("请写明终止的原因。"))
    cases.cancel(db(), incident.instance_id, reason[:200], actor=actor(), now=now(), calendar=calendar())
    _note(incident)
    noted.about(incident_id, {}, {"reason": reason[:200]})
    log.info("incident_cancelled", incident=incident_id, by=actor().user_id)
    flash(_("流程已经终止。"), "success")
    return redirect(url_for("admin.incidents"))


def _open(incident_id: int) -> Incident:
    incident = db().get(Incident, incident_id)
    if incident is None:
        raise NoSuch(_("没有这条故障。"))
    if incident.closed_at is not None:
        raise AdminRefused(_("这条故障已经处理过了。"))
    return incident


def _note(incident: Incident, **values: object) -> None:
    """Who dealt with it; the case service has closed it. A retry that failed has opened another one."""
    db().execute(update(Incident).where(Incident.id == incident.id).values(closed_by=actor().user_id, **values))


def _element_name(definition_hash: str, incident: Incident) -> str:
    """The element as the diagram calls it; an instance that was stopped from outside names none."""
    element = definitions.version_of(db(), definition_hash).elements.get(incident.element_id)
    return element.name if element and element.name else _("流程之外")
