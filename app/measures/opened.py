"""The cases behind a figure: the query that its definition is."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from sqlalchemy import ColumnElement, and_, func, literal, literal_column, not_, or_, select, true
from sqlalchemy.orm import Session, joinedload

from app.actor import Actor
from app.issues.visibility import visible_issues
from app.measures import overdue
from app.measures.clock import ENTERPRISE, NOBODY
from app.measures.question import Question, chosen
from app.measures.registry import Form, Measure, Terms
from app.models import CaseFact, CaseShare, Issue

Part = Literal["hits", "among", "missed"]
"""the cases that a figure counts, those that it counts them among, or the difference"""
Row = TypeVar("Row")
PAGE = 50
MOST_COUNTED = 999
MOST_EXPORTED = 20_000


@dataclass(frozen=True, slots=True)
class Case:
    """A case with its facts."""
    issue: Issue
    fact: CaseFact


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A page of a list of cases. More than MOST_COUNTED cases are not counted: `more` then."""
    cases: Sequence[Row]
    total: int
    page: int
    more: bool

    @property
    def pages(self) -> int:
        return self.page + 1 if self.more and len(self.cases) == PAGE else max(1, -(-self.total // PAGE))


def conditions(measure: Measure, part: Part, question: Question, now: datetime) -> list[ColumnElement[bool]]:
    """Which facts belong to a part of a figure."""
    if measure.form is Form.OVERDUE:
        return overdue.conditions(question, now)
    month = CaseFact.opened_month if measure.month == "opened" else CaseFact.closed_month
    found = [month.between(question.months.first, question.months.last), *_meet(measure.among), *chosen(question)]
    hits = _meet(measure.hits)
    if part == "hits":
        found += hits
    elif part == "missed":
        found.append(not_(and_(true(), *hits)))
    if measure.form is Form.HOURS:
        found.append(CaseFact.hours.is_not(None))
    if measure.sums:
        found.append(_by_share(measure, question))
    elif question.units is not None:
        found.append(CaseFact.unit.in_(question.units))
    return found


def find(session: Session, actor: Actor, measure: Measure, part: Part, question: Question, page: int,
         now: datetime) -> Page[Case]:
    """A page of the cases, the newest first, of those that the person may see."""
    wanted = (*conditions(measure, part, question, now), visible_issues(actor))
    counted = (select(literal(1)).select_from(CaseFact).join(Issue, Issue.id == CaseFact.issue_id).where(*wanted)
               .limit(MOST_COUNTED + 1).subquery())
    total = session.scalar(select(func.count()).select_from(counted)) or 0
    more = total > MOST_COUNTED
    page = page if more else min(page, max(1, -(-total // PAGE)))
    return Page(read(session, wanted, PAGE, (page - 1) * PAGE), min(total, MOST_COUNTED), page, more)


def find_all(session: Session, actor: Actor, measure: Measure, part: Part, question: Question,
             now: datetime) -> list[Case]:
    """All of them for the workbook, MOST_EXPORTED at the most."""
    return read(session, (*conditions(measure, part, question, now), visible_issues(actor)), MOST_EXPORTED)


def read(session: Session, wanted: Sequence[ColumnElement[bool]], limit: int, offset: int = 0,
         order: Sequence[Any] = (CaseFact.issue_id.desc(),)) -> list[Case]:
    """Cases that meet conditions on Issue and CaseFact, the newest first unless another order is asked for."""
    rows = session.execute(select(Issue, CaseFact).join(CaseFact, CaseFact.issue_id == Issue.id).where(*wanted)
                           .options(joinedload(Issue.enterprise)).order_by(*order).limit(limit).offset(offset))
    return [Case(issue, fact) for issue, fact in rows]


def _meet(terms: Terms) -> list[ColumnElement[bool]]:
    return [getattr(CaseFact, column).in_(values) for column, values in terms.items()]


def _by_share(measure: Measure, question: Question) -> ColumnElement[bool]:
    """A unit that is counted has some of what the measure adds up."""
    some = or_(*(getattr(CaseShare, column) > literal_column("0") for column in measure.sums))  # as the index says it
    whose = (CaseShare.unit.in_(question.units) if question.units is not None
             else CaseShare.unit.not_in((ENTERPRISE, NOBODY)))
    return CaseFact.issue_id.in_(select(CaseShare.issue_id).where(whose, some))
