"""The web application on a test's database, and a browser-like client that signs in and fills in forms."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from app.auth import passwords
from app.factory import create_app
from app.models import Post, User
from app.settings import Settings
from tests.conftest import MONDAY, FixedClock

PASSWORD = "a long enough pass-phrase"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Browser(FlaskClient):
    """A client whose posts carry the CSRF token of the page that they were made on."""

    def submit(self, address: str, data: dict[str, Any] | None = None, *, on: str | None = None,
               **options: Any) -> TestResponse:
        """Opens the page `on` (default: `address` itself), then posts `data` to `address` with its token."""
        found = TOKEN.search(self.get(on or address).text)
        assert found, f"{on or address} has no form"
        return self.post(address, data={"csrf_token": found[1], **(data or {})}, **options)

    def sign_in(self, username: str, password: str = PASSWORD, **query: str) -> TestResponse:
        return self.submit("/login", {"username": username, "password": password}, query_string=query)


@pytest.fixture(scope="session")
def password_hash() -> Iterator[str]:
    """Of PASSWORD. argon2 is slow on purpose, which tests do not need."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield passwords.hash_password(PASSWORD)


@pytest.fixture
def settings(engine: Engine, tmp_path: Path) -> Settings:
    return Settings(database_url=engine.url.render_as_string(hide_password=False), secret_key="k" * 40,
                    data_dir=tmp_path, base_url="http://localhost", smtp_url="", mail_from="zhuqi@localhost",
                    idle_minutes=30, demo=False)


@pytest.fixture
def app(settings: Settings, sessions: sessionmaker[Session], clock: FixedClock,
        password_hash: str) -> Iterator[Flask]:
    """The application over the database of `sessions`; write through `sessions.begin()`, so that it is committed."""
    app = create_app(settings, clock)
    app.extensions["zhuqi_limiter"].enabled = False
    app.test_client_class = Browser
    yield app
    app.extensions["zhuqi_limiter"].enabled = True  # one object for all apps: the next one is made with its hooks
    app.extensions["zhuqi"].engine.dispose()


@pytest.fixture
def browser(app: Flask) -> Browser:
    client = app.test_client()
    assert isinstance(client, Browser)
    return client


@pytest.fixture
def add_user(sessions: sessionmaker[Session], password_hash: str) -> Callable[..., int]:
    """`add_user("finance.clerk", ("finance", "clerk"))` commits a person with PASSWORD; returns their id."""

    def add(username: str, *posts: tuple[str, str], **given: Any) -> int:
        with sessions.begin() as session:
            user = User(**{"username": username, "name": username, "password_hash": password_hash,
                           "must_change_password": False, "created_at": MONDAY, **given})
            user.posts = [Post(unit_code=unit, position_code=position) for unit, position in posts]
            session.add(user)
            session.flush()
            return user.id

    return add


@pytest.fixture
def officer(browser: Browser, add_user: Callable[..., int]) -> Browser:
    """A browser in which a clerk of the finance bureau is signed in."""
    add_user("finance.clerk", ("finance", "clerk"), name="李思源")
    assert browser.sign_in("finance.clerk").status_code == 302
    return browser


@pytest.fixture
def administrator(browser: Browser, add_user: Callable[..., int]) -> Browser:
    """A browser in which a system administrator is signed in."""
    add_user("admin", ("city", "admin"), name="宋致远")
    assert browser.sign_in("admin").status_code == 302
    return browser


@pytest.fixture
def guardian(app: Flask, add_user: Callable[..., int]) -> Browser:
    """A browser in which a security administrator is signed in."""
    add_user("security", ("city", "security"), name="沙日娜")
    return another_browser(app, "security")


@pytest.fixture
def auditor(app: Flask, add_user: Callable[..., int]) -> Browser:
    """A browser in which an audit administrator is signed in."""
    add_user("auditor", ("city", "auditor"), name="钱守正")
    return another_browser(app, "auditor")


def another_browser(app: Flask, username: str, password: str = PASSWORD) -> Browser:
    """One more browser, in which this person is signed in."""
    client = app.test_client()
    assert isinstance(client, Browser)
    assert client.sign_in(username, password).status_code == 302
    return client
