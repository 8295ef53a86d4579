"""Takes an issue through the real issue-lifecycle of bpmn/, step by step."""
from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import service as cases
from app.cases.definitions import publish_folder
from app.issues.registration import PROCESS
from app.models import Issue, WorkItem
from workflows.calendar import Calendar

ROOT = Path(__file__).parents[3]

GENERAL: tuple[tuple[str, dict[str, Any]], ...] = (
    ("collect", {"contacted": True}),
    ("sort", {"sort_result": "proceed", "category": "financing"}),
    ("judge", {"category": "financing", "level": "general", "scope_place": "banner",
               "judge_reason": "一个部门可以解决"}),
    ("dispatch", {"assign_mode": "as_proposed", "assign_note": "请先与银行联系"}),
    ("accept_assignment", {"accepted": True}),
    ("handle", {"measures": "召集银行和担保公司会商，银行同意按原额度续贷一年。"}),
    ("draft_reply", {"reply_kind": "solved", "reply": "您公司的贷款已由银行同意按原额度续贷一年，请于3月20日前签约。"}),
    ("approve_reply", {"reply_approved": True}),
)
"""the steps of a general issue up to the enterprise's rating"""


def publish_lifecycle(session: Session, now: datetime) -> None:
    publish_folder(session, ROOT / "bpmn" / PROCESS, now=now)


def do(session: Session, issue: Issue, element: str, answers: dict[str, Any], *, now: datetime,
       calendar: Calendar) -> None:
    """Finishes the open task at this element, in the post that it is for."""
    item = session.scalars(select(WorkItem).where(WorkItem.issue_id == issue.id, WorkItem.element_id == element,
                                                  WorkItem.status == "open")).one()
    post = (item.unit_code, item.position_code)
    cases.complete_item(session, item.id, answers, actor=Actor(None, "经办", frozenset({post}), post), now=now,
                        calendar=calendar)
    session.refresh(issue)


def live(session: Session, issue: Issue, until: str, *, now: datetime, calendar: Calendar,
         steps: tuple[tuple[str, dict[str, Any]], ...] = GENERAL) -> datetime:
    """Walks the steps, ten minutes each, up to and including the one called `until`. Returns the instant after it."""
    for element, answers in steps:
        now += timedelta(minutes=10)
        do(session, issue, element, answers, now=now, calendar=calendar)
        if element == until:
            break
    return now
