"""Processes out as a zip and in again, as a zip or a folder: the folders that `zhuqi deploy` takes."""
from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import archives
from app.actor import Actor
from app.cases import definitions
from app.cases.errors import Blocked, NotFound
from app.modeler.release import publishing
from app.models import Definition, Position, Publication
from workflows import content
from workflows.admission import FileRefused, refuse_markup
from workflows.errors import DefinitionRefused, Problem
from workflows.sentence import say, sentence_of
from workflows.versions import check, content_hash

MOST_BYTES = 20_000_000
"""of all files of a pack together, unpacked"""
MOST_PARTS = 1_000
MOST_PROCESSES = 100
"""folders with a diagram; each may call every other one, and comes with all that it calls"""
LONGEST_PATH = 200
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True, slots=True)
class Imported:
    """What has become of one process of a pack. `publication` is None when it is current already."""
    key: str
    publication: Publication | None


def pack(session: Session) -> dict[str, str]:
    """The files of all current versions. Raises Blocked where two carry different copies of one called process."""
    files: dict[str, str] = {}
    for definition in session.scalars(select(Definition).where(Definition.current).order_by(Definition.key)):
        for path, text in definition.files.items():
            if files.setdefault(path, text) != text:
                raise Blocked(say("“%(name)s”里的文件 %(path)s 与另一个流程里的不同，请分别导出。",
                                  name=definition.name, path=path))
    return files


def files_of_zip(data: bytes) -> dict[str, str]:
    """The files of a zip with one or more process folders. Raises Blocked with what is wrong with it."""
    try:
        found = archives.texts(data, content.SUFFIXES, most_parts=MOST_PARTS, most_bytes=MOST_BYTES)
    except archives.TooLarge:
        raise Blocked(say("压缩包太大：最多%(parts)s个文件，解开后共%(size)s MB。", parts=MOST_PARTS,
                          size=MOST_BYTES // 1_000_000)) from None
    except archives.BadName as bad:
        raise Blocked(say("压缩包里的“%(name)s”不能收：文件名指到外面、重复、是链接或者加了密码。",
                          name=str(bad)[:80])) from None
    except UnicodeDecodeError:
        raise Blocked(say("压缩包里有的文件不是 UTF-8 文字。")) from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, RuntimeError, OSError, zlib.error):
        raise Blocked(say("这个文件打不开，请选择一个 zip 压缩包。")) from None
    return _without_wrapping(found)


def files_of_folder(parts: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    """The files of a folder as a browser sends it, (path, content). Raises Blocked."""
    wanted = [(name, data) for name, data in parts if name.endswith(content.SUFFIXES)]
    if len(parts) > MOST_PARTS or sum(len(data) for _, data in parts) > MOST_BYTES:
        raise Blocked(say("文件夹太大：最多%(parts)s个文件，共%(size)s MB。", parts=MOST_PARTS,
                          size=MOST_BYTES // 1_000_000))
    if not all(archives.is_plain(name) for name, _ in wanted):
        raise Blocked(say("文件名不对，请选择整个文件夹。"))
    try:
        return _without_wrapping({name: data.decode("utf-8-sig") for name, data in wanted})
    except UnicodeDecodeError:
        raise Blocked(say("文件夹里有的文件不是 UTF-8 文字。")) from None


def _without_wrapping(files: dict[str, str]) -> dict[str, str]:
    """Without the folders around the processes' own, as when all of bpmn/ was packed."""
    while files and not any(path.count("/") == 1 and path.endswith(".bpmn") for path in files):
        tops = {path.split("/")[0] for path in files}
        if len(tops) != 1 or not all("/" in path for path in files):
            break
        files = {path.split("/", 1)[1]: text for path, text in files.items()}
    return files


def processes_of(files: Mapping[str, str], known: Collection[str] = ()) -> dict[str, dict[str, str]]:
    """The version files of each process of a pack, by key; of a process that others call only when it is `known` by
    itself. Raises Blocked when there is none."""
    if any("\0" in text for text in files.values()):
        raise Blocked(say("文件里有不是文字的内容。"))
    if any(len(path) > LONGEST_PATH or not path.isprintable() for path in files):
        raise Blocked(say("文件名太长（最多%(most)s个字符）或者有看不见的字符。", most=LONGEST_PATH))
    if len({path.split("/")[0] for path in files if path.endswith(".bpmn")}) > MOST_PROCESSES:
        raise Blocked(say("一次最多导入%(most)s个流程，请分几次。", most=MOST_PROCESSES))
    keys = content.folders(files, known)
    if not keys:
        raise Blocked(say("没有找到流程：文件夹里要有流程图（.bpmn），例如 issue-lifecycle/issue-lifecycle.bpmn。"))
    if bad := [key for key in keys if not KEY.fullmatch(key)]:
        raise Blocked(say("文件夹名“%(name)s”只能用英文字母、数字、点和短横线，最多80个字符。", name=bad[0][:80]))
    try:
        refuse_markup(files)
    except FileRefused as refused:
        raise Blocked(sentence_of(refused)) from None
    found: dict[str, dict[str, str]] = {}
    size = 0
    for key in keys:
        found[key] = content.pick(files, key)
        size += sum(len(text) for text in found[key].values())
        if size > 2 * MOST_BYTES:
            raise Blocked(say("这些流程互相调用，加起来太大，请分几次导入。"))
    return found


def import_pack(session: Session, files: Mapping[str, str], note: str, *, actor: Actor,
                now: datetime) -> list[Imported]:
    """Proposes every process of a pack that differs from what is current; all or none. Raises DefinitionRefused with
    all that is wrong, and Blocked."""
    positions = set(session.scalars(select(Position.code)))
    found = processes_of(files, set(session.scalars(select(Definition.key).distinct())))
    problems: list[Problem] = [problem for key, own in found.items() for problem in check(key, own, positions)]
    if problems:
        raise DefinitionRefused(problems)
    done = []
    for key, own in found.items():
        base = definitions.current(session, key)
        same = base is not None and base.hash == content_hash(own)
        done.append(Imported(key, None if same else publishing.propose(
            session, key, own, kind="import", note=note, reason=note, actor=actor, now=now)))
    return done


def version_files(session: Session, key: str, hash: str | None) -> tuple[str, dict[str, str]]:
    """(hash, files) of a version, or of the current one. Raises NotFound."""
    definition = session.get(Definition, hash) if hash else definitions.current(session, key)
    if definition is None or definition.key != key:
        raise NotFound(say("没有这个版本。"))
    return definition.hash, dict(definition.files)
