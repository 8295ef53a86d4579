"""Installations for tests that need several of them: a database of its own, its schema by migrations, and a folder of
attachments. Import the fixtures into a conftest."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, inspect, select, text
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

from app import bootstrap
from app.audit import sealing
from app.backup import restoring, saving
from app.backup.archive import Manifest, opened
from app.cases import check
from app.db import make_engine, make_session_factory
from app.demo.build import build
from app.issues import attachments
from app.issues.attachments import CheckedFile
from app.models import (
    Absence,
    Agreement,
    AuditCheck,
    Base,
    CalendarVersion,
    CaseRead,
    Comment,
    Definition,
    Draft,
    DraftRevision,
    Erasure,
    IdempotencyKey,
    Incident,
    Instance,
    Issue,
    MailTemplate,
    Migration,
    MigrationCase,
    ProcessDraft,
    Publication,
    RecoveryCode,
    Repair,
    SavedView,
    Watch,
)
from app.models import WorkItem as Item
from app.powers import log
from app.settings import load_settings

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
KINDS = ("sqlite", "postgresql")
OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}
_numbers = count(1)


@dataclass(frozen=True)
class Installation:
    """A database, empty at first, and the folder beside it."""
    url: str
    folder: Path
    engine: Engine

    @property
    def kind(self) -> str:
        return self.engine.dialect.name

    @property
    def attachments(self) -> Path:
        return self.folder / "attachments"

    @property
    def environment(self) -> dict[str, str]:
        return {"ZHUQI_DATABASE_URL": self.url, "ZHUQI_DATA_DIR": str(self.folder), "ZHUQI_DEMO": "1"}

    @property
    def sessions(self) -> sessionmaker[Session]:
        return make_session_factory(self.engine)

    def prepare(self) -> None:
        bootstrap.prepare(load_settings(self.environment), NOW)

    def save(self, target: Path, progress: Callable[[int, int], None] = lambda done, total: None) -> Manifest:
        return saving.save(self.engine, self.attachments, target, now=NOW, progress=progress)

    def restore(self, source: Path, progress: Callable[[int, int], None] = lambda done, total: None) -> Manifest:
        return restoring.restore(self.engine, self.attachments, source, progress=progress)

    def tables(self) -> set[str]:
        return set(inspect(self.engine).get_table_names())

    def broken(self) -> list[str]:
        """What `zhuqi check` finds."""
        with self.sessions() as session:
            return [line for instance in check.instances(session) for line in check.broken(session, instance)]


@pytest.fixture
def new(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Installation]]:
    """`new("postgresql")` makes an installation of that kind, without any table."""
    made: list[Engine] = []

    def make(kind: str) -> Installation:
        name = f"installation_{next(_numbers)}"
        folder = tmp_path / name
        url = f"sqlite:///{folder}/zhuqi.sqlite3" if kind == "sqlite" else _create(request, name)
        made.append(make_engine(url, poolclass=NullPool))
        return Installation(url, folder, made[-1])

    yield make
    for engine in made:
        engine.dispose()


def _create(request: pytest.FixtureRequest, name: str) -> str:
    server = make_engine(request.getfixturevalue("postgresql_url"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    return server.url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a small city that has lived for half a year, with rows in every table."""
    folder = tmp_path_factory.mktemp("city")
    settings = load_settings({"ZHUQI_DEMO": "1", "ZHUQI_DATA_DIR": str(folder)})
    build(bootstrap.prepare(settings, NOW), now=NOW, settings=settings, issues=12)
    made = Installation(settings.database_url, folder, make_engine(settings.database_url))
    with made.sessions.begin() as session:
        _fill_the_rest(session)
    sealing.seal(made.sessions, settings, NOW)
    with made.sessions.begin() as session:
        for content in (b"", os.urandom(2**18)):
            attachments.keep(session, CheckedFile("图.png", "image/png", content), made.attachments, now=NOW)
        for table in saving.kept_tables():
            assert session.execute(select(table).limit(1)).first() is not None, f"nothing in {table.name}"
    made.save(folder / "city.zip")
    made.engine.dispose()
    return folder / "city.zip"


