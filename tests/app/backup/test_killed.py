"""Killed or out of room in the middle: no half backup gets a name, no half restore is found in the database."""
from __future__ import annotations

import random
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from app.backup import saving
from app.turns import Turn
from tests.app.backup.processes import restore, running, save
from tests.app.backup.test_damaged import rewritten
from tests.installations import KINDS, parts
from tests.sizes import sized, tell

ROOT = Path(__file__).parents[3]


def kill_somewhere(chance, target, *arguments):
    """Runs it in a process of its own and kills that at any step; whether it was still at work then."""
    with running(target, *arguments) as (process, heard):
        share = chance.random()
        done = 0, 1
        try:
            while done[0] <= share * done[1]:
                done = heard.recv()
        except EOFError:
            return False
        process.kill()
        process.join()
        return process.exitcode == -signal.SIGKILL


def wait_for_the_server(there):
    """PostgreSQL notices a moment later that somebody is gone."""
    if there.kind == "postgresql":
        with there.engine.begin() as connection:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({int(Turn.PREPARE_DATABASE)})"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_restore_that_is_killed_leaves_the_database_empty(new, city, kind):
    chance, there, kills, whole = random.Random(3), new(kind), 0, 0
    while kills < sized(6, 60):
        kills += kill_somewhere(chance, restore, there.url, there.attachments, city)
        wait_for_the_server(there)
        if there.tables():
            assert there.broken() == [], "killed after its commit"
            there, whole = new(kind), whole + 1
    there.restore(city)
    there.save(there.folder / "again.zip")
    assert parts(there.folder / "again.zip") == parts(city)
    assert {path.name for path in there.attachments.iterdir()} == {name[:2] for name in parts(city) if len(name) == 64}
    tell(f"restores killed ({kind}): {kills}, {whole} after their commit, the database empty after each other, "
         "then restored whole")


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_that_is_killed_leaves_no_backup(new, city, kind):
    chance, there, kills, whole = random.Random(4), new(kind), 0, 0
    there.restore(city)
    target = there.folder / "b.zip"
    while kills < sized(6, 60):
        kills += kill_somewhere(chance, save, there.url, there.attachments, target)
        if target.exists():
            assert parts(target) == parts(city), "killed after it was whole"
            target.unlink()
            whole += 1
    there.save(target)
    assert parts(target) == parts(city)
    assert [path.name for path in there.folder.glob("b.zip*")] == ["b.zip"]
    tell(f"backups killed ({kind}): {kills}, {whole} when they were whole, no half one under its name")


def test_of_two_backups_to_one_file_the_second_is_refused(new, city):
    there = new("sqlite")
    there.restore(city)
    refused = []

    def meanwhile(done, total):
        if done == total:
            with pytest.raises(saving.BackupError, match="另一个备份正在写") as told:
                there.save(there.folder / "b.zip")
            refused.append(told)

    there.save(there.folder / "b.zip", progress=meanwhile)
    assert refused and parts(there.folder / "b.zip") == parts(city)


def run_with_little_room(there, room, *command):
    """A command of zhuqi by a process that cannot make any file larger than `room` bytes."""
    return subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", *map(str, command)], cwd=ROOT, text=True,
        env=there.environment, capture_output=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_that_finds_no_room_says_so_and_leaves_nothing(new, city, kind):
    there = new(kind)
    there.restore(city)
    result = run_with_little_room(there, 2**17, "backup", there.folder / "b.zip")
    assert result.returncode == 1 and "Traceback" not in result.stderr
    assert "写不成备份文件" in result.stderr and "没有留下不完整的备份" in result.stderr
    assert list(there.folder.glob("b.zip*")) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_restore_that_finds_no_room_for_files_changes_nothing(new, city, kind):
    there = new(kind)
    result = run_with_little_room(there, 2**17, "restore", city)
    assert result.returncode == 1 and "Traceback" not in result.stderr
    assert "写不了附件" in result.stderr and "没有改动" in result.stderr
    assert there.tables() == set()


def test_a_restore_that_finds_no_room_for_rows_changes_nothing(new, city, tmp_path):
    def without_files(contents):
        for name in [name for name in contents if name.startswith("files/")]:
            del contents[name]
        contents["manifest.json"]["files"] = 0

    there = new("sqlite")
    result = run_with_little_room(there, 2**17, "restore", rewritten(city, tmp_path / "rows.zip", without_files))
    assert result.returncode == 1 and "Traceback" not in result.stderr
    assert "没有改动" in result.stderr
    assert there.tables() == set()
