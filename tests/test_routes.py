"""Every route carries a permission or is marked public, has a kebab-case path, and says the type of its parameters."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.clock import system_clock
from app.factory import create_app
from app.permissions import MARK, PUBLIC, Permission, public, requires
from app.settings import load_settings

PARAMETER = re.compile(r"<(?:(?P<type>[^:<>]+):)?(?P<name>[^<>]+)>")
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)?")
NOT_OURS = frozenset({"static"})


def faults(app: Flask) -> Iterator[str]:
    """What is wrong with each of the application's routes."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in NOT_OURS:
            yield from (f"{rule.rule}: {fault}" for fault in _faults(rule, app.view_functions[rule.endpoint]))


def _faults(rule: Rule, view: Callable[..., Any]) -> Iterator[str]:
    if getattr(view, MARK, None) not in {PUBLIC, *Permission}:
        yield "neither @requires nor @public"
    if any(not match["type"] for match in PARAMETER.finditer(rule.rule)):
        yield "a parameter without a type"
    fixed = PARAMETER.sub("", rule.rule).split("/")
    if any(part and not KEBAB.fullmatch(part) for part in fixed):
        yield "not kebab-case"


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(load_settings({"ZHUQI_DEMO": "1", "ZHUQI_DATABASE_URL": "sqlite://"}), system_clock)


def test_every_route_says_who_may_open_it(app: Flask):
    assert list(faults(app)) == []


def test_public_routes_are_the_few_that_we_know(app: Flask):
    open_to_all = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint not in NOT_OURS
                   and getattr(app.view_functions[rule.endpoint], MARK, None) == PUBLIC}
    inside = {path for path in open_to_all if not path.startswith(("/report", "/follow", "/walk/"))}
    assert inside == {"/", "/healthz", "/login", "/login/enrol", "/login/second", "/logout", "/metrics", "/readyz"}


@pytest.mark.parametrize(("path", "mark", "fault"), [
    ("/open", None, "neither"), ("/Tasks", public, "kebab"), ("/my_tasks", public, "kebab"),
    ("/tasks/<number>", public, "type")])
def test_the_walk_finds(path: str, mark: Callable[..., Any] | None, fault: str):
    assert [found for found in faults(_with(path, mark)) if fault in found]


@pytest.mark.parametrize("path", ["/", "/tasks/<int:task_id>/give-back", "/export.xlsx"])
def test_the_walk_passes(path: str):
    assert list(faults(_with(path, requires(Permission.WORK)))) == []


def _with(path: str, mark: Callable[..., Any] | None) -> Flask:
    app = Flask("routes")

    def view(**_values: Any) -> str:
        return ""

    app.add_url_rule(path, "view", mark(view) if mark else view)
    return app
