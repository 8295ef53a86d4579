"""A city for the matrix: one issue at each stage of the real life, and a person in each position of each unit that
matters. Requests that are let through change nothing, so that each one meets the same city."""
from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from app.actor import ENTERPRISE
from app.auth import passwords
from app.issues import attachments, enterprise_acts
from app.issues.registration import register
from app.models import Post, User, WorkItem
from tests.app.conftest import PASSWORD
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import GENERAL, live, publish_lifecycle
from tests.conftest import MONDAY
from workflows.calendar import Calendar

POSITIONS = ("intake", "judge", "clerk", "head", "supervisor", "leader", "admin", "auditor", "security")
STAGES = ("collected", "sorted", "judged", "accepted", "handled", "drafted", "replied", "closed")
"""how far each issue has come: its last finished step"""
PLACE = "dongsheng"
FOREIGN = "tax"
"""a unit that none of the issues concerns"""
HOLDER, HEAD, COLLEAGUE, SUPERVISOR, CITY, OUTSIDER = (
    "holder", "head", "colleague", "supervisor", "city", "outsider")
SEES_ALL = {"supervisor": "supervision", "leader": "leaders", "admin": "city", "auditor": "city"}
"""the unit in which a position sees every issue"""


@dataclass(frozen=True, slots=True)
class Case:
    """An issue that has come so far; `item` is its open task, or its last one when none is open."""
    stage: str
    issue_id: int
    number: str
    code: str
    item: int
    post: tuple[str, str]
    attachment: int


Who = tuple[str, str] | str | None
"""a post; the stage of an issue whose code an enterprise has entered; nobody"""


@dataclass(slots=True)
class World:
    """`posts` are the people, one for each; `cookies` the session of everybody who has one: all of them in a city that
    stands, in another those who were asked for; `workshop` what stands in the addresses of what administrators
    have under way (tests/security/workshop.py)."""
    app: Flask
    cases: dict[str, Case]
    posts: dict[tuple[str, str], int]
    cookies: dict[Who, str] = field(default_factory=dict)
    workshop: dict[str, Any] = field(default_factory=dict)

    def enter(self) -> None:
        """Everybody signs in, and every enterprise enters its code."""
        for who in (*self.posts, *self.cases):
            self._sign_in(who)

    def _sign_in(self, who: Who) -> None:
        client = self.app.test_client()
        answer = client.post("/follow", data={"code": self.cases[who].code}) if isinstance(who, str) else client.post(
            "/login", data={"username": "-".join(who or ()), "password": PASSWORD})
        assert answer.status_code in (302, 303)
        cookie = client.get_cookie("zhuqi")
        assert cookie is not None
        self.cookies[who] = cookie.value

    def browser(self, who: Who) -> FlaskClient:
        """A browser with the session of this person or enterprise, and no other memory."""
        client = self.app.test_client()
        if who is not None:
            if who not in self.cookies:
                self._sign_in(who)
            client.set_cookie("zhuqi", self.cookies[who])
        return client


def build(app: Flask, sessions: sessionmaker[Session], folder: Any) -> World:
    """Publishes the real life, walks an issue to each stage, and enters the people."""
    calendar = Calendar(version=0)
    with sessions.begin() as session:
        publish_lifecycle(session, MONDAY)
        people = {post: _person(session, post) for post in _posts()}
        cases = {stage: _case(session, stage, step, calendar, folder)
                 for stage, step in zip(STAGES, (*(name for name, _ in GENERAL if name != "dispatch"), None),
                                        strict=True)}
    return World(app, cases, people)


def _posts() -> Iterator[tuple[str, str]]:
    for unit in (PLACE, FOREIGN):
        for position in POSITIONS:
            yield unit, position
    for position, unit in SEES_ALL.items():
        yield unit, position


def _person(session: Session, post: tuple[str, str]) -> int:
    user = User(username="-".join(post), name=f"{post[0]}的{post[1]}", must_change_password=False, created_at=MONDAY,
                password_hash=passwords.hash_password(PASSWORD))
    user.posts = [Post(unit_code=post[0], position_code=post[1])]
    session.add(user)
    session.flush()
    return user.id


def _case(session: Session, stage: str, step: str | None, calendar: Calendar, folder: Any) -> Case:
    issue, code = register(session, a_report(title=f"到{stage}为止"), ENTERPRISE, MONDAY, calendar)
    file = attachments.check(attachments.Upload("情况.txt", f"{stage}的情况".encode()))
    kept = attachments.keep(session, file, folder, now=MONDAY, issue_id=issue.id)
    now = live(session, issue, step or GENERAL[-1][0], now=MONDAY, calendar=calendar)
    if step is None:
        enterprise_acts.rate(session, issue, response_rating=5, solved=True, satisfaction=5, comment="", now=now,
                             calendar=calendar)
    items = session.scalars(select(WorkItem).where(WorkItem.issue_id == issue.id, WorkItem.kind == "task")
                            .order_by(WorkItem.id)).all()
    item = next((item for item in items if item.status == "open"), items[-1])
    return Case(stage, issue.id, issue.number, code, item.id, (item.unit_code, item.position_code), kept.id)


def relation(post: tuple[str, str], case: Case) -> str:
    """What the person of a post is to a case: one of the table's columns."""
    if post == case.post:
        return HOLDER
    unit, position = post
    if SEES_ALL.get(position) == unit:
        return SUPERVISOR if position == "supervisor" else CITY
    if unit != case.post[0]:
        return OUTSIDER
    return {"head": HEAD, "supervisor": SUPERVISOR}.get(position, COLLEAGUE)


@contextmanager
def unchanging(engine: Engine) -> Iterator[None]:
    """While it lasts every commit on this engine takes back instead, so that no request sees what another has done."""
    kept = engine.dialect.do_commit
    engine.dialect.do_commit = engine.dialect.do_rollback  # type: ignore[method-assign]
    try:
        yield
    finally:
        engine.dialect.do_commit = kept  # type: ignore[method-assign]


def answer_of(response: TestResponse) -> str:
    """One word for an answer: login, forbidden, hidden, refused, done; `fault` for what must never be."""
    status = response.status_code
    if status in (302, 303):
        return "login" if re.match(r"/login\b", response.location) else "done"
    if status == 401:
        return "login"
    return {403: "forbidden", 404: "hidden", 200: "done", 400: "refused", 409: "refused", 422: "refused"}.get(
        status, f"fault {status}")
