"""/admin/users/ID and what a person signs in with: password, second factor, sessions, and whether they may at all.

Of an administrator's account these are asked for, and take effect when another administrator agrees.
"""
from __future__ import annotations

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import noted, web
from app.admin import agreements, users
from app.admin.blueprint import blueprint
from app.auth import passwords, second_factor
from app.auth.service import end_sessions, set_password
from app.models import User
from app.permissions import Permission, requires
from app.web import actor, db, now

log = structlog.get_logger()


@blueprint.post("/admin/users/<int:user_id>/password")
@requires(Permission.MANAGE_USERS)
def users_password(user_id: int) -> str:
    """Resets a password: shows a one-time one, once, and signs the user out everywhere."""
    web.release()
    password = passwords.one_time_password()
    password_hash = passwords.hash_one_time(password)
    user = _about(user_id)
    if users.administers(user):
        half = passwords.half_password()
        noted.about(users.named(user), {}, {"status": "waiting"})
        agreements.ask(db(), agreements.PASSWORD, user, half, actor=actor(), now=now())
        return render_template("admin/password.html", user=user, password=half, created=False, half="first")
    set_password(db(), user, password_hash, must_change=True, now=now())
    log.info("password_reset", user=user.id, by=actor().user_id)
    return render_template("admin/password.html", user=user, password=password, created=False, half=None)


@blueprint.post("/admin/users/<int:user_id>/second")
@requires(Permission.MANAGE_USERS)
def users_second(user_id: int) -> Response:
    """Forgets a lost second factor and signs the user out everywhere; the next sign-in enrols anew."""
    user = _about(user_id)
    if users.administers(user):
        return _asked(agreements.SECOND, user)
    second_factor.forget(db(), user)
    end_sessions(db(), user.id)
    log.info("second_factor_reset", user=user.id, by=actor().user_id)
    flash(_("已解除%(name)s的两步验证，下次登录时要重新绑定手机。", name=user.name), "success")
    return _back(user)


@blueprint.post("/admin/users/<int:user_id>/sessions/end")
@requires(Permission.MANAGE_USERS)
def users_sessions(user_id: int) -> Response:
    """Signs a user out everywhere."""
    user = _about(user_id)
    end_sessions(db(), user.id)
    log.info("sessions_ended", user=user.id, by=actor().user_id)
    flash(_("%(name)s在所有地方的登录都已退出。", name=user.name), "success")
    return _back(user)


@blueprint.post("/admin/users/<int:user_id>/use")
@requires(Permission.MANAGE_USERS)
def users_use(user_id: int) -> Response:
    """Disables a user at once, or enables and unlocks again."""
    user, active = _about(user_id), request.form.get("active") == "yes"
    noted.about(users.named(user), {"disabled": user.disabled, "locked": user.locked_until}, {"disabled": not active})
    if active and user.disabled and users.administers(user):
        return _asked(agreements.ENABLE, user)
    if active:
        users.enable(db(), user)
        flash(_("%(name)s可以登录了。", name=user.name), "success")
    else:
        warnings = users.disable(db(), user)
        flash(_("%(name)s已停用，所有登录立即失效。", name=user.name), "success")
        for warning in warnings:
            flash(warning, "warning")
    log.info("user_use_changed", user=user.id, disabled=user.disabled, by=actor().user_id)
    return _back(user)


def _about(user_id: int) -> User:
    """The user, locked; the log names them."""
    user = users.hold(db(), user_id)
    noted.about(users.named(user))
    return user


def _asked(kind: str, user: User) -> Response:
    noted.about(users.named(user), {}, {"status": "waiting"})
    agreements.ask(db(), kind, user, "", actor=actor(), now=now())
    flash(_("%(name)s是管理员，已提交申请，系统管理员同意后生效。", name=user.name), "success")
    return _back(user)


def _back(user: User) -> Response:
    return redirect(url_for("admin.users_edit", user_id=user.id))
