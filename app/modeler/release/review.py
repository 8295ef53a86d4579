"""What an administrator is shown before a version becomes current: differences, findings of the checks, preflight."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import definitions
from app.cases.errors import NotFound
from app.modeler import hints
from app.modeler.fleet import standing
from app.modeler.release import preflight, proposals, rules
from app.models import Definition, Position, ProcessDraft, Publication
from workflows.differences import Differences, differences
from workflows.errors import Problem
from workflows.policy import Broken
from workflows.reading import read
from workflows.sentence import say
from workflows.versions import check

DRAFT = "draft"
PROPOSAL = "proposal-"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared. `address` is how the page's address names it, `at` when it was made."""
    address: str
    label: str
    files: Mapping[str, str]
    at: datetime | None = None
    base: str | None = None
    """of a draft: the version that it was begun from"""


@dataclass(frozen=True, slots=True)
class Told:
    """A finding of the checks with the name of what it is about, where it has one."""
    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Review:
    """`old` is None where there is no version to compare with."""
    old: Side | None
    new: Side
    differences: Differences
    problems: list[Told]
    broken: list[Broken]
    """rules of policy that the old side keeps and the new one does not"""
    findings: list[preflight.Finding]
    hints: list[hints.Group]


def review(session: Session, key: str, new: Side, now: datetime, effective_at: datetime | None = None,
           base_hash: str | None = None, proposer: int | None = None) -> Review:
    """What `new` would change, held against `base_hash` or the current version. `proposer` is whoever wants it, while
    it is open whether others will agree."""
    base = session.get(Definition, base_hash) if base_hash else definitions.current(session, key)
    old = None if base is None else _of(session, base)
    compared = differences(old.files if old else {}, new.files, proposals.code_names(session)) if old else Differences()
    problems = check(key, new.files, set(session.scalars(select(Position.code))))
    found = [] if problems else preflight.findings(session, key, new.files, now, effective_at)
    broken = [] if problems else rules.newly_broken(key, new.files, base)
    if proposer is not None and not problems and (old is None or compared.weighty or broken):
        found += preflight.agreeing(session, proposer)
    groups = [] if problems else hints.hints(session, key, new.files, old.files if old else None)
    return Review(old, new, compared, told(key, new.files, problems), broken, found, groups)


def told(key: str, files: Mapping[str, str], problems: list[Problem]) -> list[Told]:
    """Findings by the names that people know."""
    elements = read(key, files).elements if problems else {}
    return [Told(elements[problem.element].name or problem.element if problem.element in elements else
                 problem.element or problem.file, problem.reason) for problem in problems]


def side(session: Session, key: str, address: str) -> Side:
    """What an address names: a version by its hash, `draft`, `proposal-7`. Raises NotFound."""
    if address == DRAFT:
        draft = session.scalar(select(ProcessDraft).where(ProcessDraft.key == key))
        if draft is not None:
            return Side(DRAFT, say("草稿"), draft.files, draft.changed_at, draft.base_hash)
    elif address.startswith(PROPOSAL) and (number := address.removeprefix(PROPOSAL)).isdecimal() and len(number) < 15:
        publication = session.get(Publication, int(number))
        if publication is not None and publication.key == key:
            return of_proposal(publication)
    else:
        definition = session.get(Definition, address)
        if definition is not None and definition.key == key:
            return _of(session, definition)
    raise NotFound(say("没有这个版本。"))


def of_proposal(publication: Publication) -> Side:
    """A proposal's files."""
    return Side(f"{PROPOSAL}{publication.id}", say("提议的版本"), publication.files, publication.proposed_at)


def compare(session: Session, old: Side, new: Side) -> Differences:
    """The differences of two sides, with units and positions by name."""
    return differences(old.files, new.files, proposals.code_names(session))


def as_pictures(found: Differences) -> list[dict[str, Any]]:
    """The diagrams that differ, for the page's script: name, both files, and what each element's change is."""
    texts = {change.element: str(change.text) for change in found.changes if change.element is not None}
    return [{"name": pair.name, "old": pair.old, "new": pair.new,
             "marks": [{"id": id, "kind": kind, "text": texts.get(id, "")} for id, kind in pair.marks.items()]}
            for pair in found.diagrams]


def _of(session: Session, definition: Definition) -> Side:
    label = say("当前版本") if definition.current else say(
        "第%(number)s版", number=standing.numbers(session, definition.key)[definition.hash])
    return Side(definition.hash, label, definition.files, definition.published_at)
