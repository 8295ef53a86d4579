"""Writes a backup: the database as it stood at one moment, and the attachments' contents that it names.

Nobody is held up meanwhile: PostgreSQL and SQLite in WAL show a reader one state however long it reads. The file gets
its name when it is whole and on the disk; until then it is NAME.part, which the next backup of that name begins anew.
"""
from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, Table, func, select, text
from sqlalchemy.exc import DBAPIError

from app import schema
from app.backup.archive import Manifest, Writer
from app.backup.columns import KINDS, asked, kind_of, to_line
from app.backup.errors import BackupError
from app.db import READ_ONLY, take_time
from app.issues.attachments import path_of
from app.models import Attachment, Base
from app.models.base import TRANSIENT
from workflows.sentence import say

AT_ONCE = 500
"""rows that are in memory at a time"""
Progress = Callable[[int, int], None]
"""told how many rows and files of how many are done"""


def save(engine: Engine, folder: Path, target: Path, *, now: datetime, progress: Progress) -> Manifest:
    """Writes a backup of this database and of the attachments in `folder` to `target`, which must not be there yet.

    A content that is gone or is not what its name says is noted in the manifest and costs nothing else. Raises
    BackupError, and leaves no file.
    """
    if target.exists():
        raise BackupError(say("%(file)s已经存在。请换一个文件名，以免盖掉以前的备份。", file=target))
    try:
        with _whole_or_not(target) as file, _one_moment(engine) as connection:
            return _write(connection, folder, file, now, progress)
    except OSError as error:
        raise BackupError(say("写不成备份文件%(file)s：%(reason)s。没有留下不完整的备份。", file=target,
                              reason=error.strerror)) from error
    except DBAPIError as error:
        raise BackupError(say("读数据库时出错，没有做成备份：%(reason)s", reason=error.orig)) from error


def kept_tables() -> list[Table]:
    """The tables that go into a backup, those that others refer to first."""
    return [table for table in Base.metadata.sorted_tables if not table.info.get(TRANSIENT)]


def _write(connection: Connection, folder: Path, file: IO[bytes], now: datetime, progress: Progress) -> Manifest:
    with Writer(file, Manifest(_revision(connection), now.isoformat())) as writer:
        _write_parts(writer, connection, folder, progress)
    return writer.manifest


def _write_parts(writer: Writer, connection: Connection, folder: Path, progress: Progress) -> None:
    contents = select(Attachment.sha256).distinct().order_by(Attachment.sha256)
    total = connection.scalar(select(func.count()).select_from(contents.subquery())) or 0
    total += sum(connection.scalar(select(func.count()).select_from(table)) or 0 for table in kept_tables())
    done = 0

    def counted(lines: Iterator[bytes]) -> Iterator[bytes]:
        nonlocal done
        for line in lines:
            yield line
            done += 1
            progress(done, total)

    for table in kept_tables():
        columns = {column.name: kind_of(column) for column in table.columns}
        writer.add_table(table.name, columns, counted(_lines(connection, table)))
    for sha256 in connection.scalars(contents.execution_options(yield_per=AT_ONCE)):
        _add_file(writer, folder, sha256)
        done += 1
        progress(done, total)


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    kinds = [KINDS[kind_of(column)] for column in table.columns]
    rows = select(*map(asked, table.columns)).order_by(*table.primary_key).execution_options(yield_per=AT_ONCE)
    return (to_line(kinds, row) for row in connection.execute(rows))


def _add_file(writer: Writer, folder: Path, sha256: str) -> None:
    try:
        content = path_of(folder, sha256).open("rb")
    except FileNotFoundError:
        writer.manifest.lost.append(sha256)
        return
    except OSError as error:
        raise BackupError(say("读不了附件%(file)s：%(reason)s。", file=error.filename,
                              reason=error.strerror)) from error
    with content:
        writer.add_file(sha256, content)


def _revision(connection: Connection) -> str:
    """The schema's revision, which must be this release's."""
    found = None
    if connection.dialect.has_table(connection, "alembic_version"):
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found != schema.revisions()[1]:
        raise BackupError(say("数据库还不是本版本的结构（现为%(found)s）。请用原来的版本备份，或者先运行 zhuqi init。",
                              found=found or say("空")))
    return str(found)


@contextmanager
def _one_moment(engine: Engine) -> Iterator[Connection]:
    """A connection that sees the database as it is at its first statement, whatever others commit."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            yield connection.execution_options(**{READ_ONLY: True})
        else:
            still = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            take_time(still)
            yield still


@contextmanager
def _whole_or_not(target: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name when the block ends well and its content is on the disk; else nothing is left. It is
    for its owner alone: it holds all that the database holds."""
    part = target.with_name(f"{target.name}.part")
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+b") as file:
        _own(file, part)
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            part.rename(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _own(file: IO[bytes], part: Path) -> None:
    """Locks the file and empties it of what a backup that was killed has left."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mine = os.path.samestat(os.fstat(file.fileno()), part.stat())
    except (BlockingIOError, FileNotFoundError):  # or it has just been given its name
        mine = False
    if not mine:
        raise BackupError(say("另一个备份正在写%(file)s。", file=part))
    file.truncate()
    os.fchmod(file.fileno(), 0o600)
