"""Published process versions: stored whole, immutable, known by their content hash."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from app.cases.errors import Blocked, CaseError, NotFound
from app.cases.rows import Statement, read, table
from app.db import take_turns
from app.models import Definition, Position
from app.turns import Turn
from workflows.content import read_folder
from workflows.errors import DefinitionRefused
from workflows.sentence import say
from workflows.versions import ProcessVersion, check, load_version

_CURRENT = Statement(select(table(Definition).c.hash).where(table(Definition).c.key == bindparam("wanted"),
                                                             table(Definition).c.current))
_loaded: dict[str, ProcessVersion] = {}
"""by hash: a version never changes, so a process keeps it for good"""


def publish_folder(session: Session, folder: Path, *, now: datetime, user_id: int | None = None,
                   note: str = "") -> Definition:
    """Publishes a process folder of a content pack. Raises DefinitionRefused with what is wrong with it."""
    return publish(session, folder.name, read_folder(folder.parent, folder.name), now=now, user_id=user_id, note=note)


def publish(session: Session, key: str, files: Mapping[str, str], *, now: datetime, user_id: int | None = None,
            note: str = "") -> Definition:
    """Publishes these files as the current version of `key`; the same content again changes nothing but the current
    flag. Raises DefinitionRefused, also for a position that the organisation does not have."""
    version = load_version(key, files)
    take_turn(session)  # of two at once the later one is current, and neither trips over the other
    known = session.get(Definition, version.hash)
    if known is None and (problems := check(key, files, set(session.scalars(select(Position.code))))):
        raise DefinitionRefused(problems)
    if known is None or not known.current:
        session.execute(update(Definition).where(Definition.key == key).values(current=False))
    if known is None:
        known = Definition(hash=version.hash, key=key, name=version.name, files=dict(files), note=note,
                           published_at=now, published_by=user_id)
        session.add(known)
    known.current = True
    session.flush()
    return known


def take_turn(session: Session) -> None:
    """From here to the end of the transaction nobody else changes which version of a process is current."""
    take_turns(session, Turn.PUBLISH)


def retire(session: Session, key: str) -> None:
    """From now on no new instance of `key` starts; those that run go on. Publishing any version ends it."""
    take_turn(session)
    session.execute(update(Definition).where(Definition.key == key).values(current=False))


def current(session: Session, key: str) -> Definition | None:
    """The published version that new instances of `key` start on."""
    return session.scalar(select(Definition).where(Definition.key == key, Definition.current)
                          .execution_options(populate_existing=True))


def current_version(session: Session, key: str) -> ProcessVersion:
    """The version that new instances of `key` start on. Raises NotFound, or Blocked when it is retired."""
    session.flush()
    (found,) = read(session.connection(), (_CURRENT, {"wanted": key}))
    if found is None:
        raise missing(session, key)
    return version_of(session, found.hash)


def missing(session: Session, key: str) -> CaseError:
    """What to say of a process without a current version: it was never published, or it is retired."""
    name = session.scalar(select(Definition.name).where(Definition.key == key)
                          .order_by(Definition.published_at.desc()).limit(1))
    return NotFound(say("还没有发布流程“%(key)s”。", key=key)) if name is None else \
        Blocked(say("“%(name)s”已经停用，现在不能新办。", name=name))


def version_of(session: Session, hash: str) -> ProcessVersion:
    """The version with this hash, parsed once a process."""
    if hash not in _loaded:
        definition = session.get_one(Definition, hash)
        _loaded[hash] = load_version(definition.key, definition.files)
    return _loaded[hash]


def was_published(session: Session, key: str) -> bool:
    """Whether there is any version of `key`, be it retired."""
    return session.scalar(select(Definition.hash).where(Definition.key == key).limit(1)) is not None


def number_of(session: Session, hash: str) -> int:
    """Which version of its process this is, counted from 1 by when they were published."""
    own = session.get_one(Definition, hash)
    earlier = or_(Definition.published_at < own.published_at,
                  and_(Definition.published_at == own.published_at, Definition.hash < own.hash))
    return 1 + (session.scalar(select(func.count()).select_from(Definition).where(Definition.key == own.key, earlier))
                or 0)
