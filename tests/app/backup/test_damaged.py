"""What is not a whole backup of a release that we know is refused in a sentence, and the database stays empty."""
from __future__ import annotations

import hashlib
import random
import zipfile

import orjson
import pytest
from alembic import command

from app.backup.archive import FORMAT, MANIFEST
from app.backup.errors import BackupError
from app.bootstrap import migration_config
from tests.installations import KINDS, parts
from tests.sizes import sized, tell


def rewritten(city, target, change):
    """A copy of the archive after `change(contents)`, a dict of names and bytes in which the manifest is a dict."""
    with zipfile.ZipFile(city) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents[MANIFEST] = orjson.loads(contents[MANIFEST])
    change(contents)
    if isinstance(contents.get(MANIFEST), dict):
        contents[MANIFEST] = orjson.dumps(contents[MANIFEST])
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return target


def table(contents, name):
    return next(part for part in contents[MANIFEST]["tables"] if part["table"] == name)


def put_rows(contents, name, content):
    """Replaces a table's rows, so that the manifest agrees with them."""
    contents[f"tables/{name}.jsonl"] = content
    table(contents, name).update(rows=content.count(b"\n"), sha256=hashlib.sha256(content).hexdigest())


def long_name(contents):
    rows = contents["tables/unit.jsonl"].splitlines()
    row = orjson.loads(rows[0])
    row[1] = "长" * 500
    put_rows(contents, "unit", b"\n".join([orjson.dumps(row), *rows[1:], b""]))


def orphan(contents):
    put_rows(contents, "post", b'[1,999999,"miit","clerk"]\n')


