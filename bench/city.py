"""A city that has worked for years: cases lived through by the product, and copies of them (`bench/multiplied.py`)."""
from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app import bootstrap
from app.actor import load_actor
from app.cases import calendars, definitions
from app.demo.build import build
from app.measures import measuring
from app.models import Seal, User
from app.settings import load_settings
from bench import multiplied
from bench.content import KEY, product_files
from bench.history_growth import STEPS, rework
from bench.measure import scaled
from bench.product import NOW, Product
from bench.web_client import SETTINGS, sign_in

LIVED = 300
"""cases that are really lived through"""
LONG = 1_000
"""entries of one case, that was sent back again and again"""
LONG_NUMBER = 900_000
"""that case's issue is 2026-900000"""
WHO: Mapping[str, str] = {"supervisor": "supervisor", "head": "finance.head", "auditor": "auditor"}
"""browsers that are signed in, by the value of their cookie: whose they are"""
SEALED_DAYS = 3 * 365


def live(url: str) -> None:
    """The demonstration in an empty database, a case with a long history, and browsers that are signed in."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings({**SETTINGS, "ZHUQI_DATABASE_URL": url, "ZHUQI_DATA_DIR": folder})
        sessions = bootstrap.prepare(settings, NOW - timedelta(days=300))
        build(sessions, now=NOW, settings=settings, issues=scaled(LIVED, 20))
    _long_case(sessions, scaled(LONG, 30))
    with sessions.begin() as session:
        for token, username in WHO.items():
            sign_in(session, session.scalars(select(User).where(User.username == username)).one(), token)
        session.add_all(Seal(number=number, day=(NOW - timedelta(days=SEALED_DAYS - number)).date(), at=NOW,
                             algorithm="sha256", leaves=1, entries=1, line="") for number in range(1, SEALED_DAYS + 1))
    measuring.work_off(sessions)
    sessions.kw["bind"].dispose()


def multiply(url: str, cases: int, entries: int) -> None:
    """Makes a city that has lived so large."""
    engine = bootstrap.make_engine(url)
    multiplied.multiply(engine, cases, entries, longest=scaled(LONG, 30) - 1)
    engine.dispose()


def _long_case(sessions: sessionmaker[Session], entries: int) -> None:
    """A case of the measured diagram, sent back until its history is so long."""
    with sessions.begin() as session:
        definitions.publish(session, KEY, product_files(), now=NOW)
        clerk = load_actor(session, session.scalars(select(User).where(User.username == "miit.clerk")).one(), NOW)
        product = Product(sessions.kw["bind"], sessions, clerk, calendars.current(session), count(LONG_NUMBER))
    item, written = product.start(), 1
    while written < entries:
        item = rework(product, item)
        written += STEPS + 1
