"""The cases behind a figure: the query that its definition is."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar, TypeVarTuple

from sqlalchemy import ColumnElement, Select, exists, false, func, literal, literal_column, not_, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

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
Columns = TypeVarTuple("Columns")
PAGE = 50
MOST_COUNTED = 999
MOST_EXPORTED = 20_000
_NONE: ColumnElement[int] = literal_column("0")
"""as the indexes say it, by which the planner knows them"""


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


def find(session: Session, actor: Actor, measure: Measure, part: Part, question: Question, page: int,
         now: datetime) -> Page[Case]:
    """A page of the cases, of the latest month first and in it the newest, of those that the person may see."""
    listed = _listed(measure, part, question, now).where(visible_issues(actor))
    counted = listed.asking(select(literal(1))).limit(MOST_COUNTED + 1).subquery()
    total = session.scalar(select(func.count()).select_from(counted)) or 0
    more = total > MOST_COUNTED
    page = page if more else min(page, max(1, -(-total // PAGE)))
    return Page(listed.read(session, PAGE, (page - 1) * PAGE), min(total, MOST_COUNTED), page, more)


def find_all(session: Session, actor: Actor, measure: Measure, part: Part, question: Question,
             now: datetime) -> list[Case]:
    """All of them for the workbook, MOST_EXPORTED at the most."""
    return _listed(measure, part, question, now).where(visible_issues(actor)).read(session, MOST_EXPORTED)


@dataclass(frozen=True, slots=True)
class Listed:
    """Cases in an order: what Issue and CaseFact meet; `by_share` when CaseShare is among the conditions."""
    conditions: Sequence[ColumnElement[bool]]
    order: Sequence[Any]
    by_share: bool = False

    def where(self, *more: ColumnElement[bool]) -> Listed:
        return replace(self, conditions=(*self.conditions, *more))

    def asking(self, columns: Select[*Columns]) -> Select[*Columns]:
        """These columns of the cases, in no order."""
        asked = columns.select_from(CaseFact).join(Issue, Issue.id == CaseFact.issue_id)
        if self.by_share:
            asked = asked.join(CaseShare, CaseShare.issue_id == CaseFact.issue_id)
        return asked.where(*self.conditions)

    def read(self, session: Session, limit: int, offset: int = 0) -> list[Case]:
        """The cases from one place on, in their order."""
        rows = session.execute(self.asking(select(Issue, CaseFact)).options(joinedload(Issue.enterprise))
                               .order_by(*self.order).limit(limit).offset(offset))
        return [Case(issue, fact) for issue, fact in rows]


def _listed(measure: Measure, part: Part, question: Question, now: datetime) -> Listed:
    """The cases that belong to a part of a figure."""
    if measure.form is Form.OVERDUE:
        return Listed(overdue.conditions(question, now), (CaseFact.issue_id.desc(),))
    month = CaseFact.opened_month if measure.month == "opened" else CaseFact.closed_month
    found = [month.between(question.months.first, question.months.last), *_meet(measure.among), *chosen(question)]
    if part == "hits":
        found += _meet(measure.hits)
    elif part == "missed":
        found += _meet(measure.missed) or [false()]
    if measure.form is Form.HOURS:
        found.append(CaseFact.hours.is_not(None))
    if measure.sums:
        return _by_share(measure, question, Listed(found, (month.desc(), CaseFact.issue_id.desc())))
    if question.units is not None:
        found.append(CaseFact.unit.in_(question.units))
    return Listed(found, (month.desc(), CaseFact.issue_id.desc()))


def _meet(terms: Terms) -> list[ColumnElement[bool]]:
    """As literals, by which the planner knows the indexes that hold the rarer answer alone."""
    return [getattr(CaseFact, column).is_(values[0]) if len(values) == 1 else getattr(CaseFact, column).is_not(None)
            for column, values in terms.items()]


def _by_share(measure: Measure, question: Question, listed: Listed) -> Listed:
    """Those of which a unit that is counted has some of what the measure adds up. A unit's cases are found by its
    shares, in their order; all units' among the facts, since most cases have such a share."""
    if question.units is None:
        whose = CaseShare.unit.not_in((ENTERPRISE, NOBODY))
        of_units = exists().where(CaseShare.issue_id == CaseFact.issue_id, whose, _some(measure, CaseShare))
        sent = [getattr(CaseFact, column) > _NONE for column in measure.sums if measure.form is Form.TIMES]
        return listed.where(of_units, *sent)
    month = CaseShare.opened_month if measure.month == "opened" else CaseShare.closed_month
    another = aliased(CaseShare)
    counted_before = exists().where(another.issue_id == CaseShare.issue_id, another.unit.in_(question.units),
                                    another.unit < CaseShare.unit, _some(measure, another))
    return replace(listed.where(CaseShare.unit.in_(question.units), _some(measure, CaseShare), not_(counted_before),
                                month.between(question.months.first, question.months.last)),
                   order=(month.desc(), CaseShare.issue_id.desc()), by_share=True)


def _some(measure: Measure, share: type[CaseShare]) -> ColumnElement[bool]:
    return or_(*(getattr(share, column) > _NONE for column in measure.sums))
