"""Enters what administrators do with their requests in their log: signing in and out, and every changing route.

A view says more about its act by `about()`; the entry is made after the view, in its transaction.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, g, request
from sqlalchemy.orm import Session

from app import web
from app.models import User
from app.powers import acts, log, rules

Json = Any


def about(subject: object, before: Mapping[str, Json] | None = None, after: Mapping[str, Json] | None = None) -> None:
    """Says on whom or what the act at hand is, and which fields it changes from what to what."""
    g.act_about = (str(subject), before, after)


def kept(answer: Any) -> Any:
    """A view's answer. If it is an administrator's act that succeeded, it is entered."""
    position = rules.kind_of(held for _, held in web.actor().posts)
    what = acts.WORDS.get(request.endpoint or "")
    if position is None or what is None:
        return answer
    response: Response = current_app.make_response(answer)
    if response.status_code < 400:
        subject, before, after = g.get("act_about") or (_named(), None, None)
        log.append(web.db(), log.Act(str(request.endpoint), what, subject, before, after, web.actor().user_id,
                                     web.actor().name, position, request.remote_addr or ""), web.now())
    return response


def event(session: Session, user: User, op: str) -> None:
    """Enters what happens to an administrator's signing in, if the user is one."""
    position = rules.kind_of(post.position_code for post in user.posts)
    if position is not None:
        log.append(session, log.Act(op, acts.WORDS[op], "", None, None, user.id, user.name, position,
                                    request.remote_addr or ""), web.now())


def _named() -> str:
    """What the address names."""
    return " ".join(str(value) for value in (request.view_args or {}).values())
