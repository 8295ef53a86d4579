"""Files of an issue: what is taken, under which name, where it lies.

A file's kind is read from its content, never from what the browser says. Content lies under its SHA-256 in the data
folder, outside the web root, so that one content is kept once and no name of a person's choosing touches the disk.
"""
from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import filetype
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.archives import names_of
from app.issues.errors import FileRefused
from app.models import Attachment
from workflows.sentence import say

MAX_BYTES = 20 * 1024 * 1024
MAX_FILES = 10
"""of an issue's enterprise, and of one sending"""

ALLOWED: dict[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg"), "image/png": ("png",), "image/gif": ("gif",), "image/webp": ("webp",),
    "image/heic": ("heic", "heif"), "image/bmp": ("bmp",), "application/pdf": ("pdf",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx",),
    "application/msword": ("doc", "wps"), "application/vnd.ms-excel": ("xls", "et"),
    "application/vnd.ms-powerpoint": ("ppt", "dps"),
    "text/plain": ("txt",),
}
"""media type by content → the endings that a name may have; the first is given to a name that has none of them."""
ACCEPT = ",".join(f".{ending}" for endings in ALLOWED.values() for ending in endings)
KINDS = say("图片（jpg、png、heic等）、PDF、Word、Excel、PPT和txt")

_OFFICE_PARTS = {"word/document.xml": "wordprocessingml.document", "xl/workbook.xml": "spreadsheetml.sheet",
                 "ppt/presentation.xml": "presentationml.presentation"}
_OLE_PARTS = {"WordDocument": "application/msword", "Workbook": "application/vnd.ms-excel",
              "PowerPoint Document": "application/vnd.ms-powerpoint"}
_OLE_HEAD = bytes.fromhex("d0cf11e0a1b11ae1")
_BAD_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+')
_MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came in: the name that the person's machine gave it, and its bytes."""
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that is taken, with the name it is kept under and the media type of its content."""
    name: str
    media_type: str
    content: bytes


def read_upload(name: str, stream: IO[bytes]) -> Upload:
    """Reads one byte over the limit at most, so that a giant file costs no memory; `check` then refuses it."""
    return Upload(name, stream.read(MAX_BYTES + 1))


def check(upload: Upload) -> CheckedFile:
    """The file when its content is of an allowed kind and size. Raises FileRefused with what to do instead."""
    shown = clean_name(upload.name)
    if not upload.content:
        raise FileRefused(say("“%(shown)s”是空文件，请重新选择。", shown=shown))
    if len(upload.content) > MAX_BYTES:
        raise FileRefused(say("“%(shown)s”超过%(megabytes)sMB，请压缩或分成几份再传。", shown=shown,
                              megabytes=MAX_BYTES // 2**20))
    media_type = media_type_of(upload.content)
    if media_type not in ALLOWED:
        raise FileRefused(say("“%(shown)s”不是可以接收的文件。可以传：%(kinds)s。", shown=shown, kinds=KINDS))
    endings = ALLOWED[media_type]
    stem, _, ending = shown.rpartition(".")
    if ending.lower() not in endings or not stem:
        shown = f"{shown}.{endings[0]}"
    return CheckedFile(shown, media_type, upload.content)


def check_all(uploads: Sequence[Upload], already: int = 0) -> list[CheckedFile]:
    """All files of one sending; `already` counts those that lie there. Raises FileRefused at the first that is not."""
    if len(uploads) + already > MAX_FILES:
        raise FileRefused(say("最多可以传%(max_files)s个文件，请去掉几个再提交。", max_files=MAX_FILES))
    return [check(upload) for upload in uploads]


def media_type_of(content: bytes) -> str | None:
    """The kind of the content: by its magic number, inside a zip by the parts of an office document, and plain text
    when it decodes and holds no markup. None for anything else (programs, archives, HTML, SVG)."""
    if content[:4] == b"PK\x03\x04":
        return _office_type(content)
    if content[:8] == _OLE_HEAD:
        return _old_office_type(content)
    guess = filetype.guess(content[:8192])
    if guess is not None:
        mime: str = guess.mime
        return mime if mime in ALLOWED else None
    return "text/plain" if _is_plain_text(content) else None


def _office_type(content: bytes) -> str | None:
    try:
        names = names_of(content)
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names or any(name.endswith("vbaProject.bin") for name in names):
        return None
    return next((f"application/vnd.openxmlformats-officedocument.{kind}"
                 for part, kind in _OFFICE_PARTS.items() if part in names), None)


def _old_office_type(content: bytes) -> str | None:
    """Word, Excel and PowerPoint up to 2003 (and WPS) are told by the names of their streams; macros are not taken."""
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        return None
    return next((kind for part, kind in _OLE_PARTS.items() if part.encode("utf-16-le") in content), None)


def _is_plain_text(content: bytes) -> bool:
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return "\x00" not in text and not re.search(r"<\s*[!?/a-zA-Z]", text)
    return False


def clean_name(name: str) -> str:
    """A name safe to show, to save and to put in a header: no folders, control or direction characters, bounded."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = _BAD_IN_NAMES.sub("_", last).strip(" .") or say("文件")
    if len(kept) <= _MAX_NAME:
        return kept
    stem, dot, ending = kept.rpartition(".")
    if not dot or len(ending) > 8:
        return kept[:_MAX_NAME]
    return f"{stem[:_MAX_NAME - len(ending) - 1]}.{ending}"


def path_of(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / sha256


def keep(session: Session, file: CheckedFile, folder: Path, *, now: datetime, issue_id: int | None = None,
         work_item_id: int | None = None, user_id: int | None = None) -> Attachment:
    """Writes the content (once per content, whole or not at all) and adds its row. `folder` is the data folder's
    attachments; `user_id` None means the enterprise; `issue_id` None a file of a report that is still being typed."""
    sha256 = hashlib.sha256(file.content).hexdigest()
    _hold(session, sha256)
    _write_once(path_of(folder, sha256), file.content)
    row = Attachment(issue_id=issue_id, work_item_id=work_item_id, name=file.name, media_type=file.media_type,
                     size=len(file.content), sha256=sha256, uploaded_at=now, uploaded_by=user_id)
    session.add(row)
    session.flush()
    return row


def sent_before(session: Session, file: CheckedFile, *, issue_id: int | None, user_id: int | None) -> Attachment | None:
    """The row of the same file, by content and name, that this person has added to this issue."""
    sha256 = hashlib.sha256(file.content).hexdigest()
    return session.scalars(select(Attachment).where(
        Attachment.issue_id == issue_id, Attachment.uploaded_by == user_id, Attachment.sha256 == sha256,
        Attachment.name == file.name).order_by(Attachment.id).limit(1)).one_or_none()


def _write_once(path: Path, content: bytes) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def of_enterprise(session: Session, issue_id: int) -> int:
    """How many files the enterprise has sent to this issue."""
    return session.scalar(select(func.count()).select_from(Attachment).where(
        Attachment.issue_id == issue_id, Attachment.uploaded_by.is_(None))) or 0


def forget_unfinished(session: Session, *, before: datetime) -> set[str]:
    """Deletes the rows of files whose reports were never sent, uploaded before the given instant. Returns the hashes of
    their contents, which are thrown away once this is committed. One statement: a row that its report is just taking
    along is looked at again when that has been committed, and stays."""
    return set(session.scalars(delete(Attachment).where(
        Attachment.issue_id.is_(None), Attachment.work_item_id.is_(None), Attachment.uploaded_at < before)
        .returning(Attachment.sha256).execution_options(synchronize_session=False)))


def throw_away(session: Session, folder: Path, sha256: str) -> None:
    """Removes a content that no row names, in a transaction of its own."""
    _hold(session, sha256, alone=True)
    if session.scalar(select(Attachment.id).where(Attachment.sha256 == sha256).limit(1)) is None:
        path_of(folder, sha256).unlink(missing_ok=True)


def _hold(session: Session, sha256: str, *, alone: bool = False) -> None:
    """Until the transaction ends nobody throws this content away while others keep it. SQLite's writer is alone from
    its BEGIN IMMEDIATE on."""
    if session.connection().dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
        session.execute(select(lock(int.from_bytes(bytes.fromhex(sha256[:16]), signed=True))))
