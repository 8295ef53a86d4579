"""/login/second and /login/enrol: the second factor of administrators and supervisors."""
from __future__ import annotations

import segno
import structlog
from flask import redirect, render_template, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import noted, web
from app.auth import second_factor, signing_in
from app.auth.blueprint import blueprint
from app.auth.forms import CodeForm
from app.models import User
from app.permissions import public
from app.powers import acts
from app.security import limiter

log = structlog.get_logger()
NEW_SECRET = "new_totp"
"""key of the browser session: the secret that is being enrolled"""
Page = Response | str | tuple[str, int]


@blueprint.route("/login/second", methods=["GET", "POST"])
@limiter.limit("20/minute", methods=["POST"])
@public
def second() -> Page:
    """Asks for the code of the telephone's app, or for a recovery code."""
    user = signing_in.pending()
    if user is None or user.totp_secret is None:
        return _from_the_start()
    form = CodeForm()
    if form.validate_on_submit():
        if second_factor.take(web.db(), user, form.code.data, web.now()):
            return signing_in.finish(user)
        _refuse(user, form)
    return _page("auth/second.html", form)


@blueprint.route("/login/enrol", methods=["GET", "POST"])
@limiter.limit("20/minute", methods=["POST"])
@public
def enrol() -> Page:
    """Shows the secret as a picture, takes it on with a first code, and shows the recovery codes once."""
    user = signing_in.pending()
    if user is None or user.totp_secret is not None:
        return _from_the_start()
    secret = session.setdefault(NEW_SECRET, second_factor.new_secret())
    form = CodeForm()
    if form.validate_on_submit():
        codes = second_factor.enrol(web.db(), user.id, secret, form.code.data, web.now())
        if codes is not None:
            noted.event(web.db(), user, acts.ENROLLED)
            log.info("second_factor_enrolled", user=user.id)
            session.pop(NEW_SECRET)
            onward = signing_in.finish(user).location
            return render_template("auth/recovery.html", codes=codes, onward=onward)
        _refuse(user, form)
    picture = segno.make(second_factor.address(secret, user.username), error="m", micro=False)
    return _page("auth/enrol.html", form, picture=picture.png_data_uri(scale=5, border=2), secret=secret)


def _refuse(user: User, form: CodeForm) -> None:
    """A wrong code counts like a wrong password."""
    web.release()
    signing_in.note_failure(user)
    form.code.errors = [_("验证码不对，或已经用过。请等手机上换出下一个再输入。")]


def _page(template: str, form: CodeForm, **values: str) -> Page:
    page = render_template(template, form=form, **values)
    return (page, 422) if form.errors else page


def _from_the_start() -> Response:
    session.pop(signing_in.PENDING, None)
    return redirect(url_for("auth.login"), 303)
