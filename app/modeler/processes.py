"""The processes that there are, their versions, and how many cases run on each."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cases.errors import NotFound
from app.modeler.editor.surroundings import Surroundings
from app.modeler.fleet import standing
from app.models import Definition, Instance, ProcessDraft, User
from app.models.case import UNDER_WAY
from workflows.sentence import say
from workflows.versions import content_hash


@dataclass(frozen=True, slots=True)
class Process:
    """A process in the list. `current` is None when no new case starts on it (retired, or never published)."""
    key: str
    name: str
    current: str | None
    published_at: datetime | None
    versions: int
    running: int
    draft_changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Version:
    """A published version with who published it, and its running cases. `number` counts from the first, which is 1."""
    definition: Definition
    number: int
    by: str | None
    running: int


def processes(session: Session) -> list[Process]:
    """Every process with a version or a draft, by key."""
    rows = session.scalars(select(Definition).order_by(Definition.key, Definition.published_at)).all()
    drafts = {draft.key: draft for draft in session.scalars(select(ProcessDraft))}
    running = _running(session)
    found = []
    for key in sorted({row.key for row in rows} | set(drafts)):
        own = [row for row in rows if row.key == key]
        current = next((row for row in own if row.current), None)
        newest = current or (own[-1] if own else None)
        draft = drafts.get(key)
        name = newest.name if newest else Surroundings.of(drafts[key]).name()
        found.append(Process(key, name, current.hash if current else None,
                             newest.published_at if newest else None, len(own),
                             sum(running.get(row.hash, 0) for row in own), draft.changed_at if draft else None))
    return found


def versions(session: Session, key: str) -> Sequence[Version]:
    """The versions of a process, newest first. Raises NotFound when there is none and no draft either."""
    rows = session.execute(select(Definition, User.name).outerjoin(User, User.id == Definition.published_by)
                           .where(Definition.key == key)
                           .order_by(Definition.published_at.desc(), Definition.hash)).all()
    if not rows and session.scalar(select(ProcessDraft.id).where(ProcessDraft.key == key)) is None:
        raise NotFound(say("没有流程“%(key)s”。", key=key))
    running, numbers = _running(session), standing.numbers(session, key)
    return [Version(definition, numbers[definition.hash], name, running.get(definition.hash, 0))
            for definition, name in rows]


def has_draft(session: Session, key: str) -> bool:
    """Whether there is a draft of a process that differs from its current version."""
    draft = session.scalar(select(ProcessDraft.files).where(ProcessDraft.key == key))
    current = session.scalar(select(Definition.hash).where(Definition.key == key, Definition.current))
    return draft is not None and content_hash(draft) != current


def _running(session: Session) -> dict[str, int]:
    rows = session.execute(select(Instance.definition_hash, func.count()).where(Instance.status.in_(UNDER_WAY))
                           .group_by(Instance.definition_hash))
    return {row[0]: row[1] for row in rows}
