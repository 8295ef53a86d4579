"""docs/security.md names places and tests that there are, and says what is not covered."""
from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines()
        if re.match(r"\| (?:\d|8\.1)", line)]


def test_every_place_and_test_that_is_named_is_there():
    for _, _, where, tests in ROWS:
        for path in re.findall(r"`([\w/.]+)`", where):
            assert (ROOT / path).exists(), path
        for path in re.findall(r"`([\w/.]+\.py)`", tests):
            assert (ROOT / "tests" / path).is_file(), path


def test_a_control_has_a_test_or_says_that_it_is_not_covered():
    bare = [section for section, control, _, tests in ROWS
            if not tests and not re.search(r"[Nn]ot (?:covered|applicable)", control)]
    assert len(ROWS) > 50 and bare == []
