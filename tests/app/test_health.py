"""Alive and ready: what load balancers ask."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app import assets, schema
from app.db import make_engine
from tests.app.conftest import Browser

NEWEST = "newest"


@pytest.fixture
def stamp(engine: Engine) -> Iterator[None]:
    """`stamp(revision)` marks the database as brought up to there."""
    def stamp(revision: str) -> None:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32) primary key)"))
            connection.execute(text("DELETE FROM alembic_version"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"),
                               {"revision": schema.revisions()[1] if revision == NEWEST else revision})

    yield stamp
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))


@pytest.fixture
def built(app: Flask):
    app.extensions[assets.BUILT] = True


@pytest.mark.usefixtures("built")
def test_a_process_on_an_up_to_date_database_is_ready(browser: Browser, stamp):
    stamp(NEWEST)
    answer = browser.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


@pytest.mark.usefixtures("built")
def test_a_process_goes_on_when_a_newer_release_has_brought_the_database_up(browser: Browser, stamp):
    stamp("9999")
    assert browser.get("/readyz").status_code == 200


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("revision", ["0001", None], ids=["old", "none"])
def test_a_process_on_an_older_schema_is_not_ready_and_says_so(browser: Browser, stamp, revision):
    if revision:
        stamp(revision)
    answer = browser.get("/readyz")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.json is not None and "schema is behind" in answer.json["detail"]


def test_without_built_assets_it_is_not_ready(app: Flask, browser: Browser, stamp):
    stamp(NEWEST)
    app.extensions[assets.BUILT] = False
    answer = browser.get("/readyz")
    assert answer.status_code == 503 and answer.json is not None and "make assets" in answer.json["detail"]


@pytest.fixture
def unreachable(app: Flask, tmp_path):
    """The application's database is gone."""
    services = app.extensions["zhuqi"]
    away = make_engine(f"postgresql+psycopg://zhuqi@/zhuqi?host={tmp_path}")
    object.__setattr__(services, "engine", away)


@pytest.mark.usefixtures("built", "unreachable")
def test_without_its_database_a_process_is_alive_and_not_ready(browser: Browser):
    assert browser.get("/healthz").text == "ok\n"
    answer = browser.get("/readyz")
    assert answer.status_code == 503 and answer.json is not None
    assert answer.json["detail"] == "the database cannot be reached"


def test_neither_opens_a_session(browser: Browser):
    for path in ("/healthz", "/readyz"):
        assert "Set-Cookie" not in browser.get(path).headers
