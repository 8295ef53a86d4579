"""What a bulletin tells of single cases, and of whose the time of those that ended was."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.issues.visibility import visible_issues
from app.measures import overdue
from app.measures.clock import Kind
from app.measures.opened import Case, Listed
from app.measures.question import Question, chosen
from app.models import CaseFact, CaseShare
from workflows.calendar import Calendar
from workflows.sentence import Sentence, say

MOST_OVERDUE = 30
MOST_NOTABLE = 20
LONGEST = 3
"""so many of the month's longest cases are notable"""
OFTEN = 2
"""sent away so often, a case is"""


@dataclass(frozen=True, slots=True)
class Notable:
    """A case with the reasons why it is worth a look."""
    case: Case
    reasons: Sequence[Sentence]


@dataclass(frozen=True, slots=True)
class Held:
    """Of how many cases a unit had some time, and how many seconds of each kind."""
    unit: str
    cases: int
    seconds: dict[Kind, int]

    @property
    def total(self) -> int:
        return sum(self.seconds.values())


def late(session: Session, actor: Actor, question: Question, now: datetime) -> list[Case]:
    """Of the cases that are open past their limit, those whose limit is the earliest."""
    return Listed((*overdue.conditions(question, now), visible_issues(actor)),
                  (CaseFact.due_at, CaseFact.issue_id)).read(session, MOST_OVERDUE)


def days_late(case: Case, now: datetime, calendar: Calendar) -> int:
    """Working days past its limit."""
    return overdue.age(case.fact.due_at, now, calendar) if case.fact.due_at else 0


def notable(session: Session, actor: Actor, question: Question) -> list[Notable]:
    """Cases of the month, registered or ended in it, that were sent away often, worked on again, without a plan after
    five days or not solved, and the longest; those with the most to say first."""
    month = question.months.first
    sent = CaseFact.returns + CaseFact.refusals
    ended = CaseFact.closed_month == month
    scope = [*chosen(question), visible_issues(actor)]
    if question.units is not None:
        scope.append(CaseFact.unit.in_(question.units))
    displeased = and_(ended, or_(CaseFact.reworks > 0, CaseFact.solved.is_(False)))
    odd = or_(sent >= OFTEN, CaseFact.plan_breached.is_(True), displeased)
    of_month = Listed((*scope, or_(ended, CaseFact.opened_month == month), odd),
                      (CaseFact.reworks.desc(), sent.desc(), CaseFact.issue_id))
    longest = Listed((*scope, ended, CaseFact.settled.is_(True), CaseFact.hours > 0),
                     (CaseFact.hours.desc(), CaseFact.issue_id))
    found = {case.issue.id: Notable(case, _reasons(case, month)) for case in of_month.read(session, MOST_NOTABLE)}
    for case in longest.read(session, LONGEST):
        known = found.get(case.issue.id, Notable(case, ()))
        found[case.issue.id] = Notable(case, (*known.reasons, say("办结用时本月最长之一（%(hours)s工作小时）",
                                                                 hours=case.fact.hours)))
    return sorted(found.values(), key=lambda each: (-len(each.reasons), each.case.issue.id))[:MOST_NOTABLE]


def time_by_unit(session: Session, question: Question) -> list[Held]:
    """Whose the working time of the cases was that were settled in the month, the unit with the most first."""
    kinds = {kind: func.sum(getattr(CaseShare, kind.value)) for kind in Kind}
    some: ColumnElement[int] = sum((getattr(CaseShare, kind.value) for kind in Kind), literal(0))
    wanted = [CaseFact.closed_month == question.months.first, CaseFact.settled.is_(True), some > 0, *chosen(question)]
    if question.units is not None:
        wanted.append(CaseShare.unit.in_(question.units))
    rows = session.execute(select(CaseShare.unit, func.count(), *kinds.values())
                           .join(CaseFact, CaseFact.issue_id == CaseShare.issue_id).where(*wanted)
                           .group_by(CaseShare.unit))
    found = [Held(unit, cases, dict(zip(kinds, map(int, seconds), strict=True))) for unit, cases, *seconds in rows]
    return sorted(found, key=lambda held: (-held.total, held.unit))


def _reasons(case: Case, month: str) -> list[Sentence]:
    fact = case.fact
    found = []
    if fact.reworks:
        found.append(say("责令重办%(times)s次", times=fact.reworks))
    if fact.refusals:
        found.append(say("推诿%(times)s次", times=fact.refusals))
    if fact.returns:
        found.append(say("退回%(times)s次", times=fact.returns))
    if fact.plan_breached:
        found.append(say("五个工作日内没有方案"))
    if fact.solved is False and fact.closed_month == month:
        found.append(say("企业认为没有解决"))
    return found
