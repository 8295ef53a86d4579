"""A case's dossier is checked without our database, and no byte of it can be changed unseen."""
from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app.actor import ENTERPRISE
from app.audit import dossier, dossier_pdf, merkle, sealing
from app.cases import definitions
from app.cases.errors import NotFound
from app.cli import main
from app.issues import attachments
from app.issues.attachments import CheckedFile
from app.issues.registration import register
from app.models import CaseRead
from tests.app.audit.lives import NIGHT, RING, erase, live, press
from tests.app.issues.conftest import a_report
from tests.conftest import MONDAY
from tests.sizes import sized, tell
from workflows.calendar import Calendar

VERIFIER = Path(__file__).parents[3] / "docs" / "verify_dossier.py"
spec = importlib.util.spec_from_file_location("verify_dossier", VERIFIER)
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)


def made(sessions, name, now=NIGHT):
    with sessions.begin() as session:
        found = dossier.gather(session, dossier.find_case(session, str(name)), now)
    return dossier.packed(found, dossier_pdf.written(found))


@pytest.fixture
def archive(sessions, settings):
    """Of a case that lived for three days, sealed by two algorithms, and moved once since."""
    live(sessions, settings, days=2)
    press(sessions, 2, MONDAY + timedelta(days=2))
    sealing.seal(sessions, replace(settings, seal_hash="sm3"), NIGHT + timedelta(days=2))
    press(sessions, 2, MONDAY + timedelta(days=3))
    return made(sessions, 2)


def run(*arguments):
    return subprocess.run([sys.executable, "-I", str(VERIFIER), *map(str, arguments)], capture_output=True, text=True,
                          check=False)


def test_a_dossier_holds_without_our_database_until_a_byte_is_changed(archive, settings, tmp_path):
    (tmp_path / "case.zip").write_bytes(archive)
    alone = run(tmp_path / "case.zip")
    assert alone.returncode == 0, alone.stderr
    assert "case 2 (None): 13 entries, 11 of them sealed" in alone.stdout and alone.stdout.endswith("holds\n")
    beside = run(tmp_path / "case.zip", "--seals", settings.seals)
    assert beside.returncode == 0 and "3 seals are those that were sent outside" in beside.stdout
    (tmp_path / "case.zip").write_bytes(archive[:900] + bytes([archive[900] ^ 1]) + archive[901:])
    changed = run(tmp_path / "case.zip")
    assert changed.returncode == 1 and "DOES NOT HOLD" in changed.stderr and "Traceback" not in changed.stderr


def test_whichever_byte_is_changed_it_does_not_hold(archive):
    assert list(verifier.check(archive))
    random, many = Random(5), sized(60, 2_000)
    for place in random.sample(range(len(archive)), many):
        changed = bytearray(archive)
        changed[place] ^= 1 << random.randrange(8)
        with pytest.raises((verifier.Wrong, ValueError)):
            list(verifier.check(bytes(changed)))
    tell(f"dossier: {many} of {len(archive)} bytes changed one at a time, 0 unseen")


def changed_in(archive, name, change):
    """The archive, well made, with one part changed."""
    made_anew = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(made_anew, "w", zipfile.ZIP_STORED) as new:
        for part in old.infolist():
            content = old.read(part)
            new.writestr(part, change(content) if part.filename == name else content)
    return made_anew.getvalue()


def swapped(content):
    first, second, *rest = content.split(b"\n")
    return b"\n".join((second, first, *rest))


CHANGES = (
    ("entries.jsonl", lambda content: content.replace("请抓紧".encode(), "不着急".encode(), 1), "entry 3"),
    ("entries.jsonl", swapped, "entry 1"),
    ("entries.jsonl", lambda content: b"\n".join(content.split(b"\n")[:2]) + b"\n", "entry 3, sealed on .* is missing"),
    ("seals.jsonl", lambda content: content.replace(b'"leaves":', b'"leaves":1', 1), "seal 2"),
    ("seals.jsonl", lambda content: content.split(b"\n", 1)[1], "seal 1"),
    ("proofs.json", lambda content: content.replace(b'"index":0', b'"index":1', 1), "not proved by the seal"),
    ("proofs.json", lambda content: orjson.dumps(orjson.loads(content)[1:]), "a gap in what was sealed"),
    ("personal.jsonl", lambda content: content.replace("李".encode(), "王".encode(), 1), "entry 2.* not what"),
    ("personal.jsonl", lambda content: content.split(b"\n", 1)[1], "entry 2.* is missing"),
    ("personal.jsonl", lambda content: content.replace(b'"seq":2', b'"seq":3', 1), "entry 2.* is missing"),
    ("personal.jsonl", lambda content: content + b'{"kept":{},"seq":77}\n', "entry that does not exist: 77"),
    ("about.json", lambda content: content.replace(b'"case": 2', b'"case": 3'), "entry 1"),
    (".bpmn", lambda content: content.replace(b"draft", b"draff"), "not as they were published"))


