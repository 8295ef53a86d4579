"""The pages of measures with a million cases and twenty million entries of history, beside ten thousand cases."""
from __future__ import annotations

import tempfile
from statistics import median, quantiles

from flask.testing import FlaskClient
from sqlalchemy import select

from app.db import take_time
from app.factory import create_app
from app.models import Issue, Post, User
from app.settings import load_settings
from bench import bulk, history_bulk
from bench.measure import report, scaled, settle, timed
from bench.product import NOW, Product, make_product
from bench.web_client import COOKIE, SETTINGS, sign_in

FEW, MANY = 10_000, 1_000_000
ENTRIES = 20
"""of each case's history"""
PAGES = {
    "all": "/measures/", "month": "/measures/?from=2026-01&to=2026-01&measure=median",
    "filtered": "/measures/?unit=finance&category=financing&level=general", "three_years": "/measures/?from=2023-04",
    "cases": "/measures/solution?part=missed", "refusals": "/measures/refusals?unit=finance",
    "overdue": "/measures/overdue", "issue": "/issues/2026-000001"}
MOST_MS = 200.0
WARM_UP = 1


def run(kind: str, url: str) -> None:
    product = make_product(url)
    instance = product.start_case()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(load_settings({**SETTINGS, "ZHUQI_DATABASE_URL": url, "ZHUQI_DATA_DIR": folder}), lambda: NOW)
        client = supervisor(app.test_client(), product)
        few, many = scaled(FEW, 50), scaled(MANY, 100)
        _fill(product, instance, few)
        floors = {name: times_of(client, address) for name, address in PAGES.items()}
        _fill(product, instance, many)
        for name, address in PAGES.items():
            times = times_of(client, address)
            report(f"measures_page_{name}_{kind}", "ms", median(times), median(floors[name]), len(times),
                   p95=quantiles(times, n=20)[-1], cases=many, entries=many * scaled(ENTRIES), goal=MOST_MS)
        app.extensions["zhuqi"].engine.dispose()
    product.engine.dispose()


def supervisor(client: FlaskClient, product: Product) -> FlaskClient:
    with product.sessions.begin() as session:
        user = User(username="supervisor", name="高立言", password_hash="!", must_change_password=False, created_at=NOW)
        user.posts = [Post(unit_code="supervision", position_code="supervisor")]
        session.add(user)
        session.flush()
        sign_in(session, user, token="supervisor")
    client.set_cookie(COOKIE, "supervisor")
    return client


def _fill(product: Product, instance: int, cases: int) -> None:
    """Brings the city up to so many cases."""
    with product.sessions.begin() as session:
        take_time(session.connection())
        known = max(session.scalars(select(Issue.id).order_by(Issue.id.desc()).limit(1)).one(), instance)
        history_bulk.fill(session, instance, known, cases - known, scaled(ENTRIES), NOW)
    with product.engine.begin() as connection:
        bulk.settle(connection)


def times_of(client: FlaskClient, address: str) -> list[float]:
    times = []
    for _ in range(WARM_UP + scaled(20)):
        settle()
        took, answer = timed(client.get, address)
        assert answer.status_code == 200, answer.text
        times.append(took)
    return times[WARM_UP:]
