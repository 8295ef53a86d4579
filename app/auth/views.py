"""/login, /logout and one's own account: password, sessions, the post to act in."""
from __future__ import annotations

import structlog
from flask import abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import noted, web
from app.addresses import own_address
from app.auth import passwords, second_factor, second_views, service, sessions, signing_in
from app.auth.blueprint import blueprint
from app.auth.forms import ChangePasswordForm, LoginForm
from app.db import begin_reading
from app.models import User, UserSession
from app.permissions import Permission, public, requires
from app.powers import acts
from app.security import limiter

__all__ = ["blueprint", "second_views"]

log = structlog.get_logger()


@blueprint.get("/login")
@public
def login() -> Response | str:
    """The sign-in page."""
    if current_user.is_authenticated:
        return redirect(_back())
    return render_template("auth/login.html", form=LoginForm())


@blueprint.post("/login")
@public
@limiter.limit("20/minute")
def enter() -> Response | str | tuple[str, int]:
    """Signs in. A wrong name, a wrong password, a locked and a disabled account are told alike and take alike long."""
    form = LoginForm()
    if not form.validate():
        return render_template("auth/login.html", form=form), 422
    user = _find(form.username.data)
    right = passwords.verify(user.password_hash if user else None, form.password.data)
    if user is None or not right or user.disabled or signing_in.is_locked(user):
        if user is not None and not right:
            signing_in.note_failure(user)
        form.form_errors.append(_("用户名或密码不对。连续输错%(n)d次，要等15分钟才能再登录。", n=service.MAX_FAILURES))
        return render_template("auth/login.html", form=form), 422
    stronger = passwords.hash_password(form.password.data) if passwords.needs_rehash(user.password_hash) else None
    person = web.db().get_one(User, user.id)
    person.password_hash = stronger or person.password_hash
    return signing_in.go_on(person, _back())


@blueprint.post("/logout")
@public
def logout() -> Response:
    """Ends this browser's session; its cookie is worth nothing afterwards."""
    if current_user.is_authenticated:
        noted.event(web.db(), current_user.person, acts.SIGNED_OUT)
        log.info("signed_out", user=current_user.person.id)
    session.clear()
    sessions.current().rotate()
    return redirect(url_for("auth.login"))


@blueprint.route("/account/password", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def change_password() -> Response | str | tuple[str, int]:
    """Changes one's own password; every other session ends."""
    person, settings = current_user.person, web.services().settings
    user_id, form = person.id, ChangePasswordForm(person.username, settings.password_kinds)
    first = person.must_change_password
    page = {"first": first, "days": settings.password_days if person.password_set_at else 0}
    if request.method == "GET":
        return render_template("auth/password.html", form=form, **page)
    known = current_user.person.password_hash
    web.release()  # argon2 is slow: hold no transaction meanwhile
    if form.validate() and not passwords.verify(known, form.current.data):
        form.current.errors = [_("现在的密码不对")]
    if form.errors:
        return render_template("auth/password.html", form=form, **page), 422
    fresh = passwords.hash_password(form.new.data)
    service.set_password(web.db(), web.db().get_one(User, user_id), fresh, must_change=False, now=web.now(),
                         keep_session=sessions.current().token_hash)
    flash(_("密码已修改，您在其他地方的登录都已退出。"), "success")
    return redirect(url_for("home"))


@blueprint.get("/account")
@requires(Permission.OWN_ACCOUNT)
def account() -> str:
    """One's own posts and sessions."""
    rows = web.db().scalars(select(UserSession).where(UserSession.user_id == current_user.person.id)
                            .order_by(UserSession.seen_at.desc())).all()
    return render_template("auth/account.html", person=current_user.person, sessions=rows,
                           codes_left=second_factor.codes_left(web.db(), current_user.person.id),
                           here=sessions.current().token_hash)


@blueprint.post("/account/sessions/end")
@requires(Permission.OWN_ACCOUNT)
def end_others() -> Response:
    """Signs oneself out everywhere else."""
    service.end_sessions(web.db(), current_user.person.id, sessions.current().token_hash)
    flash(_("您在其他地方的登录都已退出。"), "success")
    return redirect(url_for("auth.account"))


@blueprint.post("/account/post")
@requires(Permission.OWN_ACCOUNT)
def choose_post() -> Response:
    """Chooses the post to act in, and goes back to the page."""
    unit, _colon, position = request.form.get("post", "").partition(":")
    if (unit, position) not in web.actor().posts:
        abort(400)
    session[web.ACTING] = [unit, position]
    return redirect(own_address(request.form.get("back")) or url_for("home"))


def _find(username: str) -> User | None:
    """Read in a transaction of its own that is over before the password is looked at."""
    with web.services().sessions.begin() as own:
        begin_reading(own)
        return service.find(own, username)


def _back() -> str:
    return own_address(request.args.get("next")) or url_for("home")
