"""What is sealed in the night, in which order, and what leaves the machine."""
from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event, func, select, update
from structlog.testing import capture_logs

from app.audit import merkle, outside, sealing
from app.audit.seals import leaf_content, line_hashes, read_line
from app.models import History, Outbox, Seal, SealedCase
from tests.app.audit.lives import NIGHT, begin, live, press, verify
from tests.app.audit.tampering import Books
from tests.conftest import MONDAY


def lines(sessions):
    with sessions() as session:
        return [read_line(line) for line in session.scalars(select(Seal.line).order_by(Seal.number))]


def leaves(sessions, number):
    with sessions() as session:
        return session.execute(select(SealedCase.instance_id, SealedCase.first, SealedCase.hashes).where(
            SealedCase.seal == number).order_by(SealedCase.instance_id)).all()


def test_each_nights_seal_has_the_entries_that_were_new_and_no_others(sessions, settings):
    live(sessions, settings, days=3)
    made = lines(sessions)
    assert [(line.number, line.day) for line in made] == [(day + 1, date(2026, 3, 2 + day)) for day in range(3)]
    sealed = leaves(sessions, 3)
    with sessions() as session:
        assert sum(line.entries for line in made) == session.scalar(select(func.count()).select_from(History))
        for case, first, hashes in sealed:
            stored = session.scalars(select(History.hash).where(History.instance_id == case, History.seq >= first)
                                     .order_by(History.seq)).all()
            assert "".join(stored) == hashes.hex()


def test_a_leaf_is_proved_to_be_in_its_seal_and_a_seal_to_follow_from_an_earlier_one(sessions, settings):
    live(sessions, settings, days=4)
    last = lines(sessions)[-1]
    hash = merkle.hash_of("sha256")
    hashed = [merkle.leaf_hash(hash, leaf_content(*leaf)) for leaf in leaves(sessions, 4)]
    proof = merkle.inclusion(hash, hashed, 1)
    assert merkle.root_by(hash, hashed[1], 1, last.leaves, proof) == bytes.fromhex(last.root)
    texts = [line.text() for line in lines(sessions)]
    of_seals = line_hashes("sha256", texts[:3])
    proof = merkle.consistency(hash, of_seals, 2)
    old = bytes.fromhex(lines(sessions)[2].earlier)
    assert merkle.consistent(hash, 2, 3, old, bytes.fromhex(last.earlier), proof)


def test_it_is_sealed_once_a_night_from_ten_past_midnight_on(sessions, settings):
    begin(sessions, 1)
    for minute, made in ((9, 0), (10, 1), (11, 0)):
        assert sealing.work_off(sessions, settings, NIGHT.replace(hour=16, minute=minute)) == made


def test_a_city_without_cases_has_nothing_to_seal(sessions, settings):
    assert sealing.work_off(sessions, settings, NIGHT) == 0


def test_a_day_without_entries_is_sealed_too(sessions, settings):
    live(sessions, settings, days=1)
    sealing.work_off(sessions, settings, NIGHT + timedelta(days=1))
    assert [line.leaves > 0 for line in lines(sessions)] == [True, False]
    assert not verify(sessions, settings, NIGHT + timedelta(days=1)).found


def test_an_entry_that_was_committed_late_is_in_the_next_seal(sessions, settings):
    (case,) = begin(sessions, 1)
    sealing.seal(sessions, settings, NIGHT)
    press(sessions, case, NIGHT - timedelta(hours=2))
    assert not verify(sessions, settings, NIGHT).found
    assert sealing.seal(sessions, settings, NIGHT + timedelta(days=1)).entries == 2
    assert not verify(sessions, settings, NIGHT + timedelta(days=1)).found


def test_sealing_a_day_reads_that_days_entries_alone(sessions, settings, engine):
    live(sessions, settings, days=3, cases=6)
    begin(sessions, 1, NIGHT + timedelta(days=2, hours=3))
    seen = []
    event.listen(engine, "before_cursor_execute", lambda *told: seen.append(told[2:4]))
    line = sealing.seal(sessions, settings, NIGHT + timedelta(days=3))
    assert (line.leaves, line.entries) == (1, 1)
    with engine.connect() as connection:
        asked = [(text, given) for text, given in seen if "FROM history" in text]
        assert len(asked) == 2
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")
        for text, given in asked:
            explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
            plan = " ".join(str(row) for row in connection.exec_driver_sql(explain + text, given))
            assert "ix_history_at" in plan or "pk_history" in plan or "sqlite_autoindex_history" in plan, plan
            assert "SCAN history" not in plan and "Seq Scan on history" not in plan


