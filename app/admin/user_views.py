"""/admin/users: the list, a new user, a user's page with posts, password and use."""
from __future__ import annotations

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import web
from app.admin import users as service
from app.admin.blueprint import PAGE_SIZE, blueprint
from app.admin.errors import AdminRefused
from app.admin.forms import NewUserForm, PersonForm, PostForm
from app.admin.units import unit_choices
from app.auth import passwords, second_factor
from app.auth.service import end_sessions, set_password
from app.numbers import page_number
from app.permissions import Permission, requires
from app.presentation import tell
from app.web import actor, db, now

log = structlog.get_logger()


@blueprint.get("/admin/users")
@requires(Permission.MANAGE_USERS)
def users() -> str:
    """A page of users, filtered by the address."""
    wanted = service.Wanted(*(request.args.get(name, "").strip() for name in ("q", "unit", "position", "state")))
    page = page_number(request.args.get("page"))
    rows, total = service.find_users(db(), wanted, now(), page=page, size=PAGE_SIZE)
    return render_template("admin/users.html", rows=rows, total=total, page=page, pages=-(-total // PAGE_SIZE) or 1,
                           wanted=wanted, units=unit_choices(db(), only_active=False),
                           positions=service.position_choices(db()), states=service.STATES, now=now(),
                           address=request.args.to_dict())


@blueprint.route("/admin/users/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_USERS)
def users_new() -> str | tuple[str, int]:
    """Enters a user with a first post, and shows the one-time password once."""
    form = NewUserForm(unit_choices(db()), service.position_choices(db()))
    if form.validate_on_submit():
        web.release()  # argon2 is slow: hold no transaction meanwhile
        password = passwords.one_time_password()
        password_hash = passwords.hash_one_time(password)
        try:
            user = service.create_user(db(), username=form.username.data, name=form.name.data, email=form.email.data,
                                       phone=form.phone.data, password_hash=password_hash, now=now())
        except AdminRefused as refused:
            form.username.errors = [tell(refused)]
        else:
            service.add_post(db(), user, form.unit.data, form.position.data)
            log.info("user_created", user=user.id, by=actor().user_id)
            return render_template("admin/password.html", user=user, password=password, created=True)
    page = render_template("admin/user_new.html", form=form)
    return (page, 422) if form.errors else page


@blueprint.route("/admin/users/<int:user_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_USERS)
def users_edit(user_id: int) -> Response | str | tuple[str, int]:
    """A user's page; POST saves name, mail and telephone."""
    user = service.get_user(db(), user_id)
    form = PersonForm(obj=user)
    if form.validate_on_submit():
        form.populate_obj(user)
        log.info("user_changed", user=user.id, by=actor().user_id)
        flash(_("已保存%(name)s的资料。", name=user.name), "success")
        return redirect(url_for("admin.users_edit", user_id=user.id))
    post_form = PostForm(unit_choices(db()), service.position_choices(db()), formdata=None)
    alone = {post.id: told for post in user.posts if (told := service.left_alone(db(), post, without=user.id))}
    page = render_template("admin/user.html", user=user, form=form, post_form=post_form, alone=alone, now=now())
    return (page, 422) if form.errors else page


@blueprint.post("/admin/users/<int:user_id>/posts")
@requires(Permission.MANAGE_USERS)
def users_add_post(user_id: int) -> Response:
    """Gives a user one more post."""
    user = service.get_user(db(), user_id)
    form = PostForm(unit_choices(db()), service.position_choices(db()))
    if not form.validate():
        raise AdminRefused(_("请选择单位和岗位。"))
    service.add_post(db(), user, form.unit.data, form.position.data)
    log.info("post_added", user=user.id, unit=form.unit.data, position=form.position.data, by=actor().user_id)
    flash(_("已增加岗位。"), "success")
    return redirect(url_for("admin.users_edit", user_id=user.id))


@blueprint.post("/admin/users/<int:user_id>/posts/<int:post_id>/remove")
@requires(Permission.MANAGE_USERS)
def users_remove_post(user_id: int, post_id: int) -> Response:
    """Takes a post away; warns when its tasks are left without anybody."""
    user = service.get_user(db(), user_id)
    warning = service.remove_post(db(), user, post_id)
    log.info("post_removed", user=user.id, post=post_id, by=actor().user_id)
    flash(_("已取消岗位。"), "success")
    if warning:
        flash(warning, "warning")
    return redirect(url_for("admin.users_edit", user_id=user.id))


@blueprint.post("/admin/users/<int:user_id>/password")
@requires(Permission.MANAGE_USERS)
def users_password(user_id: int) -> str:
    """Resets a password: shows a one-time one, once, and signs the user out everywhere."""
    web.release()
    password = passwords.one_time_password()
    password_hash = passwords.hash_one_time(password)
    user = service.get_user(db(), user_id)
    set_password(db(), user, password_hash, must_change=True, now=now())
    log.info("password_reset", user=user.id, by=actor().user_id)
    return render_template("admin/password.html", user=user, password=password, created=False)


@blueprint.post("/admin/users/<int:user_id>/second")
@requires(Permission.MANAGE_USERS)
def users_second(user_id: int) -> Response:
    """Forgets a lost second factor and signs the user out everywhere; the next sign-in enrols anew."""
    user = service.get_user(db(), user_id)
    second_factor.forget(db(), user)
    end_sessions(db(), user.id)
    log.info("second_factor_reset", user=user.id, by=actor().user_id)
    flash(_("已解除%(name)s的两步验证，下次登录时要重新绑定手机。", name=user.name), "success")
    return redirect(url_for("admin.users_edit", user_id=user.id))


@blueprint.post("/admin/users/<int:user_id>/use")
@requires(Permission.MANAGE_USERS)
def users_use(user_id: int) -> Response:
    """Disables a user at once, or enables and unlocks again."""
    user = service.get_user(db(), user_id)
    if request.form.get("active") == "yes":
        service.enable(db(), user)
        flash(_("%(name)s可以登录了。", name=user.name), "success")
    else:
        warnings = service.disable(db(), user)
        flash(_("%(name)s已停用，所有登录立即失效。", name=user.name), "success")
        for warning in warnings:
            flash(warning, "warning")
    log.info("user_use_changed", user=user.id, disabled=user.disabled, by=actor().user_id)
    return redirect(url_for("admin.users_edit", user_id=user.id))
