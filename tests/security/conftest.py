"""The web application as attackers meet it: its fixtures are those of the application's own tests."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
from tests.security import workshop, world
from tests.security.world import World, unchanging

City = World


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def standing_city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory,
                  password_hash: str) -> Iterator[World]:  # noqa: F811
    """A city that many tests look at, on each kind of database."""
    with _standing(request, tmp_path_factory.mktemp("city"), "attacked") as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def workshop_city(request: pytest.FixtureRequest, tmp_path: Path, password_hash: str) -> Iterator[World]:  # noqa: F811
    """Another one, in which administrators have something of each kind under way; nothing that a test does is kept."""
    with _standing(request, tmp_path, "fuzzed") as made:
        made.workshop = workshop.furnish(made)
        with _nothing_kept(made):
            yield made


@contextmanager
def _standing(request: pytest.FixtureRequest, folder: Path, name: str) -> Iterator[World]:
    settings = Settings(database_url=_database(request, folder, name), secret_key="k" * 40,  # noqa: F811
                        data_dir=folder, base_url="http://localhost", smtp_url="", mail_from="zhuqi@localhost",
                        idle_minutes=30, demo=False)
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


def _database(request: pytest.FixtureRequest, folder: Path, name: str) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{folder}/zhuqi.sqlite3"
    server = make_engine(request.getfixturevalue("postgresql_url"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    return server.url.set(database=name).render_as_string(hide_password=False)


def _build(app: Flask, sessions: sessionmaker[Session], folder: Path) -> World:  # noqa: F811
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = FlaskClient
    return world.build(app, sessions, folder / "attachments")


@pytest.fixture
def city(standing_city: World) -> Iterator[World]:
    """The standing city, in which nothing that a test does is kept."""
    with _nothing_kept(standing_city):
        yield standing_city


@contextmanager
def _nothing_kept(made: World) -> Iterator[None]:
    limiter = made.app.extensions["zhuqi_limiter"]
    limiter.enabled = False
    with unchanging(made.app.extensions["zhuqi"].engine):
        yield
    limiter.enabled = True


@pytest.fixture
def living_city(app: Flask, sessions: sessionmaker[Session], tmp_path: Path) -> World:  # noqa: F811
    """A city of the test's own, in which acts are kept."""
    return _build(app, sessions, tmp_path)
