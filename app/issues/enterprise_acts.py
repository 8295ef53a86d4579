"""What an enterprise does about its issue after reporting it: answer, add, withdraw, rate.

Each is a message to the running instance; a merged issue's enterprise acts on the main one (C5).
"""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.actor import ENTERPRISE
from app.cases import idempotency
from app.cases import service as cases
from app.cases.locking import hold
from app.issues import follow_up
from app.issues.errors import NotNow, Paused
from app.models import Attachment, Instance, Issue
from workflows.calendar import Calendar
from workflows.errors import InstanceStopped, MessageNotExpected
from workflows.sentence import say

_MAX_MERGES = 20
STANDING_STILL = ("suspended", "incident")
PERSONAL = frozenset({"answer", "text", "reason", "comment", "files"})
"""what an enterprise's people write and send in their own words (ADR 20)"""
PAUSED = say("这件事暂时停了下来，恢复办理后再请您试一次。着急的话请给受理的单位打电话。")


def sent_before(session: Session, issue: Issue, form_key: str, *, now: datetime) -> bool:
    """Whether a form with this one-time key was taken before; if not, it is now. Holds the issue's instance, so that a
    first sending that is still under way has ended."""
    if issue.instance_id is not None:
        hold(session, issue.instance_id)
    key = idempotency.bound(form_key, ENTERPRISE, f"issue/{issue.id}")
    if idempotency.earlier(session, key) is not None:
        return True
    idempotency.remember(session, key, {}, now)
    return False


def find_by_code(session: Session, code: str) -> Issue | None:
    """The issue of a follow-up code, None for a wrong one; either way one hash and one indexed query."""
    return session.scalars(select(Issue).where(Issue.follow_up_hash == follow_up.digest(code))).one_or_none()


def followed(session: Session, issue_id: int) -> Issue:
    """The issue that this one's enterprise follows: itself, or the main one it was merged into."""
    options = [joinedload(Issue.enterprise)]
    issue = session.get_one(Issue, issue_id, options=options)
    for _ in range(_MAX_MERGES):
        if issue.merged_into is None:
            break
        issue = session.get_one(Issue, issue.merged_into, options=options)
    return issue


def waiting_for(session: Session, issue: Issue) -> frozenset[str]:
    """The messages that the issue's instance would take now: what the enterprise may do."""
    names = session.scalar(select(Instance.waiting_messages).where(Instance.id == issue.instance_id,
                                                                   Instance.status == "running"))
    return frozenset(names or ())


def answer(session: Session, issue: Issue, text: str, files: Sequence[Attachment], *, now: datetime,
           calendar: Calendar) -> None:
    """Answers the office's question. Raises NotNow when none is open any more."""
    _deliver(session, issue, "enterprise_answered", {"answer": text, "files": _names(files)}, now, calendar,
             say("这个问题已经不需要回答了。您可以用“补充情况或文件”告诉我们。"))


def add_material(session: Session, issue: Issue, text: str, files: Sequence[Attachment], *, now: datetime,
                 calendar: Calendar) -> None:
    """Adds words, files or both to what was reported. Raises NotNow when the issue is closed."""
    _deliver(session, issue, "material_added", {"text": text, "files": _names(files)}, now, calendar,
             say("这件事已经办结，不能再补充。困难还在的话，可以重新填报。"))


def withdraw(session: Session, issue: Issue, reason: str, *, now: datetime, calendar: Calendar) -> None:
    """Ends the issue at the enterprise's wish. Raises NotNow when it has ended already."""
    _deliver(session, issue, "withdraw", {"reason": reason}, now, calendar, say("这件事已经结束，不需要撤回了。"))


def rate(session: Session, issue: Issue, *, response_rating: int, solved: bool, satisfaction: int, comment: str,
         now: datetime, calendar: Calendar) -> None:
    """Rates response (1–5), solution and satisfaction (1–5). Raises NotNow when no rating is awaited."""
    _deliver(session, issue, "rated", {"response_rating": response_rating, "solved": solved,
                                       "satisfaction": satisfaction, "comment": comment}, now, calendar,
             say("现在还不能评价，或者您已经评价过了。"))


def _names(files: Sequence[Attachment]) -> list[str]:
    return [file.name for file in files]


def _deliver(session: Session, issue: Issue, message: str, payload: dict[str, Any], now: datetime, calendar: Calendar,
             refusal: str) -> None:
    if issue.instance_id is None:
        raise NotNow(refusal)
    try:
        cases.deliver_message(session, issue.instance_id, message, payload, actor=ENTERPRISE, now=now,
                              calendar=calendar, personal=PERSONAL)
    except (MessageNotExpected, InstanceStopped) as error:
        if session.scalar(select(Instance.status).where(Instance.id == issue.instance_id)) in STANDING_STILL:
            raise Paused(PAUSED) from error
        raise NotNow(refusal) from error
