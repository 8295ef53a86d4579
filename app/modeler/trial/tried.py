"""What is tried: the draft of a process, or one of its versions, read by the engine's own reader.

Files that are only tried are parsed for the trial; the last few are kept, since one is looked at many times over.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.errors import NotFound
from app.modeler.editor import drafts
from app.models import Definition
from workflows.sentence import say
from workflows.versions import ProcessVersion, content_hash, parse_version

DRAFT = "draft"
_SUFFIX = ".form.json"


@dataclass(frozen=True, slots=True)
class Tried:
    """Files of a process. `what` is 'draft' or the hash of a version; `hash` that of the files."""
    key: str
    what: str
    files: Mapping[str, str]
    hash: str

    def version(self) -> ProcessVersion:
        """The files, read. Raises DefinitionRefused with what is wrong with them."""
        return version_of(self.key, self.files)


def find(session: Session, key: str, what: str) -> Tried:
    """The draft of a process, or the version whose hash `what` is. Raises NotFound."""
    if what == DRAFT:
        draft = drafts.find(session, key)
        files = draft.files if draft is not None else None
    else:
        files = session.scalar(select(Definition.files).where(Definition.key == key, Definition.hash == what))
    if files is None:
        raise NotFound(say("这个流程没有草稿。") if what == DRAFT else say("没有这个版本。"))
    return Tried(key, what, files, content_hash(files))


def default(session: Session, key: str) -> str:
    """What is tried where nobody says: the draft where there is one, else the version that new cases start on, else
    the newest. Raises NotFound for a process that is not there."""
    if drafts.find(session, key) is not None:
        return DRAFT
    newest = session.scalar(select(Definition.hash).where(Definition.key == key)
                            .order_by(Definition.current.desc(), Definition.published_at.desc()).limit(1))
    if newest is None:
        raise NotFound(say("没有流程“%(key)s”。", key=key))
    return newest


def name_of(session: Session, key: str) -> str:
    """What the process is called."""
    return session.scalar(select(Definition.name).where(Definition.key == key)
                          .order_by(Definition.current.desc(), Definition.published_at.desc()).limit(1)) or key


def version_of(key: str, files: Mapping[str, str]) -> ProcessVersion:
    """The version that these files make. Raises DefinitionRefused."""
    return _parsed(key, orjson.dumps(dict(files), option=orjson.OPT_SORT_KEYS))


@lru_cache(maxsize=8)
def _parsed(key: str, files: bytes) -> ProcessVersion:
    return parse_version(key, orjson.loads(files))


def form_texts(files: Mapping[str, str]) -> dict[str, str]:
    """The forms of a version as text, by name."""
    return {path.rsplit("/", 1)[-1].removesuffix(_SUFFIX): text for path, text in files.items()
            if path.endswith(_SUFFIX)}
