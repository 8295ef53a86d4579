"""Chromium before the served product. `make test` installs the browser; without it these tests fail and say so."""
from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from app.cases import check
from tests.app.conftest import password_hash  # noqa: F401 - a fixture
from tests.browser.chromium import start
from tests.browser.live import Live, prepare, serve
from tests.browser.people import Enterprise, Officer
from tests.conftest import FixedClock

expect.set_options(timeout=20_000)  # a busy machine answers late; what is awaited comes or never does

DESK: ViewportSize = {"width": 1440, "height": 900}
PATIENCE = 10_000
"""milliseconds until something that should be on a page is missed"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the test run; every test has contexts of its own."""
    with sync_playwright() as playwright:
        browser = start(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, password_hash: str) -> Path:  # noqa: F811
    """A folder with a database that is ready, made once and copied by each test."""
    folder = tmp_path_factory.mktemp("prepared")
    prepare(folder, FixedClock()).sessions.kw["bind"].dispose()
    return folder


@pytest.fixture
def live(prepared: Path, tmp_path: Path, clock: FixedClock) -> Iterator[Live]:
    """The product on a fresh SQLite database with the organisation, the content pack and the demonstration's people."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    with serve(Live.on(tmp_path, clock)) as live:
        yield live


@pytest.fixture
def open_browser(chromium: Browser, live: Live) -> Iterator[Callable[[], Page]]:
    """`open_browser()` is a page of a person of their own: nothing of the other persons' sessions is in it."""
    contexts: list[BrowserContext] = []

    def open_one() -> Page:
        contexts.append(chromium.new_context(base_url=live.address, locale="zh-CN", timezone_id="Asia/Shanghai",
                                             viewport=DESK))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE)
        page.clock.set_fixed_time(live.clock())
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_browser: Callable[[], Page]) -> Page:
    return open_browser()


@pytest.fixture(scope="session")
def proved() -> set[str]:
    """The kinds of page that the people of the journeys have proved accessible so far."""
    return set()


@pytest.fixture
def officer(open_browser: Callable[[], Page], proved: set[str]) -> Callable[[str], Officer]:
    """`officer("finance.clerk")` is that person, signed in at a browser of their own."""
    return lambda username: Officer.arrives(open_browser(), username, proved)


@pytest.fixture
def enterprise(open_browser: Callable[[], Page], proved: set[str]) -> Enterprise:
    """An enterprise at a browser of its own."""
    return Enterprise(open_browser(), proved)


@pytest.fixture
def nothing_broken(live: Live) -> Iterator[None]:
    """After the journey `zhuqi check` has nothing to say."""
    yield
    with live.sessions() as session:
        assert [fault for each in check.instances(session) for fault in check.broken(session, each)] == []
