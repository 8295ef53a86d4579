"""A case with three tasks in one unit, and colleagues who may work on it."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from app.actor import load_actor
from app.cases import check, definitions, service
from app.models import Absence, History, User, WorkItem
from tests.conftest import MONDAY
from tests.workflows import diagrams as d

TODAY = MONDAY.date()
PROCESS = d.diagram(
    d.start(), d.user("draft", due="working_days(1)"), d.user("review"), d.user("sign"), d.end(),
    d.flow("start", "draft", "review", "sign", "end"))


class Desk:
    """What the tests do again and again, with the database and the people at hand."""

    def __init__(self, session, calendar, make_actor):
        self.session, self.calendar, self.now = session, calendar, MONDAY
        self.clerk = make_actor("clerk", ("miit", "clerk"), name="白一川")
        self.other = make_actor("other", ("miit", "clerk"), name="石敬业")
        self.head = make_actor("head", ("miit", "head"), name="何其昌")
        self.stranger = make_actor("stranger", ("finance", "clerk"), name="李思源")
        self.supervisor = make_actor("supervisor", ("supervision", "supervisor"), name="高立言")
        definitions.publish(session, "p", d.files(PROCESS), now=MONDAY)
        self.instance = service.start_case(session, "p", {}, actor=self.clerk, now=MONDAY, calendar=calendar)
        session.commit()

    def item(self, kind="task", status="open"):
        """The one work item of this kind and status."""
        return self.items(kind, status)[0]

    def items(self, kind="task", status="open"):
        return list(self.session.scalars(
            select(WorkItem).where(WorkItem.instance_id == self.instance.id, WorkItem.kind == kind,
                                   WorkItem.status == status).order_by(WorkItem.id)
            .execution_options(populate_existing=True)))

    def complete(self, item, actor=None, **answers):
        outcome = service.complete_item(self.session, item.id, answers, actor=actor or self.clerk, now=self.now,
                                        calendar=self.calendar)
        self.session.commit()
        return outcome

    def start(self, *diagrams, **variables):
        """From now on the desk's case is one of this process."""
        definitions.publish(self.session, "p", d.files(*diagrams), now=MONDAY)
        self.instance = service.start_case(self.session, "p", variables, actor=self.clerk, now=MONDAY,
                                           calendar=self.calendar)
        self.session.commit()

    def actor(self, who, now=None):
        """The same person as they sign in at `now`, with whom they stand in for then."""
        return load_actor(self.session, self.session.get_one(User, who.user_id), now or self.now)

    def away(self, who, stand_in, first=TODAY, last=TODAY):
        """Enters an absence; returns the stand-in as they act meanwhile."""
        self.session.add(Absence(user_id=who.user_id, stand_in_id=stand_in.user_id, first_day=first, last_day=last))
        self.session.commit()
        return self.actor(stand_in)

    def told(self, op):
        """What the history says of acts of this kind, the latest first."""
        return list(self.session.scalars(select(History).where(History.instance_id == self.instance.id,
                                                               History.op == op).order_by(History.seq.desc())))

    def sound(self):
        self.session.commit()
        return list(check.broken(self.session, self.instance.id)) == []


@pytest.fixture
def desk(session, calendar, make_actor):
    return Desk(session, calendar, make_actor)
