"""The cases behind a figure of these pages, page by page."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from app.actor import Actor
from app.issues.visibility import visible_issues
from app.measures.opened import MOST_COUNTED, PAGE, Page
from app.mining import rework
from app.mining.asked import Asked
from app.models import CaseBack, CaseBreach, CasePass, CaseRoute, CaseStep, Issue

FILTERS: Mapping[str, Mapping[str, InstrumentedAttribute[str]]] = {
    "step": {"element": CaseStep.element_id, "holder": CaseStep.unit, "position": CaseStep.position},
    "event": {"element": CasePass.element_id},
    "back": {"origin": CaseBack.origin, "target": CaseBack.target, "kind": CaseBack.kind, "holder": CaseBack.unit,
             "position": CaseBack.position},
    "breach": {"rule": CaseBreach.rule}, "variant": {"variant": CaseRoute.variant}}
"""what a list may be of: {its kind: {name in the address: column}}"""
_TABLES: Mapping[str, type[CaseStep] | type[CasePass] | type[CaseBack] | type[CaseBreach]] = {
    "step": CaseStep, "event": CasePass, "back": CaseBack, "breach": CaseBreach}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases: of what kind of figure, and the values of its columns. `open`: those where such a step is open."""
    kind: str
    values: Mapping[str, str]
    open: bool = False

    def address(self) -> dict[str, str]:
        return {"of": self.kind, **self.values, **({"open": "1"} if self.open else {})}


@dataclass(frozen=True, slots=True)
class Case:
    """A case. `reasons` are why it came back, `since` is from when on it broke the promise that is asked for."""
    issue: Issue
    route: CaseRoute
    reasons: Sequence[str]
    since: datetime | None


def parse(args: Mapping[str, str]) -> Wanted | None:
    """The list of an address; None when it names none."""
    kind = args.get("of", "")
    if kind not in FILTERS:
        return None
    values = {name: args[name][:120] for name in FILTERS[kind] if args.get(name)}
    return Wanted(kind, values, kind == "step" and args.get("open") == "1")


def find(session: Session, actor: Actor, asked: Asked, wanted: Wanted, page: int) -> Page[Case]:
    """A page of the cases, the newest first, of those that the person may see."""
    where = [*asked.cases, *_conditions(wanted), visible_issues(actor)]
    counted = (select(literal(1)).select_from(CaseRoute).join(Issue, Issue.id == CaseRoute.issue_id).where(*where)
               .limit(MOST_COUNTED + 1).subquery())
    total = session.scalar(select(func.count()).select_from(counted)) or 0
    more = total > MOST_COUNTED
    page = page if more else min(page, max(1, -(-total // PAGE)))
    rows = session.execute(
        select(Issue, CaseRoute).join(CaseRoute, CaseRoute.issue_id == Issue.id).where(*where)
        .options(joinedload(Issue.enterprise)).order_by(CaseRoute.issue_id.desc()).limit(PAGE)
        .offset((page - 1) * PAGE)).all()
    ids = [issue.id for issue, _ in rows]
    why, since = _reasons(session, wanted, ids), _since(session, wanted, ids)
    return Page([Case(issue, route, why.get(issue.id, ()), since.get(issue.id)) for issue, route in rows],
                min(total, MOST_COUNTED), page, more)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    columns = FILTERS[wanted.kind]
    conditions: list[ColumnElement[bool]] = [columns[name] == value for name, value in wanted.values.items()]
    if wanted.kind == "variant":
        return [*conditions, CaseRoute.ended.is_(True)]
    if wanted.open:
        conditions.append(CaseStep.working.is_(None))
    table = _TABLES[wanted.kind]
    return [CaseRoute.issue_id.in_(select(table.issue_id).where(*conditions))]


def _reasons(session: Session, wanted: Wanted, ids: Sequence[int]) -> dict[int, list[str]]:
    if wanted.kind != "back":
        return {}
    where = [CaseBack.issue_id.in_(ids), *(FILTERS["back"][name] == value for name, value in wanted.values.items())]
    items = {item: reason for found in rework.reasons(session, where).values() for item, reason in found.items()}
    told: dict[int, list[str]] = {}
    for item, issue in session.execute(select(CaseBack.work_item_id, CaseBack.issue_id).where(*where).order_by(
            CaseBack.work_item_id)):
        if item in items:
            told.setdefault(issue, []).append(items[item])
    return told


def _since(session: Session, wanted: Wanted, ids: Sequence[int]) -> dict[int, datetime]:
    if wanted.kind != "breach":
        return {}
    return dict(session.execute(select(CaseBreach.issue_id, CaseBreach.at).where(
        CaseBreach.issue_id.in_(ids), CaseBreach.rule == wanted.values.get("rule", ""))).all())
