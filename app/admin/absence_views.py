"""/account/absence for oneself, /admin/absences for everybody: who stands in for whom."""
from __future__ import annotations

import structlog
from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import noted
from app.admin import absences as service
from app.admin.blueprint import blueprint
from app.admin.errors import AdminRefused
from app.admin.forms import AbsenceForm, OthersAbsenceForm
from app.admin.users import get_user, named
from app.dates import city_day
from app.models import Absence, User
from app.permissions import Permission, requires
from app.presentation import tell
from app.web import actor, db, now
from workflows.sentence import say

log = structlog.get_logger()


@blueprint.route("/account/absence", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def own_absence() -> Response | str | tuple[str, int]:
    """One's own absences; a stand-in is chosen among the people of one's units."""
    me, today = get_user(db(), current_user.person.id), city_day(now())
    people = service.colleagues(db(), me)
    form = AbsenceForm(people)
    if form.validate_on_submit() and _entered(form, me):
        return redirect(url_for("admin.own_absence"))
    page = render_template("admin/own_absence.html", form=form, people=people,
                           absences=service.find_absences(db(), today, user_id=me.id),
                           standing_in=service.stands_in_for(db(), me.id, today))
    return (page, 422) if form.errors else page


@blueprint.post("/account/absence/<int:absence_id>/end")
@requires(Permission.OWN_ACCOUNT)
def own_absence_end(absence_id: int) -> Response:
    """Back at work earlier than planned."""
    service.end_absence(db(), absence_id, city_day(now()), user_id=actor().user_id)
    flash(_("已取消代办。"), "success")
    return redirect(url_for("admin.own_absence"))


@blueprint.route("/admin/absences", methods=["GET", "POST"])
@requires(Permission.MANAGE_USERS)
def absences() -> Response | str | tuple[str, int]:
    """Everybody's absences; an administrator enters one for whoever fell ill."""
    form = OthersAbsenceForm(_everybody())
    if form.validate_on_submit() and _entered(form, get_user(db(), int(form.user.data))):
        return redirect(url_for("admin.absences"))
    page = render_template("admin/absences.html", form=form, absences=service.find_absences(db(), city_day(now())))
    return (page, 422) if form.errors else page


@blueprint.post("/admin/absences/<int:absence_id>/end")
@requires(Permission.MANAGE_USERS)
def absences_end(absence_id: int) -> Response:
    """Ends somebody's absence."""
    absence = db().get(Absence, absence_id)
    if absence is not None:
        noted.about(named(get_user(db(), absence.user_id)), {"last_day": absence.last_day}, {})
    service.end_absence(db(), absence_id, city_day(now()))
    log.info("absence_ended", absence=absence_id, by=actor().user_id)
    flash(_("已取消代办。"), "success")
    return redirect(url_for("admin.absences"))


def _entered(form: AbsenceForm, user: User) -> bool:
    """Enters the absence; what stands in the way is said at the form."""
    stand_in = get_user(db(), int(form.stand_in.data))
    try:
        service.add_absence(db(), user, stand_in, form.first_day.data, form.last_day.data, city_day(now()))
    except AdminRefused as refused:
        form.form_errors.append(tell(refused))
        return False
    noted.about(named(user), {}, {"stand_in": named(stand_in), "first_day": form.first_day.data,
                                  "last_day": form.last_day.data})
    log.info("absence_entered", user=user.id, stand_in=stand_in.id, by=actor().user_id)
    flash(_("已设置：%(first)s至%(last)s由%(name)s代办。", first=form.first_day.data, last=form.last_day.data,
            name=stand_in.name), "success")
    return True


def _everybody() -> list[tuple[int, str]]:
    rows = db().scalars(select(User).where(User.disabled.is_(False)).order_by(User.username))
    return [(user.id, say("%(name)s（%(username)s）", name=user.name, username=user.username)) for user in rows]
