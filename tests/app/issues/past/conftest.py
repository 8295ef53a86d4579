"""The case of `living`, entered into a test's database."""
from __future__ import annotations

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.app.issues.past.living import Lived, live_through
from workflows.calendar import Calendar


@pytest.fixture
def lived(sessions: sessionmaker[Session], calendar: Calendar) -> Lived:
    return live_through(sessions, calendar)