def test_a_part_that_was_changed_with_care_is_named(archive, settings):
    with zipfile.ZipFile(io.BytesIO(archive)) as zip:
        names = zip.namelist()
    for ending, change, said in CHANGES:
        name = next(name for name in names if name.endswith(ending))
        with pytest.raises(verifier.Wrong, match=said):
            list(verifier.check(changed_in(archive, name, change)))
    kept = settings.seals.read_text(encoding="utf-8").splitlines()
    with pytest.raises(verifier.Wrong, match="seal 2 is not the one"):
        list(verifier.check(archive, [kept[1].replace('"entries":', '"entries":1')]))


def test_erased_personal_data_is_told_and_what_came_back_does_not_hold(sessions, settings, archive):
    assert "6 pieces of personal data are those of the entries, 0 were erased" in list(verifier.check(archive))
    erase(sessions, 2, MONDAY + timedelta(days=4))
    erased = made(sessions, 2)
    assert "0 pieces of personal data are those of the entries, 6 were erased" in list(verifier.check(erased))
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        was = old.read("personal.jsonl")
    with pytest.raises(verifier.Wrong, match="entry 2: personal data is there that was erased"):
        list(verifier.check(changed_in(erased, "personal.jsonl", lambda _: was)))


@pytest.mark.parametrize("length", [0, 3, 55, 56, 64, 300])
def test_the_verifiers_own_sm3_is_the_standards(length):
    content = bytes(range(256))[:length] * (length // 256 + 1)
    assert verifier.sm3(content) == merkle.hash_of("sm3")(content)


@pytest.fixture
def issue(session, settings):
    """An issue with a file, whose process is the ring."""
    definitions.publish(session, "issue-lifecycle", {
        path.replace("p/", "issue-lifecycle/").replace("p.bpmn", "issue-lifecycle.bpmn"):
        text.replace('id="p"', 'id="issue-lifecycle"') for path, text in RING.items()}, now=MONDAY)
    found, _ = register(session, a_report(), ENTERPRISE, MONDAY, Calendar(version=0))
    attachments.keep(session, CheckedFile("说明.txt", "text/plain", b"x"), settings.data_dir, now=MONDAY,
                     issue_id=found.id)
    session.commit()
    return found


def test_an_issue_is_exported_by_its_number_with_its_files_hashes(issue, settings, monkeypatch, tmp_path):
    for name, value in (("DATABASE_URL", settings.database_url), ("DATA_DIR", str(tmp_path)), ("DEMO", "1")):
        monkeypatch.setenv(f"ZHUQI_{name}", value)
    target = tmp_path / "out.zip"
    result = CliRunner().invoke(main, ["audit", "export", issue.number, str(target)])
    assert result.exit_code == 0, result.output
    with zipfile.ZipFile(target) as zip:
        about, pdf = orjson.loads(zip.read("about.json")), zip.read("dossier.pdf")
    assert (about["number"], about["title"]) == (issue.number, issue.title)
    assert [(file["name"], file["sha256"][:8]) for file in about["attachments"]] == [("说明.txt", "2d711642")]
    assert pdf.startswith(b"%PDF-") and b"STSong-Light" in pdf
    assert list(verifier.check(target.read_bytes()))
    again = CliRunner().invoke(main, ["audit", "export", issue.number, str(target)])
    assert again.exit_code == 1 and "写不了" in again.output


def test_a_dossier_is_noted_among_the_readings_of_its_issue(issue, session, settings, monkeypatch, tmp_path):
    for name, value in (("DATABASE_URL", settings.database_url), ("DATA_DIR", str(tmp_path)), ("DEMO", "1")):
        monkeypatch.setenv(f"ZHUQI_{name}", value)
    CliRunner().invoke(main, ["audit", "export", issue.number, str(tmp_path / "out.zip")])
    read = session.scalars(select(CaseRead)).one()
    assert (read.issue_id, read.way, read.user_id, read.address) == (issue.id, "dossier", None, "")


@pytest.mark.parametrize("name", ["2026-999999", "17", "x", "-1"])
def test_a_case_that_is_not_there_is_refused(session, name):
    with pytest.raises(NotFound):
        dossier.find_case(session, name)
