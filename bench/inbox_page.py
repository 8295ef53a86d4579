"""The first page of a unit's inbox with 1,000, 100,000 and a million open work items: what the server works for it."""
from __future__ import annotations

import tempfile
from statistics import median, quantiles

from flask.testing import FlaskClient
from sqlalchemy import String, cast, func, literal, null, select

from app.factory import create_app
from app.issues.categories import CATEGORIES
from app.models import Issue, Post, User, WorkItem
from app.settings import load_settings
from bench import bulk
from bench.measure import report, scaled, settle, timed
from bench.product import NOW, Product, make_product
from bench.web_client import COOKIE, SETTINGS, sign_in

UNITS = {"finance": 1_000, "land": 100_000, "tax": 1_000_000}
LISTS = {
    "unit": "view=unit", "mine": "view=mine", "filtered": "view=unit&category=financing&light=red",
    "newest": "view=unit&category=financing&sort=-opened", "latest": "view=unit&sort=-due",
    "number": "view=unit&stage=handle&sort=number", "words": "view=unit&q=%E8%B4%B7%E6%AC%BE"}
"""what stands in the address bar; about a tenth of the items pass each filter by category"""
MOST_MS = 30.0
WARM_UP = 3


def run(kind: str, url: str) -> None:
    product = make_product(url)
    item = product.start()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(load_settings({**SETTINGS, "ZHUQI_DATABASE_URL": url, "ZHUQI_DATA_DIR": folder}), lambda: NOW)
        clients = {unit: _fill(app.test_client(), product, item, unit, scaled(n, 10)) for unit, n in UNITS.items()}
        with product.engine.begin() as connection:
            bulk.settle(connection)
        for name, address in LISTS.items():
            _measure(f"inbox_page_{name}", kind, clients, f"/inbox?{address}")
        app.extensions["zhuqi"].engine.dispose()
    product.engine.dispose()


def _measure(name: str, kind: str, clients: dict[str, FlaskClient], address: str) -> None:
    times: dict[str, list[float]] = {unit: [] for unit in clients}
    for number in range(WARM_UP + scaled(40)):
        settle()
        for unit, client in clients.items():
            took, answer = timed(client.get, address)
            assert answer.status_code == 200, answer.text
            if number >= WARM_UP:
                times[unit].append(took)
    few, *more = clients
    for unit in more:
        report(f"{name}_{UNITS[unit] // 1000}k_{kind}", "ms", median(times[unit]), median(times[few]),
               len(times[unit]), p95=quantiles(times[unit], n=20)[-1], goal=MOST_MS)


def _fill(client: FlaskClient, product: Product, item: int, unit: str, n: int) -> FlaskClient:
    """Gives a unit `n` open work items of as many issues; a browser of somebody who works there."""
    with product.sessions.begin() as session:
        user = User(username=unit, name="白二川", password_hash="!", must_change_password=False, created_at=NOW)
        user.posts = [Post(unit_code=unit, position_code="clerk")]
        session.add(user)
        session.flush()
        sign_in(session, user, token=unit)
        connection = session.connection()
        base = 1 + (session.scalar(select(func.max(Issue.id))) or 0)
        bulk.copy(connection, Issue, session.scalars(select(func.min(Issue.id))).one(), n,
                  id=lambda i: i + base, number=lambda i: literal("2026-") + cast(i + (base + 10_000_000), String),
                  follow_up_hash=lambda i: cast(i + base, String), instance_id=lambda _: null(),
                  stage=lambda _: literal("handle"), category=lambda i: bulk.pick(i, tuple(CATEGORIES)))
        bulk.copy(connection, WorkItem, item, n, issue_id=lambda i: i + base, task_id=lambda _: null(),
                  unit_code=lambda _: literal(unit), green_lane=lambda i: i % 100 == 0,
                  opened_at=lambda i: bulk.later(connection, NOW, i * 7_919 % 8_640_000 - 8_640_000),
                  due_at=lambda i: bulk.later(connection, NOW, i * 104_729 % 8_640_000 - 4_320_000))
    client.set_cookie(COOKIE, unit)
    return client
