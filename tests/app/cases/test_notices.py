"""Letters of a step: one for each mailbox, whoever shares it."""
from __future__ import annotations

from sqlalchemy import select

from app.cases import definitions, service
from app.models import Outbox, User
from tests.conftest import MONDAY
from tests.workflows import diagrams as d


def test_colleagues_who_share_a_mailbox_get_one_letter(session, make_actor, calendar):
    actors = [make_actor(name, ("miit", "clerk")) for name in ("first", "second")]
    for actor in actors:
        session.get_one(User, actor.user_id).email = "office@miit.cn"
    definitions.publish(session, "p", d.files(d.diagram(
        d.start(), d.user("a", notify="'miit'/clerk", notify_text="请办理"), d.end(), d.flow("start", "a", "end"))),
        now=MONDAY)
    service.start_case(session, "p", {}, actor=actors[0], now=MONDAY, calendar=calendar)
    session.commit()
    assert [letter.recipient for letter in session.scalars(select(Outbox))] == ["office@miit.cn"]
