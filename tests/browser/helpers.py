"""What journeys do again and again: sign in, prove a page accessible, take its picture."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.app.conftest import TOKEN
from tests.browser.live import PASSWORD
from tests.sizes import FULL

ROOT = Path(__file__).parents[2]
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
SCREENS = ROOT / "tests/screens"
"""git-ignored: look at them after a run"""
SHARED = "PYTEST_XDIST_WORKER" in os.environ
SERIOUS = ("serious", "critical")
WIDTHS = {1440: 900, 390: 844}
"""of the screens that pictures are taken on: an office PC and a phone"""


def sign_in(page: Page, username: str) -> Page:
    """Signs one of the demonstration's people in; they land on their first page. What the login page sends is sent
    without drawing it: it has tests of its own."""
    ask = page.context.request
    found = TOKEN.search(ask.get("/login").text())
    assert found, "the login page has no form"
    answer = ask.post("/login", max_redirects=0, form={"csrf_token": found[1], "username": username,
                                                       "password": PASSWORD})
    assert answer.status == 302, f"{username} is not let in"
    page.goto(answer.headers["location"])
    return page


def assert_accessible(page: Page) -> None:
    """Fails with every serious or critical finding of axe: the rule, what it wants, and the elements."""
    if not page.evaluate("'axe' in window"):
        # evaluated by the browser's tools, so that the page's own strict content security policy stays as it is
        page.evaluate(AXE.read_text(encoding="utf-8"))
    run = "axe.run(document, {resultTypes: ['violations']}).then((result) => result.violations)"
    found: list[dict[str, Any]] = page.evaluate(run)
    serious = [finding for finding in found if finding["impact"] in SERIOUS]
    assert not serious, f"{page.url}\n" + "\n".join(_tell(finding) for finding in serious)


def _tell(finding: dict[str, Any]) -> str:
    nodes = "".join(f"\n    {node['html'][:200]}\n      {node['failureSummary']}" for node in finding["nodes"][:5])
    return f"{finding['impact']} {finding['id']}: {finding['help']} ({len(finding['nodes'])}){nodes}"


def screenshot(page: Page, name: str) -> None:
    """tests/screens/NAME-1440.png and NAME-390.png: the whole page on a desk and on a phone. For those who run a few
    tests and look; a run whose work is shared out takes pictures only in its whole size."""
    if SHARED and not FULL:
        return
    SCREENS.mkdir(exist_ok=True)
    before = page.viewport_size
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=SCREENS / f"{name}-{width}.png", full_page=True)
    if before:
        page.set_viewport_size(before)


def assert_no_sideways_scrolling(page: Page) -> None:
    """On a phone a page is one column: nothing sticks out to the right."""
    page.set_viewport_size({"width": 390, "height": WIDTHS[390]})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, f"{page.url} is wider than a phone"
    page.set_viewport_size({"width": 1440, "height": WIDTHS[1440]})

def look_at(page: Page, name: str) -> None:
    """What every page has to stand: axe, a telephone's width, and a picture for those who look."""
    assert_accessible(page)
    assert_no_sideways_scrolling(page)
    screenshot(page, name)
