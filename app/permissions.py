"""Every permission and the positions that hold it, on one page; and the two marks that every route carries one of.

What a person sees within a permission (which issues, which tasks) follows from their posts, in the services.
"""
from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort, current_app, redirect, request, url_for
from flask_login import current_user

from app import noted, web
from app.actor import Actor
from app.powers.rules import AUDIT, SECURITY, SYSTEM, THREE


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
    SEE_BOARD = "see_board"
    """the supervision board, as far as one's posts reach"""
    CALL_MEETINGS = "call_meetings"
    """calling a dispatch meeting for stuck cases"""
    SEE_MEETINGS = "see_meetings"
    """dispatch meetings, as far as one's posts reach"""
    MANAGE_ORGANISATION = "manage_organisation"
    """units"""
    MANAGE_USERS = "manage_users"
    """users, their posts, passwords, second factors and stand-ins"""
    AGREE = "agree"
    """to what a security administrator asks for about an administrator's account"""
    SEE_ADMINISTRATION = "see_administration"
    """what administrators did, and what waits for agreement: each of the three sees the others"""
    ERASE = "erase"
    """agreeing to the erasure of a closed issue's personal data, which a supervisor has asked for"""
    MANAGE_CASES = "manage_cases"
    """incidents: retry and cancel; mail that did not go out"""
    SEE_MEASURES = "see_measures"
    """what is counted of cases: of the city, or of the units that one heads"""
    SEE_PROCESSES = "see_processes"
    """processes, their versions, proposals and running cases, and the calendar, as they are"""
    EDIT_PROCESSES = "edit_processes"
    """diagrams, tables, forms and calendar: drafts, trials, proposals, moving running cases"""
    SEE_READINGS = "see_readings"
    """who has read which case, as far as one may see the case"""
    AUDIT = "audit"
    """daily seals and their verification"""


EVERYONE = frozenset({"intake", "judge", "clerk", "head", "supervisor", "leader", *THREE})
INSIGHT = EVERYONE - {SECURITY}
"""who meets cases at all: the security administrator minds accounts only"""
SYSTEM_AND_AUDIT = frozenset({SYSTEM, AUDIT})

GRANTS: dict[Permission, frozenset[str]] = {
    Permission.OWN_ACCOUNT: EVERYONE,
    Permission.WORK: INSIGHT,
    Permission.SEE_ISSUES: INSIGHT,
    Permission.REGISTER_ISSUES: frozenset({"intake", "clerk", "supervisor"}),
    Permission.SUPERVISE: frozenset({"supervisor"}),
    Permission.SEE_BOARD: frozenset({"supervisor", "leader", "head", AUDIT}),
    Permission.CALL_MEETINGS: frozenset({"supervisor", "leader"}),
    Permission.SEE_MEETINGS: INSIGHT,
    Permission.SEE_MEASURES: frozenset({"supervisor", "leader", "head", *SYSTEM_AND_AUDIT}),
    Permission.MANAGE_ORGANISATION: SYSTEM_AND_AUDIT,
    Permission.MANAGE_USERS: frozenset({SECURITY, AUDIT}),
    Permission.AGREE: frozenset({SYSTEM}),
    Permission.ERASE: frozenset({SECURITY, AUDIT}),
    Permission.SEE_ADMINISTRATION: frozenset(THREE),
    Permission.MANAGE_CASES: SYSTEM_AND_AUDIT,
    Permission.SEE_PROCESSES: SYSTEM_AND_AUDIT,
    Permission.EDIT_PROCESSES: frozenset({SYSTEM}),
    Permission.SEE_READINGS: frozenset({"supervisor", AUDIT}),
    Permission.AUDIT: SYSTEM_AND_AUDIT,
}
"""the audit administrator holds what shows something, and only looks at it (`only_looks`)"""

View = TypeVar("View", bound=Callable[..., Any])
MARK = "zhuqi_permission"
"""attribute of a marked view: a Permission, or "public"; tests/test_routes.py walks all routes for it"""
PUBLIC = "public"


def allowed(actor: Actor, permission: Permission) -> bool:
    """Whether one of the person's own posts holds the permission. Standing in for somebody hands over tasks, not this;
    one's own account needs no post."""
    return permission == Permission.OWN_ACCOUNT or any(actor.holds(position) for position in GRANTS[permission])


def only_looks(actor: Actor, permission: Permission) -> bool:
    """Whether this person changes nothing under the permission: an audit administrator, but for their own account, and
    for having everything verified, which changes nothing either."""
    return actor.holds(AUDIT) and permission not in (Permission.OWN_ACCOUNT, Permission.AUDIT)


def requires(permission: Permission) -> Callable[[View], View]:
    """Lets in who holds the permission. Others are sent to sign in, to change a first password, or refused (403). What
    one of the three administrators changes is entered in their log, in the same transaction."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **values: Any) -> Any:
            if not current_user.is_authenticated:
                return _to_login()
            if current_user.person.must_change_password and request.endpoint not in MAY_BEFORE_CHANGE:
                return redirect(url_for("auth.change_password"))
            if not allowed(web.actor(), permission):
                abort(403)
            if request.method in web.READING:
                return view(*args, **values)
            if only_looks(web.actor(), permission):
                abort(403)
            return noted.kept(view(*args, **values))

        setattr(guarded, MARK, permission)
        return cast(View, guarded)

    return mark


MAY_BEFORE_CHANGE = frozenset({"auth.change_password", "auth.logout"})
"""what a person can do before the first password is changed"""


def sees_issues() -> bool:
    """Whether this person meets issues at all, and so has something to search."""
    return allowed(web.actor(), Permission.SEE_ISSUES)


def sees_readings() -> bool:
    """Whether this person may look up who has read a case."""
    return allowed(web.actor(), Permission.SEE_READINGS)


def looks_only() -> bool:
    """Whether the page at hand shows this person forms that they may not send; it then leaves them out."""
    permission = getattr(current_app.view_functions.get(request.endpoint or ""), MARK, PUBLIC)
    return (isinstance(permission, Permission) and current_user.is_authenticated
            and only_looks(web.actor(), permission))


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
