"""What a what-if was asked for, in words: what was tried, on which cases, under which calendar, when and by whom."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.modeler.editor import drafts
from app.modeler.fleet import standing
from app.modeler.trial.tried import DRAFT
from app.models import TrialCase, TrialRun, User
from workflows.calendar import Calendar
from workflows.sentence import Sentence, listed, say
from workflows.versions import content_hash

Json = Any


@dataclass(frozen=True, slots=True)
class Asked:
    """The conditions of a run: `what` was tried on which `cases` under which `calendar`, `by` whom."""
    what: Sentence
    cases: Sentence
    calendar: Sentence
    by: str


def asked_for(what: str, closed: int, calendar: Calendar | None, own: Calendar) -> dict[str, Json]:
    """What a run keeps of its question. `own` is the calendar in force, from which tried days differ."""
    tried = {} if calendar is None else calendar.overrides
    return {"what": what, "closed": closed, "days": {
        day.isoformat(): worked for day, worked in sorted(tried.items()) if own.overrides.get(day) != worked}}


def told(session: Session, run: TrialRun) -> Asked:
    """A run's question in words."""
    kept: Mapping[str, Json] = run.asked or {}
    total = session.scalar(select(func.count()).where(TrialCase.run_id == run.id)) or 0
    return Asked(_what(session, run, kept.get("what", DRAFT)), _cases(kept.get("closed"), total),
                 _calendar(run.days, kept.get("days") or {}), session.get_one(User, run.asked_by).name)


def _what(session: Session, run: TrialRun, what: str) -> Sentence:
    if what != DRAFT:
        number = standing.numbers(session, run.key).get(what)
        return say("第%(number)s版", number=number) if number else say("以前的一版")
    draft = drafts.find(session, run.key)
    if draft is not None and content_hash(draft.files) == content_hash(run.files):
        return say("草稿，和现在的一样")
    number = standing.numbers(session, run.key).get(content_hash(run.files))
    return say("草稿，后来发布为第%(number)s版", number=number) if number else say("草稿当时的样子，后来又改过")


def _cases(closed: int | None, total: int) -> Sentence:
    if closed is None:
        return say("共%(total)s件", total=total)
    return say("最近办结的%(closed)s件和在办的全部，共%(total)s件", closed=closed, total=total)


def _calendar(calendar: Mapping[str, Json] | None, days: Mapping[str, bool]) -> Sentence:
    if calendar is None:
        return say("每件事项当时的日历")
    off, worked = ([day for day, works in days.items() if works is wanted] for wanted in (False, True))
    parts = [say("另外%(count)s天休息：%(days)s", count=len(off), days=off)] if off else []
    parts += [say("另外%(count)s天上班：%(days)s", count=len(worked), days=worked)] if worked else []
    return say("当时的日历，%(days)s", days=listed(parts)) if parts else say("当时的日历")
