"""The administrators' log is under the seals: whatever is changed in it is found and named, and a sound one passes."""
from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from app.audit import sealing
from app.audit.acts import LOG
from app.powers import log
from tests.app.audit.lives import NIGHT, begin, first, live, press, verify
from tests.app.audit.tampering import Act, Books, Done, Row, cut_off, empty, put_in, remove, swap, update
from tests.conftest import MONDAY
from tests.sizes import sized, tell

AFTER = NIGHT + timedelta(days=9)


class LogBooks(Books):
    """The log, as if it were the only case."""
    said = "subject"
    digest = staticmethod(log.digest)

    def entries(self, case: int) -> list[Row]:
        return self.rows["admin_act"]

    def put(self, case: int, entries: list[Row]) -> None:
        self.rows["admin_act"] = entries

    def cases(self, least: int = 1) -> list[int]:
        return [LOG]

    def fix_head(self, case: int) -> None:
        """The log's end says what its acts say."""
        acts = self.entries(LOG)
        self.rows["admin_log"] = [{"id": 1, "length": len(acts), "head": acts[-1]["hash"]}] if acts else []

    def changes(self, row: Row) -> list[tuple[str, Any]]:
        return [("subject", row["subject"] + "。"), ("what", "登录"), ("name", "某人"), ("position", "auditor"),
                ("after", {**row["after"], "x": 1}), ("address", "10.0.0.1")]


def drop_day(books: Books, random: Random) -> Done:
    """The acts of a sealed day go with all that came after them, perhaps with the log's leaves."""
    leaf = random.choice([row for row in books.rows["sealed_case"] if row["instance_id"] == LOG])
    books.put(LOG, books.entries(LOG)[:leaf["first"] - 1])
    if random.random() < 0.5:
        return Done("a day", LOG, leaf["first"], ("missing",))
    books.rows["sealed_case"] = [row for row in books.rows["sealed_case"]
                                 if row["instance_id"] != LOG or row["seal"] < leaf["seal"]]
    return Done("a day and its leaves", kinds=("missing",))


def replace_all(books: Books, random: Random) -> Done:
    """Another log, consistent in itself."""
    for row in books.entries(LOG):
        row["name"] = "某人"
    books.chain_anew(LOG)
    return Done("all of it", LOG, 1, ("altered",))


ACTS: tuple[Act, ...] = (update, remove, put_in, swap, cut_off, drop_day, replace_all)


def acts(sessions, now, count):
    """So many acts, a minute each."""
    for number in range(count):
        with sessions.begin() as session:
            log.append(session, log.Act("admin.units_edit", "修改单位", f"单位{number}", {"name": "甲"}, {"name": "乙"},
                                        address="127.0.0.1"), now + timedelta(minutes=number))


def administered(sessions, settings, days=4):
    """A city in which administrators act on each day but the second, and cases move."""
    ids = begin(sessions, 3)
    for day in range(days):
        press(sessions, ids[day % 3], MONDAY + timedelta(days=day))
        acts(sessions, MONDAY + timedelta(days=day), 0 if day == 1 else 3)
        assert sealing.work_off(sessions, settings, NIGHT + timedelta(days=day)) == 1


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_every_random_tampering_with_the_log_is_found_and_named(sessions, settings, engine, algorithm):
    done: Counter[str] = Counter()
    administered(sessions, replace(settings, seal_hash=algorithm))
    whole = LogBooks.load(engine)
    for number in range(sized(14, 56)):
        books, random = whole.copy(), Random(f"{algorithm} {number}")
        act = ACTS[number % len(ACTS)](books, random)
        books.store(engine)
        found = verify(sessions, settings, AFTER)
        assert found.found, f"{number}: {act.told} was not found"
        _is_named(first(found), act, algorithm)
        done[act.kind] += 1
    whole.store(engine)
    assert not verify(sessions, settings, AFTER).found
    tell(f"tamperings with the log, {algorithm} on {engine.dialect.name}: {done.total()} ({dict(done)}), 0 not found")


def _is_named(finding, act, algorithm):
    if act.place is None:
        assert finding.what in act.kinds, (act, finding)
        return
    assert (finding.case, finding.place) == (LOG, act.place), (act, finding)
    assert f"管理日志第{act.place}条" in finding.said
    if algorithm == "sha256" or act.told != "delete, chained anew":
        assert finding.what in act.kinds, (act, finding)


