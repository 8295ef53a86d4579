"""A case of a plain process that has been taken through some steps, for what-ifs to tell again."""
from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actor import SYSTEM, Actor
from app.cases import definitions, service
from app.models import WorkItem
from tests.conftest import MONDAY
from tests.workflows import diagrams as d

PLAIN = d.files(d.diagram(d.start(), d.user("a"), d.user("b"), d.end(), d.flow("start", "a", "b", "end")))


@pytest.fixture
def run_case(sessions, calendar):
    """`run_case(files, ("a", {}), …)` publishes the files as "p" and takes a case through these steps, an hour each."""

    def run(files, *steps, key="p", variables=None):
        with sessions.begin() as session:
            definitions.publish(session, key, files, now=MONDAY)
            held = service.start_case(session, key, variables or {}, actor=SYSTEM, now=MONDAY, calendar=calendar)
            instance_id = held.id
        for number, (element, answers) in enumerate(steps, start=1):
            with sessions.begin() as session:
                item = session.scalars(select(WorkItem.id).where(
                    WorkItem.instance_id == instance_id, WorkItem.element_id == element,
                    WorkItem.status == "open")).one()
                service.complete_item(session, item, answers, actor=clerk(), now=MONDAY + timedelta(hours=number),
                                      calendar=calendar)
        return instance_id

    return run


def clerk():
    posts = frozenset((unit, position) for unit in ("miit", "finance") for position in ("clerk", "head", "leader"))
    return Actor(None, "经办", posts, None)
