"""A process of one step, whose limit or name somebody proposes to change; another administrator may agree."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from app import bootstrap
from app.cases import definitions
from app.modeler.release import publishing
from app.models import Definition
from tests.conftest import MONDAY
from tests.workflows import diagrams as d


def files(days=5, name="a"):
    return d.files(d.diagram(d.start(), d.user("a", due=f"working_days({days})").replace('name="a"', f'name="{name}"'),
                             d.end(), d.flow("start", "a", "end")))


@pytest.fixture
def first(session):
    known = definitions.publish(session, "p", files(), now=MONDAY)
    session.commit()
    return known.hash


@pytest.fixture
def proposer(make_actor):
    return make_actor("admin", ("city", "admin"), name="宋致远")


@pytest.fixture
def second(make_actor, session):
    actor = make_actor("admin2", ("city", "admin"), name="苏日娜")
    session.commit()
    return actor


@pytest.fixture
def propose(session, first, proposer):
    def propose(days=5, name="a", **given):
        given = {"note": "按通知", "actor": proposer, "now": MONDAY, **given}
        return publishing.propose(session, "p", files(days, name), **given)

    return propose


def current(session):
    return session.scalar(select(Definition.hash).where(Definition.key == "p", Definition.current))


def factory(session):
    session.commit()
    return bootstrap.make_session_factory(session.get_bind())
