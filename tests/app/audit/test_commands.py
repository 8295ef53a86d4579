"""`zhuqi audit`: what it prints, and its exit code."""
from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner

from app.audit.seals import read_line
from app.cli import main
from tests.app.audit.lives import begin, live
from tests.app.audit.tampering import Books
from tests.conftest import MONDAY


@pytest.fixture
def run(settings, monkeypatch):
    """`run("verify")` runs `zhuqi audit verify` on the test's database."""
    for name, value in (("DATABASE_URL", settings.database_url), ("DATA_DIR", str(settings.data_dir)), ("DEMO", "1"),
                        ("SEAL_DIR", str(settings.seal_dir))):
        monkeypatch.setenv(f"ZHUQI_{name}", value)
    return lambda *arguments: CliRunner().invoke(main, ["audit", *map(str, arguments)])


def test_a_seal_is_printed_as_it_is_kept(sessions, settings, run):
    begin(sessions, 2)
    line = read_line(run("seal").stdout.splitlines()[-1])
    assert (line.number, line.leaves, line.entries) == (1, 2, 2)
    assert settings.seals.read_text(encoding="utf-8") == line.text() + "\n"


def test_a_sound_database_passes(sessions, settings, run):
    live(sessions, settings, days=2)
    result = run("verify")
    assert result.exit_code == 0
    assert "核对了5件、21条历史、0条管理日志、2条外面的封存；0条历史还没有封存。" in result.output
    assert "没有发现改动" in result.output


def test_the_first_altered_entry_is_named_and_the_exit_code_is_1(sessions, settings, engine, run):
    live(sessions, settings, days=2)
    books = Books.load(engine)
    case = books.cases(3)[0]
    books.entries(case)[2]["at"] += timedelta(days=1)
    books.store(engine)
    result = run("verify")
    assert result.exit_code == 1
    assert f"第{case}号流程的第3条历史的内容被改动过" in result.output and "发现1处不符" in result.output


def test_mails_that_somebody_kept_are_copies_too(sessions, settings, engine, run, tmp_path):
    live(sessions, settings, days=2)
    kept = tmp_path / "kept"
    kept.write_text(settings.seals.read_text(encoding="utf-8").splitlines()[1], encoding="utf-8")
    settings.seals.unlink()
    books = Books.load(engine)
    books.rows["seal"].pop()
    books.store(engine)
    result = run("verify", "--seals", kept)
    assert result.exit_code == 1 and "第2号封存（2026年3月3日）不见了，外面的副本里有" in result.output


def test_a_file_of_something_else_is_refused_in_words(sessions, settings, run, tmp_path):
    (tmp_path / "kept").write_text('{"number": 1}', encoding="utf-8")
    begin(sessions, 1, MONDAY)
    result = run("verify", "--seals", tmp_path / "kept")
    assert result.exit_code == 1 and "这一行不是封存" in result.output and "Traceback" not in result.output
