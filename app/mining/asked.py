"""What a page of the process is asked for, by the address bar: the measures' own question, a version, and a figure."""
from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.cases.definitions import version_of
from app.issues.registration import PROCESS
from app.measures import question
from app.measures.question import Question
from app.models import CaseRoute, Definition
from workflows.sentence import say
from workflows.versions import ProcessVersion

Show = Literal["count", "waiting", "working"]
MOST_PARSED = 20
"""versions in which the names of elements are looked for"""
SHOWS: tuple[Show, ...] = ("count", "waiting", "working")


@dataclass(frozen=True, slots=True)
class Asked:
    """The cases that are looked at: those registered in the question's months, of its units, category and level, on a
    `version` ('' for all). `show` is the figure that colours the diagram."""
    question: Question
    version: str = ""
    show: Show = "count"

    def address(self, **different: str) -> dict[str, str]:
        """The question as it stands in an address."""
        given = {**self.question.address(), "version": self.version,
                 "show": self.show if self.show != SHOWS[0] else "", **different}
        return {name: value for name, value in given.items() if value and name != "measure"}

    @property
    def cases(self) -> list[ColumnElement[bool]]:
        """Which CaseRoutes are looked at. `units` of the question are those that the person may see."""
        asked = self.question
        found: list[ColumnElement[bool]] = [CaseRoute.month.between(asked.months.first, asked.months.last)]
        if asked.units is not None:
            found.append(CaseRoute.unit.in_(asked.units))
        for column, value in ((CaseRoute.category, asked.category), (CaseRoute.level, asked.level),
                              (CaseRoute.version, self.version)):
            if value:
                found.append(column == value)
        return found


def parse(args: Mapping[str, str], units: Collection[str], within: frozenset[str] | None, versions: Collection[str],
          now: datetime) -> Asked:
    """The question of an address, within a person's scope. What is unknown or out of it is left out."""
    version, show = args.get("version", ""), args.get("show", "")
    return Asked(question.parse(args, units, (), within, now), version if version in versions else "",
                 show if show in SHOWS else "count")


def versions(session: Session) -> dict[str, str]:
    """The published versions of the process that handles issues, the newest first: {hash: words}."""
    found = session.execute(select(Definition.hash, Definition.published_at).where(
        Definition.key == PROCESS).order_by(Definition.published_at, Definition.hash)).all()
    return {row.hash: say("第%(number)s版（%(day)s）", number=number, day=f"{row.published_at:%Y-%m-%d}")
            for number, row in reversed(list(enumerate(found, start=1)))}


def drawn(session: Session, asked: Asked) -> ProcessVersion | None:
    """The version whose diagrams are shown: the one that is asked for, else the current one; None before any."""
    hash = asked.version or session.scalar(select(Definition.hash).where(Definition.key == PROCESS).order_by(
        Definition.current.desc(), Definition.published_at.desc()).limit(1))
    return version_of(session, hash) if hash else None


def names(session: Session, version: ProcessVersion | None, elements: Collection[str]) -> dict[str, str]:
    """What elements are called: as the version that is drawn has it, else as the newest one that has them. Versions are
    parsed once a process, and no more than MOST_PARSED are looked through."""
    found: dict[str, str] = {}
    gone = set(elements)
    for each in _newest_first(session, version):
        known = {element: each.elements[element].name or element for element in gone if element in each.elements}
        found |= known
        gone -= known.keys()
        if not gone:
            break
    return found | {element: element for element in gone}


def _newest_first(session: Session, drawn_first: ProcessVersion | None) -> Iterator[ProcessVersion]:
    if drawn_first is not None:
        yield drawn_first
    for hash in session.scalars(select(Definition.hash).where(Definition.key == PROCESS).order_by(
            Definition.published_at.desc()).limit(MOST_PARSED)).all():
        yield version_of(session, hash)
