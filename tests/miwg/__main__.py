"""`python -m tests.miwg FOLDER`: every diagram of a folder opened, changed and saved in the real modeler, and run by
the real engine; prints the table of docs/bpmn-elements.md. Its result is 1 when a file does not open, loses something,
or does not run although the engine knows all of its elements.

The folder is meant to be `Reference` of the public suite bpmn-miwg/bpmn-miwg-test-suite.
"""
from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from playwright.sync_api import sync_playwright

from tests.browser.chromium import start
from tests.browser.conftest import DESK, PATIENCE
from tests.browser.helpers import sign_in
from tests.browser.live import prepare, serve
from tests.conftest import FixedClock
from tests.miwg.opening import Modeler
from tests.miwg.table import Row, table
from tests.miwg.walking import walk


def main(folder: str) -> int:
    files = sorted(Path(folder).glob("*.bpmn"))
    if not files:
        sys.exit(f"No *.bpmn in {folder or 'FOLDER'}.")
    with _modeler() as modeler:
        rows = [Row(file.stem, modeler.try_file(file), walk(file.read_bytes().decode("utf-8-sig"))) for file in files]
    sys.stdout.write(table(rows) + "\n")
    sys.stderr.write("".join(f"{complaint}\n" for row in rows for complaint in row.complaints()))
    return 0 if all(row.good for row in rows) else 1


@contextmanager
def _modeler() -> Iterator[Modeler]:
    with tempfile.TemporaryDirectory() as folder, serve(prepare(Path(folder), FixedClock())) as live:
        logging.disable()
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        with sync_playwright() as playwright:
            browser = start(playwright)
            page = browser.new_context(base_url=live.address, locale="zh-CN", viewport=DESK).new_page()
            page.set_default_timeout(PATIENCE)
            page.clock.set_fixed_time(live.clock())
            yield Modeler(sign_in(page, "admin"), live)
            browser.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))
