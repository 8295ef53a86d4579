"""A city with two cases in hand, and a meeting about them that is taken through its process step by step."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import ENTERPRISE, Actor
from app.bootstrap import CONTENT_PACK
from app.cases import definitions, service
from app.issues.registration import register
from app.meetings import calling, sheet
from app.meetings.sheet import Sheet
from app.models import Issue, Meeting, WorkItem
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import live, publish_lifecycle
from tests.conftest import MONDAY
from workflows.calendar import Calendar

CALENDAR = Calendar(version=0)
NOTICE: dict[str, Any] = {
    "go": "send", "held_on": "2026-03-05", "held_time": "09:30", "venue": "第三会议室",
    "attendees": [{"unit": "finance", "position": "head"}, {"unit": "energy", "position": "clerk"}],
    "leader_attends": True, "agenda": [{"title": "续贷", "case": None, "speaker": "市财政局"}]}
LOAN = {"title": "协调银行续贷", "unit": "finance", "position": "head", "days": 3}
ROUTE = {"title": "批复增容路由", "unit": "energy", "position": "clerk", "days": 5}


@dataclass
class Talks:
    """A session, the two cases, and the hands that move a meeting about them. `now` goes on by ten minutes a step."""
    session: Session
    issues: list[Issue]
    supervisor: Actor
    leader: Actor
    meeting: Meeting | None = None
    now: datetime = field(default=MONDAY)

    @property
    def numbers(self) -> list[str]:
        return [issue.number for issue in self.issues]

    def call(self, actor: Actor | None = None, numbers: list[str] | None = None, **given: Any) -> Meeting:
        title = given.pop("title", "续贷和用电调度会")
        self.meeting = calling.call(
            self.session, self.numbers if numbers is None else numbers, title, "本周内开",
            **{"again": False, "actor": actor or self.supervisor, "now": self.now, "calendar": CALENDAR, **given})
        return self.meeting

    def do(self, element: str, answers: dict[str, Any], **local: Any) -> None:
        """Finishes an open task of the meeting, of the decision or attendee that has these values."""
        self.now += timedelta(minutes=10)
        found = [item for item in self.open() if item.element_id == element
                 and local.items() <= (item.local.get("decision") or item.local.get("attendee") or {}).items()]
        assert len(found) == 1, [item.element_id for item in self.open()]
        post = (found[0].unit_code, found[0].position_code)
        service.complete_item(self.session, found[0].id, answers, actor=Actor(None, "办", frozenset({post}), post),
                              now=self.now, calendar=CALENDAR)
        self.session.expire_all()

    def hold(self, *decisions: dict[str, Any]) -> None:
        """Sends the notice and enters the minutes with these decisions."""
        self.do("prepare_notice", NOTICE)
        self.do("record_minutes", {"outcome": "held", "present": "市财政局", "minutes": "会议议定如下",
                                   "decisions": list(decisions)})

    def open(self) -> list[WorkItem]:
        assert self.meeting is not None
        return list(self.session.scalars(select(WorkItem).where(
            WorkItem.instance_id == self.meeting.instance_id, WorkItem.status == "open").order_by(WorkItem.id)))

    def sheet(self) -> Sheet:
        assert self.meeting is not None
        return sheet.load(self.session, self.meeting)


def publish(session: Session) -> None:
    publish_lifecycle(session, MONDAY)
    definitions.publish_folder(session, CONTENT_PACK / calling.PROCESS, now=MONDAY)


def case_in_hand(session: Session, title: str) -> Issue:
    issue, _code = register(session, a_report(title=title), ENTERPRISE, MONDAY, CALENDAR)
    live(session, issue, "accept_assignment", now=MONDAY, calendar=CALENDAR)
    return issue


@pytest.fixture
def talks(session: Session, make_actor: Callable[..., Actor]) -> Talks:
    publish(session)
    return Talks(session, [case_in_hand(session, title) for title in ("续贷遇到困难", "用电负荷不足")],
                 make_actor("supervisor", ("supervision", "supervisor")), make_actor("leader", ("leaders", "leader")))
