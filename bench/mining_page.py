"""The pages of the process as it really runs, with a hundred thousand cases in the year that is asked for, beside ten
thousand: grouped queries grow with the cases that they look at, and nothing else of a page does."""
from __future__ import annotations

import tempfile
from statistics import median, quantiles
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Integer, String, and_, cast, func, insert, literal, select, text
from sqlalchemy.orm import Session

from app.cases.rows import table
from app.db import take_time
from app.factory import create_app
from app.issues.categories import CATEGORIES, LEVELS
from app.models import (
    BreachRule,
    CaseBack,
    CaseBreach,
    CasePass,
    CaseRoute,
    CaseStep,
    Instance,
    Issue,
    Post,
    Route,
    Unit,
    User,
)
from app.settings import load_settings
from bench import bulk
from bench.bulk import numbers_to
from bench.measure import report, scaled, settle, timed
from bench.product import NOW, Product, make_product
from bench.web_client import COOKIE, SETTINGS, sign_in
from workflows.working_time import HOUR

FEW, MANY = 10_000, 100_000
STEPS = tuple(f"step{number}" for number in range(13))
"""of each case"""
VARIANTS = 60
WARM_UP = 1
PAGES = {"steps": "/mining/", "month": "/mining/?from=2026-01&to=2026-01", "variants": "/mining/variants",
         "rework": "/mining/rework", "conformance": "/mining/conformance", "bottlenecks": "/mining/bottlenecks",
         "cases": "/mining/cases?of=breach&rule=late"}


def run(kind: str, url: str) -> None:
    product = make_product(url)
    instance = product.start_case()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(load_settings({**SETTINGS, "ZHUQI_DATABASE_URL": url, "ZHUQI_DATA_DIR": folder}), lambda: NOW)
        client = _supervisor(app.test_client(), product)
        few, many = scaled(FEW, 50), scaled(MANY, 100)
        _fill(product, instance, few)
        floors = {name: _times(client, address) for name, address in PAGES.items()}
        _fill(product, instance, many)
        for name, address in PAGES.items():
            times = _times(client, address)
            report(f"mining_page_{name}_{kind}", "ms", median(times), median(floors[name]), len(times),
                   p95=quantiles(times, n=20)[-1], cases=many)
        app.extensions["zhuqi"].engine.dispose()
    product.engine.dispose()


def _supervisor(client: FlaskClient, product: Product) -> FlaskClient:
    with product.sessions.begin() as session:
        user = User(username="supervisor", name="高立言", password_hash="!", must_change_password=False, created_at=NOW)
        user.posts = [Post(unit_code="supervision", position_code="supervisor")]
        session.add(user)
        session.flush()
        sign_in(session, user, token="supervisor")
    client.set_cookie(COOKIE, "supervisor")
    return client


def _times(client: FlaskClient, address: str) -> list[float]:
    times = []
    for _ in range(WARM_UP + scaled(20)):
        settle()
        took, answer = timed(client.get, address)
        assert answer.status_code == 200, answer.text
        times.append(took)
    return times[WARM_UP:]


def _fill(product: Product, instance: int, cases: int) -> None:
    """Brings the city up to so many cases."""
    with product.sessions.begin() as session:
        take_time(session.connection())
        session.connection().execute(text("SET LOCAL session_replication_role = replica"))
        known = session.scalars(select(Issue.id).order_by(Issue.id.desc()).limit(1)).one()
        _copies(session, instance, known, cases - known)
    with product.engine.begin() as connection:
        bulk.settle(connection)


def _copies(session: Session, instance: int, first: int, n: int) -> None:
    connection = session.connection()
    issue = session.scalar(select(Issue.id).where(Issue.instance_id == instance)) or 0
    version = session.scalars(select(Instance.definition_hash).where(Instance.id == instance)).one()
    bulk.copy(connection, Issue, issue, n, id=lambda i: i + first, instance_id=lambda i: i + first,
              number=lambda i: literal("B-") + cast(i + first, String),
              follow_up_hash=lambda i: cast(i + first, String))
    units = tuple(session.scalars(select(Unit.code).where(Unit.kind != "leader").order_by(Unit.code)))
    numbers, places = numbers_to(n), numbers_to(len(STEPS), "places")
    i, place = numbers.c.i, places.c.i
    both = numbers.join(places, literal(True))
    _insert(session, CaseRoute, numbers, {
        "issue_id": i + first, "month": literal("2026-") + func.to_char(1 + i % 3, "FM00"),
        "unit": bulk.pick(i * 31, units), "category": bulk.pick(i, tuple(CATEGORIES)),
        "level": bulk.pick(i, tuple(LEVELS)), "version": literal(version), "ended": i % 5 > 0,
        "variant": literal("variant") + cast(i * i % VARIANTS, String), "steps": literal(len(STEPS)),
        "seconds": cast(func.nullif(i % 5, 0) * (i * 104_729 % 700) * HOUR, Integer)})
    _insert(session, CaseStep, both, {
        "work_item_id": (i + first) * 100 + place, "issue_id": i + first, "element_id": bulk.pick(place, STEPS),
        "unit": bulk.pick((i + place) * 31, units), "position": bulk.pick(place, ("clerk", "head")),
        "first": literal(True), "opened_at": literal(NOW), "waiting": cast(i * place % 9 * HOUR, Integer),
        "working": cast(func.nullif(i % 50, 0) * HOUR, Integer)})
    _insert(session, CasePass, both, {"issue_id": i + first, "element_id": bulk.pick(place, STEPS),
                                      "times": literal(1)})
    _insert(session, CaseBack, both, {
        "work_item_id": (i + first) * 100 + place, "issue_id": i + first, "kind": literal("flowed"),
        "origin": bulk.pick(place + 1, STEPS), "target": bulk.pick(place, STEPS), "unit": bulk.pick(i * 31, units),
        "position": literal("clerk"), "origin_item_id": (i + first) * 100 + place, "at": literal(NOW)},
        and_(place <= 2, i % 5 == 0))
    _insert(session, CaseBreach, numbers, {"issue_id": i + first, "rule": literal("late"), "at": literal(NOW),
                                           "element_id": literal("")}, i % 4 == 0)
    for model, key, rows in (
            (Route, Route.variant, [{"variant": f"variant{each}", "steps": list(STEPS)} for each in range(VARIANTS)]),
            (BreachRule, BreachRule.rule, [{"rule": "late", "clause": "C4", "words": "in time"}])):
        if not session.scalar(select(func.count(key))):
            session.execute(insert(model), rows)


def _insert(session: Session, model: Any, source: Any, values: dict[str, Any], where: Any = True) -> None:
    session.execute(insert(table(model)).from_select(
        list(values), select(*values.values()).select_from(source).where(literal(where) if where is True else where)))
