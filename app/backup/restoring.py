"""Takes a backup into an empty database of either kind.

The schema is made as the backup's release had it, the rows are put in, and then it is brought up to date, all in one
transaction: whatever goes wrong, or whoever pulls the plug, the database is as empty as before. Attachments come first,
each under its hash when it is whole, so that a row never names a content that is not there.
"""
from __future__ import annotations

import os
import shutil
from itertools import islice
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, column, func, inspect, select, table, text
from sqlalchemy.exc import DBAPIError

from app import bootstrap, schema
from app.backup.archive import Manifest, Part, Reader, opened
from app.backup.columns import KINDS, from_line
from app.backup.errors import BackupError
from app.backup.saving import AT_ONCE, Progress
from app.db import take_time
from app.issues.attachments import path_of
from app.models import Base
from app.turns import Turn
from workflows.sentence import say

STAGING = "restoring"
"""folder beside the attachments in which their contents come to be"""


def restore(engine: Engine, folder: Path, source: Path, *, progress: Progress) -> Manifest:
    """Fills an empty database and the attachments' `folder` from a backup. Raises BackupError and changes nothing, but
    that contents of attachments may lie in the folder already, which a later restore finds there."""
    with opened(source) as archive:
        _check_revision(archive.manifest.revision)
        try:
            with engine.begin() as connection:
                take_time(connection)
                _check_empty(connection)
                counted = _Counted(archive, progress)
                _unpack(archive, folder, counted)
                _fill(connection, archive, counted)
        except OSError as error:
            raise BackupError(say("写不了附件：%(reason)s。数据库没有改动。", reason=error.strerror)) from error
        except DBAPIError as error:
            raise BackupError(say("数据库拒绝了恢复，没有改动：%(reason)s", reason=error.orig)) from error
        return archive.manifest


class _Counted:
    """Tells the progress of rows and files."""

    def __init__(self, archive: Reader, progress: Progress) -> None:
        self._done, self._total, self._progress = 0, archive.manifest.rows + archive.manifest.files, progress

    def add(self, n: int) -> None:
        self._done += n
        self._progress(self._done, self._total)


def _check_revision(revision: str) -> None:
    if revision not in schema.revisions()[0]:
        raise BackupError(say("这份备份来自更新的版本（数据库结构%(revision)s）。请先安装那个版本再恢复。",
                              revision=revision))


def _check_empty(connection: Connection) -> None:
    if connection.dialect.name == "postgresql" and not connection.scalar(
            select(func.pg_try_advisory_xact_lock(int(Turn.PREPARE_DATABASE)))):
        raise BackupError(say("另一个恢复正在进行。"))
    there = set(inspect(connection).get_table_names())
    for name in sorted(there & set(Base.metadata.tables)):
        rows = connection.scalar(select(func.count()).select_from(table(name)))
        if rows:
            raise BackupError(say("数据库不是空的：表%(table)s里有%(rows)s行。只能恢复到新建的空数据库。", table=name,
                                  rows=rows))


def _unpack(archive: Reader, folder: Path, counted: _Counted) -> None:
    """Puts the contents of attachments where they belong."""
    staging = folder / STAGING
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    for sha256 in archive.files:
        _unpack_one(archive, sha256, staging / sha256, path_of(folder, sha256))
        counted.add(1)
    staging.rmdir()


def _unpack_one(archive: Reader, sha256: str, temporary: Path, target: Path) -> None:
    with temporary.open("xb") as file:
        for block in archive.blocks(sha256):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    target.parent.mkdir(exist_ok=True)
    temporary.rename(target)


def _fill(connection: Connection, archive: Reader, counted: _Counted) -> None:
    config = bootstrap.migration_config("")
    config.attributes["connection"] = connection
    _make_schema(config, archive.manifest.revision)
    own = _references_to_itself(connection)
    _defer(connection, own, "DEFERRABLE INITIALLY DEFERRED")
    for part in archive.manifest.tables:
        _fill_table(connection, archive, part, counted)
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    _defer(connection, own, "NOT DEFERRABLE")
    _move_sequences(connection, archive.manifest.tables)
    command.upgrade(config, "head")


def _make_schema(config: Config, revision: str) -> None:
    """The empty tables of that revision, whatever empty ones there are."""
    command.downgrade(config, "base")
    command.upgrade(config, revision)


def _fill_table(connection: Connection, archive: Reader, part: Part, counted: _Counted) -> None:
    there = {each["name"] for each in inspect(connection).get_columns(part.table)}
    if set(part.columns) != there or not set(part.columns.values()) <= set(KINDS):
        raise BackupError(say("备份里的表%(table)s和它写明的结构不符，不能用来恢复。", table=part.table))
    kinds = [KINDS[kind] for kind in part.columns.values()]
    columns = [column(name, kind.type) for name, kind in zip(part.columns, kinds, strict=True)]
    into = table(part.table, *columns).insert()
    rows = (dict(zip(part.columns, from_line(kinds, line), strict=True)) for line in archive.lines(part))
    try:
        while batch := list(islice(rows, AT_ONCE)):
            connection.execute(into, batch)
            counted.add(len(batch))
    except (DBAPIError, ValueError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise BackupError(say("表%(table)s里有放不进数据库的内容，没有改动：%(reason)s", table=part.table,
                              reason=reason)) from error


def _references_to_itself(connection: Connection) -> list[tuple[str, str]]:
    """(table, constraint) of each reference of a table to itself: an issue may have been merged into a later one, so
    no order of rows satisfies them one by one."""
    found = inspect(connection).get_multi_foreign_keys()
    return [(name, str(key["name"])) for (_, name), keys in found.items() for key in keys
            if key["referred_table"] == name]


def _defer(connection: Connection, constraints: list[tuple[str, str]], how: str) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # all of them, until the transaction ends
        return
    quote = connection.dialect.identifier_preparer.quote
    for name, constraint in constraints:
        connection.exec_driver_sql(f"ALTER TABLE {quote(name)} ALTER CONSTRAINT {quote(constraint)} {how}")


def _move_sequences(connection: Connection, parts: list[Part]) -> None:
    """New rows get numbers after those that came. SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for part in parts:
        for name in part.columns:
            sequence = connection.scalar(select(func.pg_get_serial_sequence(f'"{part.table}"', name)))
            if sequence is not None:
                newest = connection.scalar(select(func.max(column(name))).select_from(table(part.table)))
                connection.execute(select(func.setval(sequence, newest or 1, newest is not None)))
