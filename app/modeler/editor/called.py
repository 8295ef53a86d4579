"""Processes that a draft calls and does not hold come along from what is published, and go again when nothing calls
them any more."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Definition
from workflows.content import called_from, pick, process_ids


def callable_processes(session: Session, key: str, held: Sequence[str]) -> list[tuple[str, str]]:
    """The published processes that a draft of `key` could call and does not hold yet: (id, name). One that calls `key`
    itself would go round in a circle."""
    rows = session.execute(select(Definition.key, Definition.name, Definition.files)
                           .where(Definition.current, Definition.key != key).order_by(Definition.key)).all()
    return [(row.key, row.name) for row in rows if row.key not in held and row.key in process_ids(row.files, row.key)
            and not any(path.startswith(f"{key}/") for path in row.files)]


def brought_along(session: Session, key: str, files: Mapping[str, str]) -> dict[str, str | None]:
    """What a draft's files lack of the processes that they call, as {path: text}, and what nothing calls any more, as
    {path: None}. Where something of that was changed, or is in no other process from which it could come again, all of
    it stays."""
    changes: dict[str, str | None] = {}
    held = {path.partition("/")[0] for path in files}
    for called in called_from(files, key):
        if called not in held and (published := _published(session, called)):
            changes |= {path: text for path, text in pick(published, called).items() if path not in files}
    wanted = {path.partition("/")[0] for path in pick({**files, **_texts(changes)}, key)} | {key}
    left = {path: text for path, text in files.items() if path.partition("/")[0] in held - wanted}
    if left and any(left.items() <= published.items() for published in session.scalars(
            select(Definition.files).where(Definition.current, Definition.key != key))):
        changes |= dict.fromkeys(left)
    return changes


def _texts(changes: Mapping[str, str | None]) -> dict[str, str]:
    return {path: text for path, text in changes.items() if text is not None}


def _published(session: Session, key: str) -> dict[str, str]:
    """The files of a process as they are in force; {} without."""
    return session.scalar(select(Definition.files).where(Definition.key == key, Definition.current)) or {}
