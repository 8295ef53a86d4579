"""Cases to try changes on: a real process with recorded answers, and what a what-if says of them."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import Actor
from app.modeler.trial import what_if
from app.modeler.trial.tried import DRAFT, Tried
from app.models import Base, TrialCase
from workflows.calendar import Calendar
from workflows.versions import content_hash

OWN_TABLES = {"trial_run", "trial_case"}


@pytest.fixture
def try_files(sessions: sessionmaker[Session], add_user: Callable[..., int]) -> Callable[..., dict[int, Any]]:
    """`try_files("p", files, now=…)` sends every case of `p` through these files, as the worker would. What differs,
    by the id of the case: {} of a case that nothing changes for."""
    user_id = add_user("trier", ("city", "admin"))

    def run(key: str, files: Mapping[str, str], *, now: datetime, calendar: Calendar | None = None) -> dict[int, Any]:
        with sessions.begin() as session:
            asked = what_if.begin(session, Tried(key, DRAFT, files, content_hash(files)), closed=1_000,
                                  calendar=calendar, actor=Actor(user_id, "宋致远", frozenset(), None), now=now).id
        while what_if.work_off(sessions, now):
            pass
        with sessions() as session:
            assert what_if.find(session, key, asked).status == "done"
            rows = session.scalars(select(TrialCase).where(TrialCase.run_id == asked))
            return {row.instance_id: row.details for row in rows}

    return run


def row_counts(session: Session) -> dict[str, int]:
    """How many rows every table has but the what-ifs' own."""
    return {table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables if table.name not in OWN_TABLES}
