"""Likely duplicates (C5: no double handling): the same enterprise's issues whose words are alike.

Chinese has no spaces between words, so texts are compared by pairs of neighbouring characters (bigrams) with the
Sørensen–Dice coefficient. Only the same enterprise is looked at: neighbours with the same power cut are different
issues, each of which gets its own answer.
"""
from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.issues.categories import CATEGORIES, OPEN_STATUSES
from app.models import Enterprise, Issue
from workflows.sentence import listed, say

LIKELY = 0.45
"""From this score on an issue is shown as a likely duplicate."""
_LOOK_BACK = timedelta(days=180)
_MAX_CANDIDATES = 60
_MAX_CHARACTERS = 1500
_TITLE_WEIGHT = 0.6


@dataclass(frozen=True, slots=True)
class Likeness:
    """An issue of the same enterprise beside the one looked at. `score` 0–1; `reason` says what the score rests on."""
    issue: Issue
    score: float
    reason: str

    @property
    def likely(self) -> bool:
        return self.score >= LIKELY


def bigrams(text: str) -> Counter[str]:
    """How often each pair of neighbouring characters occurs; punctuation, spaces, case and width do not count."""
    kept = "".join(c for c in unicodedata.normalize("NFKC", text[:_MAX_CHARACTERS]).lower() if c.isalnum())
    return Counter(kept[i:i + 2] for i in range(len(kept) - 1)) if len(kept) > 1 else Counter([kept] if kept else [])


def similarity(a: str, b: str) -> float:
    """The Dice coefficient of the two texts' bigrams, 0 (nothing in common) to 1 (the same)."""
    first, second = bigrams(a), bigrams(b)
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 0.0


def others_of_enterprise(session: Session, issue: Issue, *, now: datetime) -> list[Likeness]:
    """The enterprise's other issues that are open or were registered in the last 180 days, most alike first.

    An enterprise that was entered twice (once without its credit code) is found by its name as well.
    """
    name = select(Enterprise.name).where(Enterprise.id == issue.enterprise_id).scalar_subquery()
    entered = select(Enterprise.id).where(or_(Enterprise.id == issue.enterprise_id, Enterprise.name == name))
    candidates = session.scalars(
        select(Issue)
        .where(Issue.enterprise_id.in_(entered), Issue.id != issue.id,
               or_(Issue.status.in_(OPEN_STATUSES), Issue.registered_at >= now - _LOOK_BACK),
               Issue.status != "merged")
        .order_by(Issue.registered_at.desc(), Issue.id.desc()).limit(_MAX_CANDIDATES)).all()
    return sorted((compare(issue, other) for other in candidates), key=lambda likeness: -likeness.score)


def compare(issue: Issue, other: Issue) -> Likeness:
    """How alike two issues' title and description are, and the sentence that says so."""
    title = similarity(issue.title, other.title)
    description = similarity(issue.description, other.description)
    parts = [say("同一企业"), say("标题相似%(likeness)s", likeness=f"{title:.0%}"),
             say("内容相似%(likeness)s", likeness=f"{description:.0%}")]
    if issue.category and issue.category == other.category:
        parts.append(say("同为%(category)s类", category=CATEGORIES.get(issue.category, issue.category)))
    score = max(_TITLE_WEIGHT * title + (1 - _TITLE_WEIGHT) * description, description)
    return Likeness(other, score, listed(parts))
