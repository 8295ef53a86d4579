"""The one place that reads the machine's clock. Everything else is given `now`."""
from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present instant, aware and in UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)