CHANGES = {
    "no manifest": (lambda c: c.pop(MANIFEST), "损坏"),
    "a manifest of something else": (lambda c: c.update({MANIFEST: b"[]"}), "损坏"),
    "a manifest that is no JSON": (lambda c: c.update({MANIFEST: b"{"}), "损坏"),
    "a later format": (lambda c: c[MANIFEST].update(format=FORMAT + 1), "格式"),
    "a later schema": (lambda c: c[MANIFEST].update(revision="9999"), "更新的版本"),
    "a missing table": (lambda c: c.pop("tables/history.jsonl"), "损坏"),
    "an unknown table": (lambda c: c.update({"tables/more.jsonl": b""}), "损坏"),
    "a missing file": (lambda c: c.pop(next(n for n in c if n.startswith("files/"))), "损坏"),
    "a file under another's hash": (lambda c: c.update({next(n for n in c if n.startswith("files/")): b"x"}), "损坏"),
    "one row less": (lambda c: c.update({"tables/unit.jsonl": c["tables/unit.jsonl"].split(b"\n", 1)[1]}), "损坏"),
    "one row changed": (lambda c: c.update({"tables/unit.jsonl": c["tables/unit.jsonl"].replace(b"true", b"false")}),
                        "损坏"),
    "rows that are no JSON": (lambda c: put_rows(c, "unit", b"x\n"), "放不进"),
    "rows of other columns": (lambda c: put_rows(c, "unit", b"[1,2]\n"), "放不进"),
    "a table that the schema lacks": (lambda c: table(c, "watch").update(table="alembic_version") or c.update(
        {"tables/alembic_version.jsonl": c.pop("tables/watch.jsonl")}), "结构不符"),
    "columns that the schema lacks": (lambda c: table(c, "unit")["columns"].update(more="text"), "结构不符"),
    "a kind of column that nobody knows": (lambda c: table(c, "unit")["columns"].update(name="code"), "结构不符"),
    "a reference to nothing": (orphan, "没有改动"),
    "a path upwards": (lambda c: c.update({"files/../../escaped": b"x"}), "损坏"),
    "a path from the root": (lambda c: c.update({"/tmp/escaped": b"x"}), "损坏"),
    "a path inside": (lambda c: c.update({"files/a/b": b"x"}), "损坏"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_that_is_not_as_it_should_be_is_refused(new, city, tmp_path, kind):
    there = new(kind)
    for number, (what, (change, said)) in enumerate(CHANGES.items()):
        archive = rewritten(city, tmp_path / f"{number}.zip", change)
        with pytest.raises(BackupError, match=said):
            there.restore(archive)
        assert there.tables() == set(), what
    assert not any("escaped" in path.name for path in tmp_path.rglob("*"))
    there.restore(rewritten(city, tmp_path / "same.zip", lambda contents: None))
    tell(f"damaged archives ({kind}): {len(CHANGES)} refused in a sentence, the database empty each time")


def test_what_postgresql_has_no_room_for_is_named_by_its_table(new, city, tmp_path):
    there = new("postgresql")
    with pytest.raises(BackupError, match="表unit里有放不进数据库的内容"):
        there.restore(rewritten(city, tmp_path / "long.zip", long_name))
    assert there.tables() == set()


def test_an_archive_that_was_cut_off_anywhere_is_refused(new, city, tmp_path):
    there, content = new("sqlite"), city.read_bytes()
    cuts = sized(30, 300)
    for cut in [0, 1, len(content) - 1, *(random.Random(1).randrange(len(content)) for _ in range(cuts))]:
        (tmp_path / "cut.zip").write_bytes(content[:cut])
        with pytest.raises(BackupError, match="不完整或已经损坏"):
            there.restore(tmp_path / "cut.zip")
    assert there.tables() == set()
    tell(f"truncated archives: {cuts + 3} refused")


def test_a_flipped_bit_is_noticed_or_changes_nothing(new, city, tmp_path):
    content, expected, chance = city.read_bytes(), parts(city), random.Random(2)
    refusals, flips = [], sized(40, 400)
    directory = content.index(b"PK\x01\x02")
    for number in range(flips):
        flipped = bytearray(content)
        place = chance.randrange(directory - 20_000 if number % 2 else 0, len(content))
        flipped[place] ^= 1 << chance.randrange(8)
        (tmp_path / "flipped.zip").write_bytes(flipped)
        try:
            assert parts(tmp_path / "flipped.zip") == expected
        except BackupError as error:
            refusals.append(str(error))
    tell(f"flipped bits: {flips}, {len(refusals)} refused, the others in bytes that say nothing; 0 taken in changed")
    assert len(refusals) > flips / 4
    assert all("损坏" in refusal or "格式" in refusal for refusal in refusals)


def test_an_archive_that_says_it_is_encrypted_is_refused(new, city, tmp_path):
    content = bytearray(city.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] ^= 1
    (tmp_path / "encrypted.zip").write_bytes(content)
    with pytest.raises(BackupError, match="损坏"):
        new("sqlite").restore(tmp_path / "encrypted.zip")


@pytest.mark.parametrize("kind", KINDS)
def test_a_database_that_is_not_empty_is_left_alone(new, city, tmp_path, kind):
    there = new(kind)
    there.prepare()
    there.save(tmp_path / "before.zip")
    with pytest.raises(BackupError, match="数据库不是空的"):
        there.restore(city)
    there.save(tmp_path / "after.zip")
    assert parts(tmp_path / "before.zip") == parts(tmp_path / "after.zip")


@pytest.mark.parametrize("kind", KINDS)
def test_empty_tables_of_any_revision_are_no_hindrance(new, city, kind):
    for revision in ("0001", "head"):
        there = new(kind)
        command.upgrade(migration_config(there.url), revision)
        there.restore(city)
        assert there.broken() == []


def test_no_backup_is_made_of_another_releases_schema(new, tmp_path):
    there = new("sqlite")
    with pytest.raises(BackupError, match="不是本版本的结构（现为空）"):
        there.save(tmp_path / "none.zip")
    command.upgrade(migration_config(there.url), "0001")
    with pytest.raises(BackupError, match="现为0001"):
        there.save(tmp_path / "old.zip")
    assert list(tmp_path.glob("*.zip*")) == []


def test_an_earlier_backup_is_never_overwritten(new, city, tmp_path):
    there = new("sqlite")
    there.restore(city)
    (tmp_path / "b.zip").write_bytes(b"yesterday")
    with pytest.raises(BackupError, match="已经存在"):
        there.save(tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_bytes() == b"yesterday"


@pytest.mark.parametrize("path", ["nowhere.zip", "nowhere/b.zip", "."])
def test_a_file_that_cannot_be_opened_is_told(new, tmp_path, path):
    there = new("sqlite")
    with pytest.raises(BackupError, match=r"打不开备份文件.*(No such file|directory)"):
        there.restore(tmp_path / path)
