"""The way in after a right password: perhaps a second factor, then a fresh session, and a browser that is known.

Between the two the browser's session remembers for whom the password was right, and nobody is signed in.
"""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import Response, after_this_request, current_app, redirect, request, session, url_for
from flask_login import login_user

from app import noted, web
from app.auth import known_browsers, passwords, second_factor, service, sessions
from app.auth.identity import SECOND, SignedIn
from app.db import begin_reading
from app.models import User
from app.powers import acts

log = structlog.get_logger()
PENDING = "signing_in"
"""key of the browser session: {user, at, back} of whom the password was right for"""
PENDING_FOR = timedelta(minutes=10)


def known_browser() -> str | None:
    """The cookie that this browser was given when somebody signed in here before."""
    return request.cookies.get(_cookie_name())


def is_locked(user: User) -> bool:
    """Whether a sign-in is refused whatever the password: the account is locked and this browser is a stranger's."""
    if not service.is_locked(user, web.now()):
        return False
    with web.services().sessions.begin() as own:
        begin_reading(own)
        return not known_browsers.is_known(own, known_browser(), user.id, web.now())


def note_failure(user: User) -> None:
    """Counts a wrong password or code: against this browser if it is the person's own, else against the account."""
    token = known_browser()
    with web.apart() as own:
        if token and known_browsers.is_known(own, token, user.id, web.now()):
            known_browsers.note_failure(own, token)
        elif not service.is_locked(user, web.now()):
            service.note_failure(own, user.id, web.now())
        noted.event(own, user, acts.FAILED)
    log.warning("sign_in_failed", user=user.id, address=request.remote_addr)


def go_on(user: User, back: str) -> Any:
    """After the right password: in, or to the second factor."""
    sessions.current().rotate()
    if not second_factor.needs(user, web.services().settings.totp):
        return finish(user, back)
    session[PENDING] = {"user": user.id, "at": web.now().isoformat(), "back": back}
    return redirect(url_for("auth.second" if user.totp_secret else "auth.enrol"), 303)


def pending() -> User | None:
    """Whom the password was right for a short while ago; None sends back to the sign-in page."""
    kept = session.get(PENDING)
    if not kept or web.now() - datetime.fromisoformat(kept["at"]) > PENDING_FOR:
        return None
    user = web.db().get(User, kept["user"])
    return user if user is not None and not user.disabled and not is_locked(user) else None


def finish(user: User, back: str | None = None) -> Any:
    """Signs in, in a session with a fresh token, and says where to go on."""
    kept = session.pop(PENDING, None)
    back = back or (kept or {}).get("back") or url_for("home")
    service.note_success(web.db(), user.id)
    settings = web.services().settings
    if passwords.is_over(user.password_set_at or user.created_at, settings.password_days, web.now()):
        user.must_change_password = True
    token = known_browsers.remember(web.db(), known_browser(), user.id, web.now())
    sessions.current().rotate()
    session[SECOND] = user.id if kept else None
    login_user(SignedIn(user))
    after_this_request(lambda answer: _mark_known(answer, token))
    noted.event(web.db(), user, acts.SIGNED_IN)
    log.info("signed_in", user=user.id, address=request.remote_addr)
    return redirect(url_for("auth.change_password") if user.must_change_password else back)


def _mark_known(answer: Response, token: str) -> Response:
    answer.set_cookie(_cookie_name(), token, max_age=known_browsers.KNOWN_FOR, httponly=True, samesite="Strict",
                      path="/", secure=web.services().settings.secure_cookies)
    return answer


def _cookie_name() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-known"
