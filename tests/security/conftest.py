"""The web application as attackers meet it: its fixtures are those of the application's own tests."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

from app.bootstrap import migration_config
from app.db import make_engine
from app.factory import create_app
from app.organisation import load_organisation
from app.settings import Settings
from tests.app.conftest import (  # noqa: F401 - fixtures
    add_user,
    administrator,
    app,
    auditor,
    browser,
    guardian,
    officer,
    password_hash,
    settings,
)
from tests.conftest import FixedClock
from tests.security import world
from tests.security.world import World, unchanging

City = World


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def standing_city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory,
                  password_hash: str) -> Iterator[World]:  # noqa: F811
    """A city that many tests look at, on each kind of database."""
    folder = tmp_path_factory.mktemp("city")
    settings = Settings(database_url=_database(request, folder), secret_key="k" * 40, data_dir=folder,  # noqa: F811
                        base_url="http://localhost", smtp_url="", mail_from="zhuqi@localhost", idle_minutes=30,
                        demo=False)
    app = create_app(settings, FixedClock())  # noqa: F811
    services = app.extensions["zhuqi"]
    command.upgrade(migration_config(settings.database_url), "head")
    with services.sessions.begin() as session:
        load_organisation(session)
    app.extensions["zhuqi_limiter"].enabled = False
    made = _build(app, services.sessions, folder)
    made.enter()
    yield made
    services.engine.dispose()


def _database(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{folder}/zhuqi.sqlite3"
    server = make_engine(request.getfixturevalue("postgresql_url"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS attacked WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE attacked"))
    return server.url.set(database="attacked").render_as_string(hide_password=False)


def _build(app: Flask, sessions: sessionmaker[Session], folder: Path) -> World:  # noqa: F811
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = FlaskClient
    return world.build(app, sessions, folder / "attachments")


@pytest.fixture
def city(standing_city: World) -> Iterator[World]:
    """The standing city, in which nothing that a test does is kept."""
    limiter = standing_city.app.extensions["zhuqi_limiter"]
    limiter.enabled = False
    with unchanging(standing_city.app.extensions["zhuqi"].engine):
        yield standing_city
    limiter.enabled = True


@pytest.fixture
def living_city(app: Flask, sessions: sessionmaker[Session], tmp_path: Path) -> World:  # noqa: F811
    """A city of the test's own, in which acts are kept."""
    return _build(app, sessions, tmp_path)
