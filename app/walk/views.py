"""/walk: the bar that follows one issue through all hands, and stepping into the shoes of whose turn it is."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, abort, redirect, request, session, url_for
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response

from app import web
from app.addresses import own_address
from app.auth import sessions, signing_in
from app.models import Issue, User
from app.permissions import public
from app.portal.blueprint import FOLLOWED
from app.walk import waits
from app.walk.waits import Waiting

blueprint = Blueprint("walk", __name__, url_prefix="/walk")

WALKED = "walk"
"""key of the browser session: [id of the issue that was chosen, 0 after one has had enough; what the enterprise's pages
followed then]. A report that is made later is followed in its turn"""


@dataclass(frozen=True, slots=True)
class Walk:
    """What the bar shows: the issue, for whom it waits, who is looking and at what."""
    issue: Issue
    waiting: Waiting
    me: int | None
    is_shown: bool
    """whether this is the enterprise's page of it"""


def init_app(app: Flask) -> None:
    """Only for a demonstration: whoever is on its pages may be anybody."""
    app.register_blueprint(blueprint)
    app.context_processor(lambda: {"walk": walk})


def walk() -> Walk | None:
    """The walk of this browser: the issue that it reported or has chosen."""
    reported = session.get(FOLLOWED)
    chosen, then = session.get(WALKED, (reported, reported))
    issue_id = chosen if then == reported else reported
    issue = web.db().get(Issue, issue_id) if issue_id else None
    if issue is None:
        return None
    me = current_user.person.id if current_user.is_authenticated else None
    return Walk(issue, waits.waiting(web.db(), issue), me, request.blueprint == "portal" and issue_id == reported)


@blueprint.post("/<int:issue_id>")
@public
def begin(issue_id: int) -> Response:
    """Follows this issue from here on."""
    issue = web.db().get(Issue, issue_id) or abort(404)
    session[WALKED] = (issue.id, session.get(FOLLOWED))
    return _back()


@blueprint.post("/leave")
@public
def leave() -> Response:
    """Follows nothing any more."""
    session[WALKED] = (0, session.get(FOLLOWED))
    return _back()


@blueprint.post("/task/<int:item_id>")
@public
def act(item_id: int) -> Response:
    """Signs in as who has the task, and opens it."""
    followed = _followed()
    turn = next((each for each in followed.waiting.turns if each.item == item_id), None)
    if turn is None:  # done meanwhile: the bar of any page tells where it is now
        return _back()
    return _as(web.db().get_one(User, turn.user), url_for("inbox.task", item_id=item_id))


@blueprint.post("/enterprise")
@public
def enterprise() -> Response:
    """Puts on the enterprise's shoes: its page, without a sign-in."""
    issue = _followed().issue
    logout_user()
    sessions.current().rotate()
    session[FOLLOWED] = issue.id
    return redirect(url_for("portal.follow_progress"), 303)


@blueprint.post("/story")
@public
def story() -> Response:
    """The issue's whole story, as a supervisor sees it."""
    issue = _followed().issue
    supervisor = waits.somebody_who_sees_all(web.db()) or abort(404)
    return _as(supervisor, url_for("issues.show", number=issue.number))


def _followed() -> Walk:
    return walk() or abort(404)


def _back() -> Response:
    return redirect(own_address(request.form.get("back")) or url_for("home"), 303)


def _as(person: User, address: str) -> Any:
    return signing_in.go_on(person, address)
