"""Every permission and the positions that hold it, on one page; and the two marks that every route carries one of.

What a person sees within a permission (which issues, which tasks) follows from their posts, in the services.
"""
from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort, redirect, request, url_for
from flask_login import current_user

from app import web
from app.actor import Actor


class Permission(StrEnum):
    """What a route asks for."""
    OWN_ACCOUNT = "own_account"
    """one's own password, sessions and stand-in; whoever signs in"""
    WORK = "work"
    """the inbox, task pages and their acts; which tasks, the services judge"""
    SEE_ISSUES = "see_issues"
    """lists and pages of issues, as far as one's posts reach"""
    REGISTER_ISSUES = "register_issues"
    """registering for an enterprise"""
    SUPERVISE = "supervise"
    """urging, taking over, deciding about extensions"""
    MANAGE_ORGANISATION = "manage_organisation"
    """units"""
    MANAGE_USERS = "manage_users"
    """users, their posts, passwords and stand-ins"""
    MANAGE_CASES = "manage_cases"
    """incidents: retry and cancel; mail that did not go out"""
    SEE_MEASURES = "see_measures"
    """what is counted of cases: of the city, or of the units that one heads"""
    EDIT_PROCESSES = "edit_processes"
    """diagrams, tables, forms and calendar: drafts, trials, proposals, moving running cases"""


EVERYONE = frozenset({"intake", "judge", "clerk", "head", "supervisor", "leader", "admin", "auditor"})
OFFICERS = frozenset({"intake", "judge", "clerk", "head", "supervisor", "leader"})
ADMINISTRATORS = frozenset({"admin"})

GRANTS: dict[Permission, frozenset[str]] = {
    Permission.OWN_ACCOUNT: EVERYONE,
    Permission.WORK: EVERYONE,
    Permission.SEE_ISSUES: EVERYONE,
    Permission.REGISTER_ISSUES: frozenset({"intake", "clerk", "supervisor"}),
    Permission.SUPERVISE: frozenset({"supervisor"}),
    Permission.MANAGE_ORGANISATION: ADMINISTRATORS,
    Permission.MANAGE_USERS: ADMINISTRATORS,
    Permission.MANAGE_CASES: ADMINISTRATORS,
    Permission.SEE_MEASURES: frozenset({"supervisor", "leader", "head", "auditor", "admin"}),
    Permission.EDIT_PROCESSES: ADMINISTRATORS,
}

View = TypeVar("View", bound=Callable[..., Any])
MARK = "zhuqi_permission"
"""attribute of a marked view: a Permission, or "public"; tests/test_routes.py walks all routes for it"""
PUBLIC = "public"


def allowed(actor: Actor, permission: Permission) -> bool:
    """Whether one of the person's own posts holds the permission. Standing in for somebody hands over tasks, not this;
    one's own account needs no post."""
    return permission == Permission.OWN_ACCOUNT or any(actor.holds(position) for position in GRANTS[permission])


def requires(permission: Permission) -> Callable[[View], View]:
    """Lets in who holds the permission. Others are sent to sign in, to change a first password, or refused (403)."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **values: Any) -> Any:
            if not current_user.is_authenticated:
                return _to_login()
            if current_user.person.must_change_password and request.endpoint not in MAY_BEFORE_CHANGE:
                return redirect(url_for("auth.change_password"))
            if not allowed(web.actor(), permission):
                abort(403)
            return view(*args, **values)

        setattr(guarded, MARK, permission)
        return cast(View, guarded)

    return mark


MAY_BEFORE_CHANGE = frozenset({"auth.change_password", "auth.logout"})
"""what a person can do before the first password is changed"""


def public(view: View) -> View:
    """Marks a view that anyone may open."""
    setattr(view, MARK, PUBLIC)
    return view


def _to_login() -> Any:
    """To the sign-in page and back here afterwards; a script is told 401 instead."""
    if web.wants_json():
        abort(401)
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.login", next=back))
