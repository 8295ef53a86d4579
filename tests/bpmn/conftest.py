"""Prints how much of the diagrams the scenarios cover."""
from __future__ import annotations

import pytest

from tests.bpmn.test_coverage import COVERED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(COVERED, [])
    if lines:
        terminalreporter.section("diagram coverage by scenarios")
        for line in lines:
            terminalreporter.write_line(line)