def test_a_log_that_nobody_has_changed_passes(sessions, settings, engine):
    many = sized(3, 50)
    for number in range(many):
        random = Random(number)
        own = replace(settings, seal_hash=random.choice(("sha256", "sm3")), seal_dir=settings.data_dir / str(number))
        ids = begin(sessions, 2)
        for day in range(random.randint(1, 4)):
            acts(sessions, MONDAY + timedelta(days=day, hours=random.randint(0, 20)), random.randint(0, 3))
            press(sessions, random.choice(ids), MONDAY + timedelta(days=day))
            if random.random() < 0.8:
                sealing.seal(sessions, own, NIGHT + timedelta(days=day))
        found = verify(sessions, own, AFTER)
        assert not found.found, found.findings
        empty(engine)
    tell(f"clean logs on {engine.dialect.name}: {many}, 0 false alarms")


def test_acts_of_before_the_log_was_sealed_are_no_alarm_and_are_sealed_next(sessions, settings):
    """As after the upgrade that brings this: seals are there already, and old acts that are in none."""
    live(sessions, settings, days=3)
    acts(sessions, MONDAY, 2)
    found = verify(sessions, settings, AFTER)
    assert (found.found, found.acts) == (0, 2)
    sealing.seal(sessions, settings, NIGHT + timedelta(days=3))
    assert not verify(sessions, settings, AFTER).found


def test_an_act_that_was_put_in_with_an_old_date_after_the_seal_is_named(sessions, settings):
    administered(sessions, settings)
    acts(sessions, MONDAY, 1)
    (found,) = verify(sessions, settings, AFTER).findings
    assert (found.what, found.case, found.place) == ("inserted", LOG, 10)
    assert str(found.said) == "管理日志第10条是封存以后补插的，时间是假的"


def test_what_was_cut_off_the_log_since_its_last_seal_is_missed(sessions, settings, engine):
    administered(sessions, settings)
    acts(sessions, NIGHT + timedelta(days=3, hours=1), 3)
    whole = LogBooks.load(engine)
    for left, changed in ((11, False), (9, False), (12, True)):
        books = whole.copy()
        kept = books.entries(LOG)[:left]
        if changed:
            kept[-1]["name"] = "某人"
            kept[-1]["hash"] = books.digest(kept[-1])
        books.put(LOG, kept)
        books.store(engine)
        (found,) = verify(sessions, settings, AFTER).findings
        assert (found.what, found.place) == (("altered", 12) if changed else ("missing", left + 1))
        with sessions.begin() as session:
            (said,) = log.faults(session)
            assert f"第{found.place}条" in said
        acts(sessions, NIGHT + timedelta(days=3, hours=2), 1)
        (found,) = verify(sessions, settings, AFTER).findings
        assert found.place == (13 if changed else left + 1), "which no longer follows, or which is not there"
    whole.store(engine)
    assert not verify(sessions, settings, AFTER).found


def test_acts_of_a_host_that_does_not_write_down_the_logs_end_are_no_alarm(sessions, settings, engine):
    """As of the release before, while hosts change to this one; the next act is appended after them."""
    acts(sessions, MONDAY, 4)
    books = LogBooks.load(engine)
    for length in (2, None):
        books.rows["admin_log"] = [{"id": 1, "length": 2, "head": books.entries(LOG)[1]["hash"]}] if length else []
        books.store(engine)
        assert not verify(sessions, settings, AFTER).found
    acts(sessions, MONDAY + timedelta(hours=1), 1)
    assert not verify(sessions, settings, AFTER).found
    with sessions.begin() as session:
        assert list(log.faults(session)) == [] and log.end(session.connection())[0] == 5


def test_a_dossier_of_a_case_still_holds_beside_the_logs_leaf(sessions, settings):
    from app.audit import dossier, dossier_pdf
    from tests.app.audit.test_dossier import verifier

    administered(sessions, settings)
    with sessions.begin() as session:
        found = dossier.gather(session, 1, AFTER)
    copies = settings.seals.read_text(encoding="utf-8").splitlines()
    assert "4 seals are those that were sent outside" in list(
        verifier.check(dossier.packed(found, dossier_pdf.written(found)), copies))
