"""Registering what an enterprise reports: the one way in, for its own page, for officers and for demonstrations."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import service as cases
from app.cases.definitions import current_version
from app.db import take_turns
from app.issues import enterprises, follow_up
from app.issues.categories import CATEGORIES, CHANNELS
from app.issues.errors import RegistrationRefused
from app.models import Attachment, Enterprise, Issue, Post, Unit, WorkItem
from app.turns import Turn
from workflows.calendar import CITY_ZONE, Calendar
from workflows.sentence import say

PROCESS = "issue-lifecycle"
CITY_INTAKE = "miit"
"""市工业和信息化局 collects what no banner's office takes in"""
LEADERS = "leaders"
_SPOKEN = frozenset({"visit", "phone", "meeting"})


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported, by whom, from where. `place` is the code of a banner, district or zone; `category` the kind
    that the enterprise itself sees in it (C9) or None; `credit_code` is checked before, see credit_code.parse."""
    title: str
    description: str
    enterprise_name: str
    place: str
    contact_name: str
    contact_phone: str
    contact_email: str | None = None
    credit_code: str | None = None
    industry: str = ""
    category: str | None = None
    channel: str = "portal"


def register(session: Session, report: Report, actor: Actor, now: datetime, calendar: Calendar, *,
             code: str | None = None, attachments: Sequence[int] = ()) -> tuple[Issue, str]:
    """Enters the report and starts its life (issue-lifecycle). Returns the issue and the follow-up code.

    `code` is a code that was handed out with the form (follow_up.new_code): registering it again returns the issue
    that it made before, so that a report that is sent twice is one. `attachments` are ids of files that were kept
    while the report was being typed. An officer who may collect where it is taken in finishes that step here as well.
    Raises RegistrationRefused.
    """
    _check(session, report)
    code = code or follow_up.new_code()
    take_turns(session, Turn.NUMBER_ISSUES)  # two at once must not take one number or enter one enterprise twice
    known = session.scalars(select(Issue).where(Issue.follow_up_hash == follow_up.digest(code))).one_or_none()
    if known is not None:
        return known, code
    enterprise = enterprises.find_or_create(session, name=report.enterprise_name, credit_code=report.credit_code,
                                            place=report.place, industry=report.industry,
                                            vouched=report.channel != "portal")
    issue = _entered(session, report, enterprise, actor, now, code)
    variables = _start_variables(session, issue, enterprise, report, actor)
    cases.start_case(session, PROCESS, variables, actor=actor, now=now, calendar=calendar, issue=issue)
    if attachments:
        session.execute(update(Attachment).where(Attachment.id.in_(attachments), Attachment.issue_id.is_(None))
                        .values(issue_id=issue.id))
    if report.channel != "portal":
        _complete_collecting(session, issue, actor, now, calendar)
        session.refresh(issue)
    return issue, code


def next_number(session: Session, now: datetime) -> str:
    """The next free number of the city's year: 2026-000123. The caller holds the registration lock."""
    year = now.astimezone(CITY_ZONE).year
    last = session.scalar(select(func.max(Issue.number)).where(
        Issue.number >= f"{year}-", Issue.number < f"{year + 1}-"))
    return f"{year}-{int(last.split('-')[1]) + 1 if last else 1:06d}"


def intake_unit(session: Session, place: str) -> str:
    """Where a report from `place` is taken in: its own office, else the banner that its zone belongs to (Amb-15),
    else the city's."""
    parent = session.scalar(select(Unit.parent_code).where(Unit.code == place))
    for unit in (place, parent):
        if session.scalar(select(exists().where(Post.unit_code == unit, Post.position_code == "intake"))):
            return unit  # type: ignore[return-value]
    return CITY_INTAKE


def _check(session: Session, report: Report) -> None:
    if report.channel not in CHANNELS:
        raise RegistrationRefused("channel", say("请选择反映的渠道。"))
    if report.category is not None and report.category not in CATEGORIES:
        raise RegistrationRefused("category", say("请从列表里选择困难的类别。"))
    place = session.get(Unit, report.place)
    if place is None or place.kind not in ("banner", "zone") or not place.active:
        raise RegistrationRefused("place", say("请从列表里选择企业所在的旗区或园区。"))
    for field, value in (("title", report.title), ("description", report.description),
                         ("enterprise_name", report.enterprise_name), ("contact_name", report.contact_name),
                         ("contact_phone", report.contact_phone)):
        if not value.strip():
            raise RegistrationRefused(field, say("这一项不能空着。"))


def _entered(session: Session, report: Report, enterprise: Enterprise, actor: Actor, now: datetime,
             code: str) -> Issue:
    """The issue of a report. It goes into the database together with its instance."""
    return Issue(
        number=next_number(session, now), follow_up_hash=follow_up.digest(code), enterprise=enterprise,
        title=report.title.strip(), description=report.description.strip(), contact_name=report.contact_name.strip(),
        contact_phone=report.contact_phone.strip(), contact_email=report.contact_email or None, channel=report.channel,
        registered_at=now, registered_by=actor.user_id, promise_scope=enterprises.in_promise_scope(enterprise),
        place=report.place, category=report.category)


def _start_variables(session: Session, issue: Issue, enterprise: Enterprise, report: Report,
                     actor: Actor) -> dict[str, Any]:
    return {
        "number": issue.number, "title": issue.title, "channel": issue.channel, "place": issue.place,
        "intake_unit": _intake_of(session, report, actor), "registered_at": issue.registered_at.isoformat(),
        "promise_scope": issue.promise_scope, "key_enterprise": enterprise.key_enterprise, "leader_unit": LEADERS,
        "enterprise_difficulty": enterprise.difficulty, "category": issue.category,
    }


def _intake_of(session: Session, report: Report, actor: Actor) -> str:
    """An officer who takes a report in does so in the unit whose intake they hold, the acting post first."""
    if report.channel != "portal":
        acting = [actor.acting] if actor.acting else []
        held = [unit for unit, position in (*acting, *sorted(actor.posts)) if position == "intake"]
        if held:
            return held[0]
    return intake_unit(session, report.place)


def _complete_collecting(session: Session, issue: Issue, actor: Actor, now: datetime, calendar: Calendar) -> None:
    """Finishes the step of collecting if it is this officer's; the form's tick says that they spoke with somebody."""
    item = session.scalars(select(WorkItem).where(WorkItem.issue_id == issue.id, WorkItem.stage == "collect",
                                                  WorkItem.status == "open")).first()
    if item is None or (item.unit_code, item.position_code) not in actor.posts:
        return
    form = current_version(session, PROCESS).forms.get(item.form)
    spoken = form is not None and "contacted" in form.writes() and issue.channel in _SPOKEN
    cases.complete_item(session, item.id, {"contacted": True} if spoken else {}, actor=actor, now=now,
                        calendar=calendar)