def _fill_the_rest(session: Session) -> None:
    """A row for each table that the demonstration leaves empty, and values that databases are known to disagree on."""
    issue, earlier = session.scalars(select(Issue).order_by(Issue.id.desc()).limit(2))
    item = session.scalars(select(Item).order_by(Item.id).limit(1)).one()
    earlier.merged_into = issue.id
    user_id = session.scalars(select(Item.closed_by).where(Item.closed_by.is_not(None)).limit(1)).one()
    log.append(session, log.Act("admin.units_edit", "修改单位", "市财政局", {"name": "市财政局"}, {"name": None},
                                user_id, "宋致远", "admin", "127.0.0.1"), NOW)
    session.add_all([
        Agreement(kind="post", user_id=user_id, unit_code="city", position_code="admin", half="abcd-efgh",
                  asked_at=NOW, asked_by=user_id, decided_at=NOW, decided_by=user_id, status="agreed"),
        Absence(user_id=user_id, stand_in_id=user_id, first_day=NOW.date(), last_day=NOW.date()),
        CaseRead(at=NOW, user_id=user_id, unit_code="city", position_code="admin", way="list",
                 taken=[issue.id, earlier.id], address="127.0.0.1"),
        CalendarVersion(overrides={"2027-02-06": {"working": True, "name": "春节调休"}}, created_at=NOW),
        Comment(instance_id=item.instance_id, user_id=user_id, at=NOW.replace(microsecond=1),
                text="换行\n“引号”\t\u2028🙂"),
        Draft(work_item_id=item.id, user_id=user_id, saved_at=NOW, values={
            "长": "行" * 3000, "b": [1, 1.5, 10**15, 0.1, True, None, {"z": {}, "a": []}]}),
        Erasure(issue_id=issue.id, files=True, reason="本人书面要求", asked_at=NOW, asked_by=user_id, status="refused",
                decided_at=NOW, decided_by=user_id),
        IdempotencyKey(key="k" * 64, at=NOW, outcome={"location": "/inbox/1"}),
        Incident(instance_id=item.instance_id, element_id="e", process_id="p", code="timer", message="已经过去",
                 opened_at=NOW, closed_at=NOW, closed_by=user_id),
        MailTemplate(kind="urge", subject="请抓紧：{标题}", body="{内容}\n—\n助企", changed_at=NOW, changed_by=user_id),
        RecoveryCode(user_id=user_id, code_hash="c" * 64, used_at=NOW),
        AuditCheck(asked_at=NOW, asked_by=user_id, status="done", ended_at=NOW, findings=[{"what": "altered"}]),
        SavedView(user_id=user_id, page="inbox", name="本周", query="due=week"),
        Watch(user_id=user_id, issue_id=issue.id, since=NOW)])
    _change_a_process(session, item.instance_id, user_id)
    sign: dict[str, Any] = {column.name: getattr(item, column.name) for column in Base.metadata.tables["work_item"].c}
    session.execute(insert(Item), [sign | {"id": None, "kind": "sign", "task_id": None, "parent_id": item.id,
                                           "status": "done", "answer": answer} for answer in (None, {})])


def _change_a_process(session: Session, instance_id: int, user_id: int) -> None:
    """An administrator's rows: a draft with a change, what was proposed, a case that was moved, one that was mended."""
    instance = session.get_one(Instance, instance_id)
    known = session.get_one(Definition, instance.definition_hash)
    draft = ProcessDraft(key=known.key, base_hash=known.hash, files=known.files, revision=1, began_at=NOW,
                         began_by=user_id, changed_at=NOW, changed_by=user_id)
    moving = Migration(key=known.key, to_hash=known.hash, mapping={"a": "b"}, note="三日", asked_at=NOW,
                       asked_by=user_id)
    session.add_all([draft, moving])
    session.flush()
    session.add_all([
        DraftRevision(draft_id=draft.id, number=1, path="p/p.bpmn", before=None, after="<行/>", saved_at=NOW,
                      saved_by=user_id),
        MigrationCase(migration_id=moving.id, instance_id=instance.id, status="moved", from_hash=known.hash,
                      from_state=instance.state, moved_version=1, moved_at=NOW),
        Publication(key=known.key, kind="draft", base_hash=known.hash, hash=known.hash, files=known.files,
                    note="五日改三日", second_because=["路由"], broken_rules=[{"rule": "r", "clause": "C3"}],
                    status="waiting", proposed_at=NOW, proposed_by=user_id),
        Repair(instance_id=instance.id, kind="set", arguments={"values": {"级": "复杂"}}, reason="填错了", asked_at=NOW,
               asked_by=user_id)])


def parts(archive: Path) -> dict[str, str]:
    """What an archive holds: {table or hash of a file: hash of the rows, or of the content}."""
    with opened(archive) as reader:
        for part in reader.manifest.tables:
            assert len(list(reader.lines(part))) == part.rows
        return {part.table: part.sha256 for part in reader.manifest.tables} | {
            sha256: b"".join(reader.blocks(sha256)).hex() for sha256 in reader.files}
