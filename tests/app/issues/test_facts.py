"""What a task's page shows of the steps before it."""
from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import ENTERPRISE
from app.issues import facts
from app.issues.registration import register
from app.models import WorkItem
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import live, publish_lifecycle
from tests.conftest import MONDAY
from workflows.calendar import Calendar


def test_who_judges_a_reply_sees_it_though_others_have_agreed_meanwhile(session: Session, calendar: Calendar) -> None:
    publish_lifecycle(session, MONDAY)
    issue, _ = register(session, a_report(), ENTERPRISE, MONDAY, calendar)
    live(session, issue, "approve_reply", now=MONDAY, calendar=calendar)
    shown, others = facts.load(session, issue).before(WorkItem(id=0, stage="evaluate"))
    assert [step.item.element_id for step in shown] == ["approve_reply", "draft_reply"]
    assert others[0].item.element_id == "handle"


def test_a_task_is_not_among_the_steps_before_it(session: Session, calendar: Calendar) -> None:
    publish_lifecycle(session, MONDAY)
    issue, _ = register(session, a_report(), ENTERPRISE, MONDAY, calendar)
    live(session, issue, "handle", now=MONDAY, calendar=calendar)
    handled = session.scalars(select(WorkItem).where(WorkItem.element_id == "handle")).one()
    shown, others = facts.load(session, issue).before(handled)
    assert handled.id not in {step.item.id for step in (*shown, *others)}


def test_who_replies_sees_all_that_was_said_while_it_was_handled(session: Session, calendar: Calendar) -> None:
    publish_lifecycle(session, MONDAY)
    issue, _ = register(session, a_report(), ENTERPRISE, MONDAY, calendar)
    live(session, issue, "draft_reply", now=MONDAY, calendar=calendar)
    approving = session.scalars(select(WorkItem).where(WorkItem.element_id == "approve_reply")).one()
    shown, _others = facts.load(session, issue).before(approving)
    assert [step.item.element_id for step in shown] == ["draft_reply", "handle"]