def test_a_seal_that_was_cut_off_is_taken_up_by_the_next_attempt(sessions, settings, monkeypatch):
    ids = begin(sessions, 5)
    monkeypatch.setattr(sealing, "AT_ONCE", 2)
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "_close", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sealing.seal(sessions, settings, NIGHT)
    press(sessions, ids[0], NIGHT)
    line = sealing.seal(sessions, replace(settings, seal_hash="sm3"), NIGHT + timedelta(minutes=1))
    assert (line.number, line.leaves, line.entries, line.algorithm) == (1, 5, 5, "sha256")
    assert sealing.seal(sessions, settings, NIGHT + timedelta(minutes=2)).entries == 2
    assert not verify(sessions, settings, NIGHT).found


def test_of_two_hosts_that_seal_at_once_one_does(sessions, settings, monkeypatch):
    begin(sessions, 2)
    collect = sealing._collect

    def overtaken(*given):
        monkeypatch.setattr(sealing, "_collect", collect)
        assert sealing.seal(sessions, settings, NIGHT) is not None
        return collect(*given)

    monkeypatch.setattr(sealing, "_collect", overtaken)
    assert sealing.seal(sessions, settings, NIGHT) is None
    assert [line.leaves for line in lines(sessions)] == [2]


def test_the_hash_can_be_changed_on_any_day(sessions, settings):
    (case,) = begin(sessions, 1)
    for day, algorithm in enumerate(("sha256", "sm3", "sm3", "sha256")):
        press(sessions, case, MONDAY + timedelta(days=day))
        sealing.seal(sessions, replace(settings, seal_hash=algorithm), NIGHT + timedelta(days=day))
    assert [line.algorithm for line in lines(sessions)] == ["sha256", "sm3", "sm3", "sha256"]
    assert not verify(sessions, settings, NIGHT + timedelta(days=3)).found


def test_a_case_that_was_tampered_with_before_its_first_seal_is_left_out_and_named(sessions, settings):
    ids = begin(sessions, 3)
    with sessions.begin() as session:
        session.execute(update(History).where(History.instance_id == ids[1]).values(text="改过"))
    assert sealing.seal(sessions, settings, NIGHT).leaves == 2
    found = verify(sessions, settings, NIGHT).findings
    assert [(each.case, each.place, each.what) for each in found] == [(ids[1], 1, "altered")]


def test_seals_leave_by_file_and_by_mail(sessions, settings):
    live(sessions, settings, days=2)
    written = settings.seals.read_text(encoding="utf-8").splitlines()
    assert [read_line(line) for line in written] == lines(sessions)
    with sessions() as session:
        letters = session.scalars(select(Outbox).order_by(Outbox.id)).all()
    assert [letter.recipient for letter in letters] == [*settings.seal_mail] * 2
    assert written[0] in letters[0].body and "第1号（2026年3月2日）" in letters[0].subject


def test_a_file_that_was_away_or_torn_is_brought_up_to_date(sessions, settings):
    live(sessions, settings, days=2)
    whole = settings.seals.read_bytes()
    for left in (b"", whole[:50], whole[:-50], whole):
        settings.seals.write_bytes(left)
        outside.deliver(sessions, settings)
        assert settings.seals.read_bytes() == whole


def test_a_file_that_ends_otherwise_than_the_database_is_told_and_left_as_it_is(sessions, settings, engine):
    """As after a restore of an older backup, or when somebody has cut off the newest seals."""
    live(sessions, settings, days=3)
    left = settings.seals.read_bytes()
    books = Books.load(engine)
    books.rows["seal"].pop()
    books.store(engine)
    with capture_logs() as logs:
        sealing.seal(sessions, settings, NIGHT + timedelta(days=4))
    assert {"event": "seals_differ_from_file", "log_level": "error", "seal": "3"} in logs
    assert settings.seals.read_bytes() == left


def test_a_folder_that_cannot_be_written_does_not_stop_the_seal(sessions, settings, tmp_path):
    begin(sessions, 1)
    (tmp_path / "outside").write_text("no folder")
    assert sealing.work_off(sessions, settings, NIGHT) == 1
