"""Where rework comes from: which step sent a case back to which, by which post, how often, and why."""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from app.cases.definitions import version_of
from app.mining.asked import Asked
from app.models import CaseBack, CaseRoute, Instance, Issue, WorkItem
from workflows.forms import value_fields

MOST = 50
"""lines that a page shows, the most frequent first"""
NEWEST = 500
"""cases whose reasons are read"""
REASONS = 3
Key = tuple[str, str, str, str, str]
"""(origin, target, kind, unit, position)"""
_Origin = aliased(WorkItem)


@dataclass(frozen=True, slots=True)
class Line:
    """How often a post sent cases back from one step to another, how many cases that was, and the reasons that its
    newest ones gave, the most frequent first: (words, how often)."""
    origin: str
    target: str
    kind: str
    unit: str
    position: str
    times: int
    cases: int
    reasons: Sequence[tuple[str, int]]

    @property
    def key(self) -> Key:
        return self.origin, self.target, self.kind, self.unit, self.position


def find(session: Session, asked: Asked) -> list[Line]:
    """The lines of the cases that are looked at."""
    by = (CaseBack.origin, CaseBack.target, CaseBack.kind, CaseBack.unit, CaseBack.position)
    rows = session.execute(
        select(*by, func.count().label("times"), func.count(CaseBack.issue_id.distinct()).label("cases"))
        .join(CaseRoute, CaseRoute.issue_id == CaseBack.issue_id).where(*asked.cases).group_by(*by)
        .order_by(func.count().desc(), *by).limit(MOST)).all()
    why = reasons(session, asked.cases)
    return [Line(*key, times, cases, Counter(why.get(key, {}).values()).most_common(REASONS))
            for *key_, times, cases in rows if (key := cast(Key, tuple(key_)))]


def reasons(session: Session, where: Sequence[ColumnElement[bool]]) -> Mapping[Key, Mapping[int, str]]:
    """{line: {work item that was opened again: reason}} of the newest ones. They stay in the work items, where they may
    be erased: what was written at the return, else what the form that led back asked for in words."""
    rows = session.execute(
        select(CaseBack, WorkItem.return_reason, _Origin.answer, _Origin.form, Instance.definition_hash)
        .join(CaseRoute, CaseRoute.issue_id == CaseBack.issue_id)
        .join(WorkItem, WorkItem.id == CaseBack.work_item_id).join(_Origin, _Origin.id == CaseBack.origin_item_id)
        .join(Issue, Issue.id == CaseBack.issue_id).join(Instance, Instance.id == Issue.instance_id)
        .where(*where).order_by(CaseBack.at.desc(), CaseBack.work_item_id.desc()).limit(NEWEST)).all()
    found: dict[Key, dict[int, str]] = defaultdict(dict)
    for back, written, answer, form, version in rows:
        reason = written or _in_words(session, answer, form, version)
        if reason:
            found[back.origin, back.target, back.kind, back.unit, back.position][back.work_item_id] = reason
    return found


def _in_words(session: Session, answer: Mapping[str, Any] | None, form: str, version: str) -> str:
    """The long text that was given in the form: one that was asked for because of another answer, such as why it was
    refused, before one that is always asked for."""
    asked = version_of(session, version).forms.get(form)
    fields = [field for field in value_fields(asked.fields) if field.type == "textarea"] if asked is not None else []
    texts = [(answer or {}).get(field.key) for field in sorted(fields, key=lambda field: field.hide_if is None)]
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")
