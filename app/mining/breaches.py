"""Promises that cases did not keep: how many cases broke each, of how many."""
from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.mining.asked import Asked
from app.mining.clauses import CLAUSES
from app.models import BreachRule, CaseBreach, CaseRoute

_OWN = {clause.rule: clause.words for clause in CLAUSES}
"""what the product itself words, in sentences that can be told in another language"""


@dataclass(frozen=True, slots=True)
class Line:
    """A promise: its clause and words, how many cases broke it, and how many of those still run."""
    rule: str
    clause: str
    words: str
    cases: int
    running: int


def find(session: Session, asked: Asked) -> list[Line]:
    """The promises that the cases that are looked at broke, most often broken first."""
    rows = session.execute(
        select(BreachRule.rule, BreachRule.clause, BreachRule.words, func.count(), func.count(CaseRoute.seconds))
        .join(CaseBreach, CaseBreach.rule == BreachRule.rule)
        .join(CaseRoute, CaseRoute.issue_id == CaseBreach.issue_id).where(*asked.cases)
        .group_by(BreachRule.rule, BreachRule.clause, BreachRule.words).order_by(func.count().desc(), BreachRule.rule))
    return [Line(rule, clause, _OWN.get(rule, words), cases, cases - ended)
            for rule, clause, words, cases, ended in rows]


def unbroken(session: Session, asked: Asked) -> int:
    """How many of the cases kept everything that can be judged."""
    breaking = exists().where(CaseBreach.issue_id == CaseRoute.issue_id).correlate(CaseRoute)
    return session.scalar(select(func.count()).select_from(CaseRoute).where(*asked.cases, ~breaking)) or 0


def said(session: Session, rule: str) -> tuple[str, str] | None:
    """(clause, words) of a promise that was ever broken."""
    found = session.get(BreachRule, rule)
    return (found.clause, _OWN.get(rule, found.words)) if found is not None else None
