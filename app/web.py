"""What a view needs of its request: one session, one instant, one calendar, one actor.

A request is one transaction. Reading requests (GET) begin a reading one, which takes no writer's place on SQLite; the
others write and are committed after the view when the answer is below 400, and rolled back otherwise. What has to be
kept whatever happens to the request goes through `apart()`.
"""
from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import structlog
from flask import Flask, Response, abort, current_app, g, request, session
from flask_login import current_user
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.routing import IntegerConverter, Map

from app.actor import Actor, PostKey, load_actor
from app.cases import calendars
from app.clock import Clock
from app.db import begin_reading
from app.numbers import LARGEST
from app.settings import Settings
from workflows.calendar import Calendar

READING = frozenset({"GET", "HEAD", "OPTIONS"})
TAKES_FILES = "takes_files"
MAX_PLAIN = 1024 * 1024
"""bytes of a body that brings no files"""
MAX_FIELDS = 2_000
"""values of an address's query and of a form together"""
View = TypeVar("View", bound=Callable[..., Any])
ACTING = "acting"
"""key of the browser session: the post that the person has chosen to act in, as [unit, position]"""


@dataclass(frozen=True, slots=True)
class Services:
    """What the application was made with; `current_app.extensions["zhuqi"]`."""
    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    clock: Clock


def services() -> Services:
    return cast(Services, current_app.extensions["zhuqi"])


def db() -> Session:
    """The request's session."""
    if "db" not in g:
        g.db = services().sessions()
        if request.method in READING:
            begin_reading(g.db)
    return cast(Session, g.db)


def release() -> None:
    """Ends what was read so far, so that slow work holds no transaction; `db()` then begins a fresh one."""
    own: Session | None = g.pop("db", None)
    if own is not None:
        own.close()


@contextmanager
def apart() -> Iterator[Session]:
    """A short transaction of its own: for what a reading request notes down, and for what outlives a refusal. Do not
    open it where `db()` has already written: on SQLite the two would wait for each other."""
    with services().sessions.begin() as own:
        yield own


def now() -> datetime:
    """The request's one instant, aware and in UTC."""
    if "now" not in g:
        g.now = services().clock()
    return cast(datetime, g.now)


def calendar() -> Calendar:
    """The working-day calendar in force."""
    if "calendar" not in g:
        g.calendar = calendars.current(db())
    return cast(Calendar, g.calendar)


def actor() -> Actor:
    """The person who is signed in, in their posts. Only behind `@requires`: answers 401 for anyone else."""
    if not current_user.is_authenticated:
        abort(401)
    if "actor" not in g:
        chosen = session.get(ACTING)
        acting: PostKey | None = (chosen[0], chosen[1]) if chosen else None
        g.actor = load_actor(db(), current_user.person, now(), acting)
    return cast(Actor, g.actor)


def attachment_folder() -> Path:
    """Where attachments lie, by their SHA-256."""
    return services().settings.data_dir / "attachments"


def takes_files(view: View) -> View:
    """Marks a view whose form may bring files along, so that large bodies are read for it."""
    setattr(view, TAKES_FILES, True)
    return view


def route() -> str:
    """The pattern of the request's address, for logs and metrics: the address itself may carry what people typed."""
    return request.url_rule.rule if request.url_rule else "none"


def wants_json() -> bool:
    """Whether a script asked: errors then answer as problem+json (RFC 9457)."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return bool(request.headers.get("HX-Request")) or (best is not None and best != "text/html")


class IdConverter(IntegerConverter):
    """`<int:…>` in an address: what no database can keep is an address that does not exist."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST)


def init_app(app: Flask) -> None:
    """Gives every request its id, and closes its session."""
    app.url_map.converters["int"] = IdConverter
    app.before_request(_begin)
    app.teardown_appcontext(_close)


def finish_first(app: Flask) -> None:
    """Has the transaction end before all else that follows a view: what is written there goes `apart()`. Call it when
    everybody else has registered, since Flask asks the last one first."""
    app.after_request(_finish)


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if not getattr(current_app.view_functions.get(request.endpoint or ""), TAKES_FILES, False):
        request.max_content_length = MAX_PLAIN
    if sum(len(each) for values in (request.args, request.form) for each in values.listvalues()) > MAX_FIELDS:
        abort(413)
    if any("\0" in text for text in _texts()):
        abort(400)  # no keyboard types it, and PostgreSQL stores none


def _texts() -> Iterator[str]:
    """All that came along as text: the address, its query, the form."""
    yield request.path
    for values in (request.args, request.form):
        for name, text in values.items(multi=True):
            yield name
            yield text


def writing(response: Response) -> Session | None:
    """The request's session if what it has written is about to be kept."""
    own: Session | None = g.get("db")
    return own if own is not None and response.status_code < 400 and request.method not in READING else None


def _finish(response: Response) -> Response:
    """Commits before the answer leaves. The browser session travels along, or is saved in a transaction of its own."""
    own: Session | None = g.get("db")
    if own is not None:
        if response.status_code < 400:
            own.commit()
        else:
            own.rollback()
    response.headers["X-Request-ID"] = g.get("request_id", "")
    return response


def _close(_error: BaseException | None) -> None:
    release()
    structlog.contextvars.clear_contextvars()  # what the server says next is not about this request
