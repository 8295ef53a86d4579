"""/admin/users: the list, a new user, a user's page with posts; what one signs in with is in account_views."""
from __future__ import annotations

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import noted, web
from app.admin import agreements
from app.admin import users as service
from app.admin.blueprint import PAGE_SIZE, blueprint
from app.admin.errors import AdminRefused
from app.admin.forms import NewUserForm, PersonForm, PostForm
from app.admin.units import unit_choices
from app.auth import passwords
from app.models import Post, User
from app.numbers import page_number
from app.permissions import Permission, requires
from app.powers import rules
from app.presentation import tell
from app.web import actor, db, now

log = structlog.get_logger()
NO_PASSWORD = "!"
"""a hash that no password fits"""


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
    """Enters a user with a first post, and shows the one-time password once. A new administrator waits."""
    form = NewUserForm(unit_choices(db()), service.position_choices(db()))
    if form.validate_on_submit():
        web.release()  # argon2 is slow: hold no transaction meanwhile
        administers = form.position.data in rules.THREE
        password = passwords.half_password() if administers else passwords.one_time_password()
        password_hash = NO_PASSWORD if administers else passwords.hash_one_time(password)
        try:
            user = service.create_user(db(), username=form.username.data, name=form.name.data, email=form.email.data,
                                       phone=form.phone.data, password_hash=password_hash, now=now())
        except AdminRefused as refused:
            form.username.errors = [tell(refused)]
        else:
            return _with_a_post(user, form, password)
    page = render_template("admin/user_new.html", form=form)
    return (page, 422) if form.errors else page


def _with_a_post(user: User, form: PostForm | NewUserForm, password: str) -> str:
    """Gives a new user the first post, or asks for it, and shows the password or its half."""
    unit, position = form.unit.data, form.position.data
    log.info("user_created", user=user.id, by=actor().user_id)
    _note_post(user, form)
    if position in rules.THREE:
        agreements.ask(db(), agreements.POST, user, password, actor=actor(), now=now(), unit=unit, position=position)
        return _first_half(user, password)
    service.add_post(db(), user, unit, position, by=actor().user_id)
    return render_template("admin/password.html", user=user, password=password, created=True, half=None)


def _note_post(user: User, form: PostForm | NewUserForm) -> None:
    """The log names the post that was chosen, and whether it waits."""
    names = [dict(field.choices)[field.data] for field in (form.unit, form.position)]
    waits = {"status": "waiting"} if form.position.data in rules.THREE else {}
    noted.about(service.named(user), {}, {"post": "".join(names)} | waits)


def _first_half(user: User, half: str) -> str:
    return render_template("admin/password.html", user=user, password=half, created=False, half="first")


@blueprint.route("/admin/users/<int:user_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_USERS)
def users_edit(user_id: int) -> Response | str | tuple[str, int]:
    """A user's page; POST saves name, mail and telephone."""
    user = service.get_user(db(), user_id)
    form = PersonForm(obj=user)
    if form.validate_on_submit():
        before = {name: getattr(user, name) for name in ("name", "email", "phone")}
        form.populate_obj(user)
        changed = {name for name, value in before.items() if getattr(user, name) != value}
        noted.about(service.named(user), {name: before[name] for name in changed},
                    {name: getattr(user, name) for name in changed})
        log.info("user_changed", user=user.id, by=actor().user_id)
        flash(_("已保存%(name)s的资料。", name=user.name), "success")
        return redirect(url_for("admin.users_edit", user_id=user.id))
    post_form = PostForm(unit_choices(db()), service.position_choices(db()), formdata=None)
    alone = {post.id: told for post in user.posts if (told := service.left_alone(db(), post, without=user.id))}
    page = render_template("admin/user.html", user=user, form=form, post_form=post_form, alone=alone, now=now(),
                           administers=service.administers(user))
    return (page, 422) if form.errors else page


@blueprint.post("/admin/users/<int:user_id>/posts")
@requires(Permission.MANAGE_USERS)
def users_add_post(user_id: int) -> Response | str:
    """Gives a user one more post; one of the three administrators' waits for agreement."""
    user = service.hold(db(), user_id)
    form = PostForm(unit_choices(db()), service.position_choices(db()))
    if not form.validate():
        raise AdminRefused(_("请选择单位和岗位。"))
    unit, position = form.unit.data, form.position.data
    _note_post(user, form)
    if position in rules.THREE:
        half = passwords.half_password()
        agreements.ask(db(), agreements.POST, user, half, actor=actor(), now=now(), unit=unit, position=position)
        return _first_half(user, half)
    service.add_post(db(), user, unit, position, by=actor().user_id)
    log.info("post_added", user=user.id, unit=unit, position=position, by=actor().user_id)
    flash(_("已增加岗位。"), "success")
    return redirect(url_for("admin.users_edit", user_id=user.id))


@blueprint.post("/admin/users/<int:user_id>/posts/<int:post_id>/remove")
@requires(Permission.MANAGE_USERS)
def users_remove_post(user_id: int, post_id: int) -> Response:
    """Takes a post away; warns when its tasks are left without anybody."""
    user, post = service.hold(db(), user_id), db().get(Post, post_id)
    noted.about(service.named(user), {"post": service.named_post(post) if post else ""}, {})
    warning = service.remove_post(db(), user, post_id)
    log.info("post_removed", user=user.id, post=post_id, by=actor().user_id)
    flash(_("已取消岗位。"), "success")
    if warning:
        flash(warning, "warning")
    return redirect(url_for("admin.users_edit", user_id=user.id))
