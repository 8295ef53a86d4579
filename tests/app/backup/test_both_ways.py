"""A backup of either kind of database is restored into the other and loses nothing."""
from __future__ import annotations

import stat
import tracemalloc

import pytest
from click.testing import CliRunner
from sqlalchemy import func, insert, null, select, text

from app.actor import Actor
from app.backup.columns import kind_of
from app.backup.saving import kept_tables
from app.cases import calendars, service
from app.cases.errors import CaseError
from app.cli.commands import main
from app.issues.attachments import path_of
from app.models import Attachment, Base, Comment, History, Instance, Issue, UserSession, WorkItem
from tests.installations import KINDS, NOW, OTHER, parts
from tests.sizes import sized, tell


def test_every_column_has_a_place_in_an_archive():
    assert {kind_of(column) for table in Base.metadata.sorted_tables for column in table.columns}


def test_what_came_from_one_kind_of_database_into_the_other_and_back_is_the_same(new, city, tmp_path):
    expected = parts(city)
    last = city
    for kind in ("postgresql", "sqlite", "postgresql"):
        there = new(kind)
        there.restore(last)
        assert there.broken() == []
        last = tmp_path / f"{there.folder.name}.zip"
        there.save(last)
        assert parts(last) == expected
    with there.sessions() as session:
        entries = session.scalar(select(func.count()).select_from(History))
    tell(f"backup: SQLite → PostgreSQL → SQLite → PostgreSQL, {len(kept_tables())} tables, {entries} history entries "
         "equal, check passes each time")


@pytest.mark.parametrize("kind", KINDS)
def test_a_restored_office_goes_on_with_its_work(new, city, kind):
    there = new(kind)
    there.restore(city)
    with there.sessions.begin() as session:
        highest = session.scalar(select(func.max(WorkItem.id)))
        finished = sum(_finish_if_it_takes_no_answers(session, item) for item in session.scalars(
            select(WorkItem).where(WorkItem.status == "open", WorkItem.kind == "task")).all())
        comment = Comment(instance_id=1, user_id=1, at=NOW, text="恢复以后")
        session.add(comment)
        session.flush()
        assert finished and session.scalar(select(func.max(WorkItem.id))) > highest
        assert comment.id == session.scalar(select(func.max(Comment.id)))
    assert there.broken() == []


def _finish_if_it_takes_no_answers(session, item):
    post = (item.unit_code, item.position_code)
    actor = Actor(None, "经办", frozenset({post}), post)
    try:
        service.complete_item(session, item.id, {}, actor=actor, now=NOW, calendar=calendars.current(session))
    except CaseError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_in_a_column_stays_told_from_a_null_of_json(new, city, kind):
    there = new(kind)
    there.restore(city)
    with there.sessions() as session:
        answers = select(WorkItem.id).where(WorkItem.kind == "sign", WorkItem.status == "done")
        assert session.scalar(select(func.count()).select_from(answers.where(
            WorkItem.answer.is_(null())).subquery())) == 0, "the ORM's None is JSON's null"
        assert session.scalar(select(func.count()).select_from(WorkItem).where(WorkItem.answer.is_(null()))) == \
            _without_answer(new, city, OTHER[kind])


def _without_answer(new, city, kind):
    there = new(kind)
    there.restore(city)
    with there.sessions() as session:
        return session.scalar(select(func.count()).select_from(WorkItem).where(WorkItem.answer.is_(null())))


def test_an_issue_that_was_merged_into_a_later_one_comes_back(new, city):
    there = new("postgresql")
    there.restore(city)
    with there.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Issue).where(Issue.merged_into > Issue.id))


def test_a_server_in_another_zone_writes_the_same_instants(new, city, tmp_path):
    there = new("postgresql")
    there.restore(city)
    with there.engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {there.engine.url.database} SET timezone = 'Asia/Shanghai'"))
    there.save(tmp_path / "zone.zip")
    assert parts(tmp_path / "zone.zip") == parts(city)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_stays_signed_in(new, city, tmp_path, kind):
    there = new(kind)
    there.restore(city)
    with there.sessions.begin() as session:
        session.add(UserSession(token_hash="t" * 64, user_id=1, created_at=NOW, seen_at=NOW))
    there.save(tmp_path / "signed-in.zip")
    assert "user_session" not in parts(tmp_path / "signed-in.zip")


def test_a_backup_is_for_its_owner_alone(new, city, tmp_path):
    there = new("sqlite")
    there.restore(city)
    there.save(tmp_path / "own.zip")
    assert stat.S_IMODE((tmp_path / "own.zip").stat().st_mode) == 0o600


def test_a_content_that_is_gone_or_damaged_costs_nothing_else(new, city, tmp_path):
    there = new("sqlite")
    there.restore(city)
    with there.sessions() as session:
        gone, damaged = session.scalars(select(Attachment.sha256).order_by(Attachment.id.desc()).limit(2))
    path_of(there.attachments, gone).unlink()
    path_of(there.attachments, damaged).write_bytes(b"rotten")
    made = there.save(tmp_path / "lost.zip")
    assert set(made.lost) == {gone, damaged}
    again = new("postgresql")
    assert set(again.restore(tmp_path / "lost.zip").lost) == {gone, damaged}
    assert set(parts(city)) - set(parts(tmp_path / "lost.zip")) == {gone, damaged}
    assert again.broken() == []


@pytest.mark.parametrize("kind", KINDS)
def test_memory_stays_flat_however_much_there_is(new, city, tmp_path, kind):
    there = new(kind)
    there.restore(city)

    def peak(act):
        tracemalloc.start()
        act()
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    few = peak(lambda: there.save(tmp_path / "few.zip"))
    rows = sized(20_000, 200_000)
    with there.engine.begin() as connection:
        connection.execute(insert(Comment), [{"instance_id": 1, "user_id": 1, "at": NOW, "text": "长" * 100}] * rows)
    many = peak(lambda: there.save(tmp_path / "many.zip"))
    again = new(OTHER[kind])
    taken = peak(lambda: again.restore(tmp_path / "many.zip"))
    tell(f"backup memory ({kind}): {few / 2**20:.1f} MiB, with {rows} more rows {many / 2**20:.1f}, restored in "
         f"{taken / 2**20:.1f}")
    assert many < few * 1.2 + 2**20
    assert taken < few * 1.2 + 8 * 2**20


def test_the_commands_back_up_and_restore(new, city, tmp_path, monkeypatch):
    first, second = new("sqlite"), new("postgresql")
    first.restore(city)
    for name, value in first.environment.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(main, ["backup", str(tmp_path / "b.zip")])
    assert result.exit_code == 0 and "已备份到" in result.output
    for name, value in second.environment.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(main, ["restore", str(tmp_path / "b.zip")])
    assert result.exit_code == 0 and "已从" in result.output
    result = CliRunner().invoke(main, ["check"])
    assert result.exit_code == 0 and "没有发现问题" in result.output
    with first.sessions() as one, second.sessions() as other:
        heads = select(Instance.id, Instance.history_head, Instance.history_length, Instance.state).order_by(
            Instance.id)
        assert one.execute(heads).all() == other.execute(heads).all()
