"""Every route as every position, in the unit concerned and in others, at every stage, beside docs/who-may-what.md."""
from __future__ import annotations

import re
from collections import Counter
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.issues.registration import PROCESS
from tests.app.issues.lives import GENERAL
from tests.security import table, world
from tests.security.table import Row
from tests.security.world import Case, World, answer_of, relation
from tests.sizes import FULL, tell

TABLE = table.read()
EACH = 1 if FULL else 17
"""one in so many combinations is asked"""
ANSWERS = dict(zip(world.STAGES, (answers for name, answers in GENERAL if name not in ("collect", "accept_assignment")),
                   strict=False))
"""what the open task of an issue that has come so far would be answered"""


def test_every_route_has_a_row_and_every_row_a_route(app: Flask):
    assert set(TABLE.routes()) ^ table.routes_of(app) == set()


def test_a_row_says_something_about_every_stage_once():
    for rows in (TABLE.cases, TABLE.enterprise):
        stages = Counter((row.route, stage) for row in rows for stage in row.stages)
        assert set(stages.values()) == {1}
        assert len(stages) == len({row.route for row in rows}) * len(world.STAGES)


def test_pages_are_for_those_whom_the_table_names(city: World):
    wrong, asked, number = [], 0, count(_first(city))
    for route, positions in TABLE.pages.items():
        for post in (None, *city.posts):
            if next(number) % EACH:
                continue
            asked += 1
            got = answer_of(_ask(city.browser(post), route, next(iter(city.cases.values())), city))
            wrong += _unlike_page(route, post, positions, got)
    assert not wrong, "\n".join(wrong)
    tell(f"who may what, pages: {asked} requests as the table says")


def _unlike_page(route: str, post: tuple[str, str] | None, positions: frozenset[str] | None, got: str) -> list[str]:
    let_in = {"done", "refused", "hidden"}
    if route in TABLE.apart:
        expected = {TABLE.apart[route]}
    elif positions is None:
        expected = {"login"} if route == "POST /logout" else let_in
    elif post is None:
        expected = {"login"}
    else:
        expected = let_in if post[1] in positions else {"forbidden"}
    return [] if got in expected else [f"{route} as {post}: {got}"]


def test_an_issue_is_for_those_whom_the_table_names(city: World):
    wrong, asked, number = [], 0, count(_first(city))
    for row in TABLE.cases:
        for stage in row.stages:
            case = city.cases[stage]
            for post in (None, *city.posts):
                if next(number) % EACH:
                    continue
                asked += 1
                expected = _expected(row, post, case)
                got = answer_of(_ask(city.browser(post), row.route, case, city))
                if got != expected:
                    wrong.append(f"{row.route} at {stage} as {post}: {got}, not {expected}")
    assert not wrong, "\n".join(wrong)
    tell(f"who may what, issues: {asked} requests (route × position × unit × stage) as the table says")


def _expected(row: Row, post: tuple[str, str] | None, case: Case) -> str:
    if post is None:
        return "login"
    looks_only = post[1] == "auditor" and row.route.startswith("POST")
    return "forbidden" if looks_only or post[1] == "security" else row.answers[relation(post, case)]


def test_an_enterprises_pages_are_for_who_has_the_code(city: World):
    asked = 0
    for row in TABLE.enterprise:
        for stage in row.stages:
            case = city.cases[stage]
            for who in ("with the code", "without"):
                browser = city.browser(stage if who == "with the code" else None)
                got = _asked_as_enterprise(browser, row.route, case, city)
                assert got == row.answers[who], f"{row.route} at {stage} {who}: {got}"
                asked += 1
    tell(f"who may what, enterprises: {asked} requests as the table says")


def _asked_as_enterprise(browser: FlaskClient, route: str, case: Case, city: World) -> str:
    answer = _ask(browser, route, case, city)
    return {"/follow": "code", "/follow/progress": "later"}.get(answer.location or "", answer_of(answer))


def _first(city: World) -> int:
    """The shortened form asks each database another part."""
    return 0 if "sqlite" in city.app.extensions["zhuqi"].settings.database_url else EACH // 2


def _ask(browser: FlaskClient, route: str, case: Case, city: World) -> TestResponse:
    method, path = route.split(" ")
    unit = case.post[0]
    values: dict[str, Any] = {"number": case.number, "attachment_id": case.attachment, "item_id": case.item,
                              "code": "tax", "user_id": city.posts["tax", "leader"], "key": PROCESS}
    address = re.sub(r"<(\w+)>", lambda name: str(values.get(name[1], 1)), path)
    if method == "GET":
        return browser.get(address)
    if address.endswith("/complete"):
        return browser.post(address, data=typed(ANSWERS.get(case.stage, {})))
    return browser.post(address, data={
        "reason": "因为工作需要", "opinion": "同意", "user": str(city.posts[unit, "auditor"]), "day": "2026-12-09",
        "agree": "yes"})


def typed(answers: dict[str, Any]) -> dict[str, str]:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in answers.items()}
