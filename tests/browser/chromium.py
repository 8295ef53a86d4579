"""Which Chromium the tests drive, and how it is started."""
from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright

COMMANDS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""the best one first: the shell draws the same pages without a window around them, at less than half the cost"""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--lang=zh-CN"]


def start(playwright: Playwright) -> Browser:
    command = next(filter(None, map(shutil.which, COMMANDS)), None)
    assert command, "Chromium is missing: make test installs it or says how"
    return playwright.chromium.launch(executable_path=command, args=ARGUMENTS)
