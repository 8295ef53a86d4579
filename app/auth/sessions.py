"""Browser sessions kept in the database: the cookie carries a random token, the row its SHA-256.

Deleting the row ends the session at once, wherever the cookie is. A visitor who has nothing but a form's CSRF token
costs no row: that one value travels in a signed cookie until there is more to keep.
"""
from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import flask
import structlog
from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.datastructures import CallbackDict

from app import web
from app.auth.tokens import hash_token
from app.db import begin_reading
from app.models import UserSession
from app.trouble import trouble

log = structlog.get_logger()

TOKEN_BYTES = 32
USER_KEY = "_user_id"
"""where Flask-Login keeps who is signed in"""
CSRF_KEY = "csrf_token"
SEEN_EVERY = timedelta(minutes=1)
"""`seen_at` moves at most this often, so that reading pages rarely writes"""
_VISITOR = "v."
_SESSION = cast(Table, UserSession.__table__)
_UPDATE = update(_SESSION).where(_SESSION.c.token_hash == bindparam("hash"))


class DatabaseSession(CallbackDict[str, Any], SessionMixin):
    """A session's data. `token` is None until it has a row; `rotate()` gives it a new one at the next save. `unread` is
    why it could not be read: nothing is known of it then, and nothing is saved."""

    def __init__(self, data: dict[str, Any] | None = None, token: str | None = None,
                 seen_at: datetime | None = None) -> None:
        super().__init__(data or {}, _mark_modified)
        self.token = token
        self.seen_at = seen_at
        self.replaced: str | None = None
        self.unread: DBAPIError | None = None
        self.modified = False

    @property
    def token_hash(self) -> str | None:
        return hash_token(self.token) if self.token else None

    def rotate(self) -> None:
        """The present token ends; what is kept on gets a new one, so that a planted one is worth nothing."""
        self.replaced, self.token = self.token or self.replaced, None
        self.modified = True


def _mark_modified(session: CallbackDict[str, Any]) -> None:
    cast(DatabaseSession, session).modified = True


def current() -> DatabaseSession:
    """The request's session, as what it is."""
    return cast(DatabaseSession, flask.session._get_current_object())  # type: ignore[attr-defined]


def init_app(app: Flask) -> None:
    """A session that cannot be read fails its request like anything else that a view meets, so that there is a page."""
    app.session_interface = DatabaseSessions()
    app.before_request(_require_read)


def _require_read() -> None:
    if (error := current().unread) is not None:
        raise error


def save_along(app: Flask) -> None:
    """Has a request that writes save its browser session in its own transaction: one commit less, and what a page will
    say stands only if it is so. Call it after `web.finish_first`, since Flask asks the last one first."""
    app.after_request(_save_along)


def _save_along(response: Response) -> Response:
    session, own = current(), web.writing(response)
    if own is not None and session.modified and session.token and not session.replaced and session.unread is None:
        own.flush()  # the row is locked last and for a moment, so that nobody waits for it who holds another
        if _update_row(own, session):
            session.modified, session.seen_at = False, web.now()
    return response


class DatabaseSessions(SessionInterface):
    """Opens in a transaction of its own, and saves in one what has not been saved along: a refused request keeps its
    messages and its CSRF token."""

    def open_session(self, app: Flask, request: Request) -> DatabaseSession:
        cookie = request.cookies.get(self.get_cookie_name(app), "")
        if cookie.startswith(_VISITOR):
            return _open_visitor(app, cookie)
        if not cookie:
            return DatabaseSession()
        try:
            return self._read(cookie)
        except DBAPIError as error:
            session = DatabaseSession()
            session.unread = error
            return session

    def _read(self, cookie: str) -> DatabaseSession:
        since = web.now() - timedelta(minutes=web.services().settings.idle_minutes)
        with web.services().sessions.begin() as own:
            begin_reading(own)
            row = own.execute(select(UserSession.data, UserSession.seen_at).where(
                UserSession.token_hash == hash_token(cookie), UserSession.seen_at >= since,
                UserSession.created_at >= _longest())).one_or_none()
        return DatabaseSession(dict(row.data), cookie, row.seen_at) if row else DatabaseSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        session = cast(DatabaseSession, session)
        response.vary.add("Cookie")
        if session.unread is not None:
            return
        try:
            self._keep(app, session, response)
        except DBAPIError as error:
            if session.token is None or trouble(error) is None:
                raise
            log.warning("session_not_saved", trouble=trouble(error))  # what was asked is done: only a message is lost

    def _keep(self, app: Flask, session: DatabaseSession, response: Response) -> None:
        if session.modified:
            self._save(app, session, response)
        elif (session.seen_at is not None and web.now() - session.seen_at >= SEEN_EVERY
              and not flask.g.get("asked_by_itself")):
            with web.apart() as own:
                own.execute(update(UserSession).where(UserSession.token_hash == session.token_hash)
                            .values(seen_at=web.now()))

    def _save(self, app: Flask, session: DatabaseSession, response: Response) -> None:
        if session.replaced:
            with web.apart() as own:
                own.execute(delete(UserSession).where(UserSession.token_hash == hash_token(session.replaced)))
        if session.token:
            with web.apart() as own:
                hit = _update_row(own, session)
            if not hit:  # ended meanwhile, by a logout elsewhere or an administrator: it stays ended
                self._forget(app, response)
        elif set(session) <= {CSRF_KEY}:
            self._save_visitor(app, session, response)
        else:
            self._set(app, response, _insert_row(session))

    def _save_visitor(self, app: Flask, session: DatabaseSession, response: Response) -> None:
        if CSRF_KEY in session:
            self._set(app, response, _VISITOR + _serializer(app).dumps(session[CSRF_KEY]))
        else:
            self._forget(app, response)

    def _set(self, app: Flask, response: Response, value: str) -> None:
        response.set_cookie(self.get_cookie_name(app), value, httponly=True, samesite="Lax", path="/",
                            secure=self.get_cookie_secure(app))

    def _forget(self, app: Flask, response: Response) -> None:
        response.delete_cookie(self.get_cookie_name(app), httponly=True, samesite="Lax", path="/",
                               secure=self.get_cookie_secure(app))


def _longest() -> datetime:
    """When a session that ends now, whatever happened in it, has begun."""
    hours = web.services().settings.session_hours
    return web.now() - timedelta(hours=hours) if hours else datetime.min.replace(tzinfo=UTC)


def _insert_row(session: DatabaseSession) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with web.apart() as own:
        own.add(UserSession(token_hash=hash_token(token), user_id=_user_id(session), data=dict(session),
                            created_at=web.now(), seen_at=web.now()))
    return token


def _update_row(own: Session, session: DatabaseSession) -> bool:
    hit = own.connection().execute(
        _UPDATE, {"hash": session.token_hash, "user_id": _user_id(session), "data": dict(session),
                  "seen_at": web.now()})
    return hit.rowcount == 1


def _open_visitor(app: Flask, cookie: str) -> DatabaseSession:
    idle = web.services().settings.idle_minutes * 60
    try:
        return DatabaseSession({CSRF_KEY: _serializer(app).loads(cookie.removeprefix(_VISITOR), max_age=idle)})
    except BadSignature:
        return DatabaseSession()


def _user_id(session: DatabaseSession) -> int | None:
    return int(session[USER_KEY]) if USER_KEY in session else None


def _serializer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(app.secret_key), salt="visitor")
