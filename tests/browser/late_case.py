"""A complex issue with everything that a supervisor looks back at, lived through the services by a `Live`'s clock."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import ENTERPRISE, Actor, load_actor
from app.cases import definitions, moving, service
from app.issues.registration import PROCESS, register
from app.models import Issue, Post, User, WorkItem
from tests.app.issues.conftest import a_report
from tests.browser.live import Live

TITLE = "厂区供电容量不足，新生产线无法投产"
_TO_THE_PLAN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("collect", {"contacted": True}),
    ("sort", {"sort_result": "proceed", "category": "power"}),
    ("judge", {"category": "power", "level": "complex", "scope_place": "banner", "judge_reason": "要增容，涉及两级"}),
    ("dispatch", {"assign_mode": "as_proposed", "assign_note": "请会同市发改委"}),
    ("accept_assignment", {"accepted": True}),
    ("joint_answer", {"joint_opinion": "增容方案已列入市级计划"}))
_AFTER_THE_BREACH: tuple[tuple[str, dict[str, Any]], ...] = (
    ("draft_plan", {"plan_summary": "先调剂周边线路负荷，再增容", "milestones": [
        {"title": "增容送电", "responsible": "区发改委", "date": "2026-04-10"}]}),
    ("approve_plan", {"plan_approved": True}),
    ("follow_milestone", {"milestone_result": "done", "milestone_note": "新增容量已送电"}),
    ("execute_plan", {"measures": "新增容量已送电，生产线满负荷运行"}),
    ("draft_reply", {"reply_kind": "solved", "reply": "已经送电。"}),
    ("approve_reply", {"reply_approved": False, "reply_comment": "请写明增加了多少容量"}))


@dataclass(frozen=True, slots=True)
class LateCase:
    """It waits for its reply to be written again, a day after its limit; entry 8 is the breach, entry 11 the move."""
    number: str
    instance_id: int


def live_through(live: Live) -> LateCase:
    """A joint unit answers; the five working days pass without a plan; the case moves to a version with more time to
    approve; the reply is sent back; three months pass."""
    calendar = live.calendar()
    with live.sessions.begin() as session:
        issue, _code = register(session, a_report(title=TITLE), ENTERPRISE, live.clock(), calendar)
        case = LateCase(issue.number, issue.instance_id or 0)
    _walk(live, _TO_THE_PLAN)
    live.advance(days=8)
    _walk(live, _AFTER_THE_BREACH[:2])
    _moves(live, case.instance_id)
    _walk(live, _AFTER_THE_BREACH[2:])
    live.advance(days=85)
    return case


def _walk(live: Live, steps: tuple[tuple[str, dict[str, Any]], ...]) -> None:
    calendar = live.calendar()
    for element, answers in steps:
        live.clock.advance(minutes=20)
        with live.sessions.begin() as session:
            item = session.scalars(select(WorkItem).join(Issue, Issue.id == WorkItem.issue_id).where(
                Issue.title == TITLE, WorkItem.element_id == element, WorkItem.status == "open")).one()
            service.complete_item(session, item.id, answers, now=live.clock(), calendar=calendar,
                                  actor=_who(session, live, item.unit_code, item.position_code))


def _moves(live: Live, instance_id: int) -> None:
    live.clock.advance(minutes=20)
    calendar = live.calendar()
    with live.sessions.begin() as session:
        known = definitions.current(session, PROCESS)
        assert known is not None
        longer = {path: text.replace("&quot;approve_days&quot;: 1", "&quot;approve_days&quot;: 2")
                  for path, text in known.files.items()}
        to = definitions.publish(session, PROCESS, longer, now=live.clock(), note="审定放宽到两天").hash
        assert to != known.hash
        moving.migrate(session, instance_id, to, {}, "试点", now=live.clock(), calendar=calendar,
                       actor=_who(session, live, "city", "admin"))


def _who(session: Session, live: Live, unit: str, position: str) -> Actor:
    """Whoever holds the post."""
    user = session.scalars(select(User).join(Post, Post.user_id == User.id).where(
        Post.unit_code == unit, Post.position_code == position).order_by(User.id).limit(1)).one()
    return load_actor(session, user, live.clock())
