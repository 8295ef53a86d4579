"""Whatever is changed is found and named, and what nobody has changed passes."""
from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy.orm import sessionmaker

from app.audit import sealing, verification
from app.audit.seals import read_line
from app.cases.commitments import OPTION
from tests.app.audit.lives import NIGHT, begin, erase, first, live, press, verify
from tests.app.audit.tampering import ACTS, Books, empty
from tests.conftest import MONDAY
from tests.sizes import sized, tell

AFTER = NIGHT + timedelta(days=9)


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_every_random_tampering_is_found_and_named(sessions, settings, engine, algorithm):
    """Where SM3 seals and somebody has taken an entry out and chained anew, the place is still told, but not whether
    the entry was changed or taken out."""
    done: Counter[str] = Counter()
    live(sessions, replace(settings, seal_hash=algorithm), days=4)
    whole = Books.load(engine)
    copies = [row["line"] for row in whole.rows["seal"]]
    for number in range(sized(16, 120)):
        books, random = whole.copy(), Random(f"{algorithm} {number}")
        act = ACTS[number % len(ACTS)](books, random)
        books.store(engine)
        found = verify(sessions, settings, AFTER, copies)
        assert found.found, f"{number}: {act.told} was not found"
        _is_named(first(found), act, algorithm)
        done[act.kind] += 1
    whole.store(engine)
    assert not verify(sessions, settings, AFTER, copies).found
    tell(f"random tamperings, {algorithm} on {engine.dialect.name}: {done.total()} ({dict(done)}), 0 not found")


def _is_named(finding, act, algorithm):
    if act.case is None:
        assert finding.what in act.kinds or finding.case is not None, (act, finding)
        return
    assert (finding.case, finding.place) == (act.case, act.place), (act, finding)
    if algorithm == "sha256" or act.told != "delete, chained anew":
        assert finding.what in act.kinds, (act, finding)


def test_what_nobody_has_changed_passes(sessions, settings, engine):
    many, erased = sized(3, 100), 0
    for number in range(many):
        random = Random(number)
        own = replace(settings, seal_hash=random.choice(("sha256", "sm3")), seal_dir=settings.data_dir / str(number))
        ids = begin(sessions, random.randint(1, 5))
        for day in range(random.randint(1, 4)):
            for _ in range(random.randint(0, 4)):
                press(sessions, random.choice(ids), MONDAY + timedelta(days=day, hours=random.randint(0, 20)))
            if random.random() < 0.4:
                erase(sessions, random.choice(ids), MONDAY + timedelta(days=day, hours=21))
                erased += 1
            if random.random() < 0.8:
                sealing.seal(sessions, own, NIGHT + timedelta(days=day))
        found = verify(sessions, own, AFTER)
        assert not found.found, found.findings
        empty(engine)
    tell(f"clean databases on {engine.dialect.name}: {many} with {erased} erasures, 0 false alarms")


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_what_was_erased_is_no_alarm_and_what_was_taken_away_is(sessions, settings, engine, algorithm):
    ids = begin(sessions, 2)
    committing = sessions.kw["bind"].execution_options(**{OPTION: algorithm})
    press(sessionmaker(committing, expire_on_commit=False), ids[0], MONDAY, 2)
    sealing.seal(sessions, settings, NIGHT)
    whole = Books.load(engine)
    assert {mark["by"] for row in whole.rows["history"]
            for mark in row["input"].get("values", {}).values()} == {algorithm}
    erase(sessions, ids[0], NIGHT)
    assert not verify(sessions, settings, AFTER).found
    with_erasure = Books.load(engine)
    with_erasure.rows["personal_value"] = whole.rows["personal_value"]
    with_erasure.store(engine)
    assert str(first(verify(sessions, settings, AFTER)).said) == \
        f"第{ids[0]}号流程的第2条历史有一项个人信息删除以后又出现了"
    whole.rows["personal_value"].pop()
    whole.store(engine)
    assert str(first(verify(sessions, settings, AFTER)).said) == \
        f"第{ids[0]}号流程的第4条历史有一项个人信息不见了，没有删除的记录"


def test_a_value_beside_an_entry_that_never_was_is_named(sessions, settings, engine):
    live(sessions, settings, days=1)
    books = Books.load(engine)
    books.rows["personal_value"].append({**books.rows["personal_value"][0], "seq": 99})
    books.store(engine)
    assert first(verify(sessions, settings, AFTER)).place == 99


def test_a_rewritten_database_is_seen_beside_what_was_sent(sessions, settings, engine):
    """Everything that the database holds is made to agree: without the copies outside it is a sound one."""
    live(sessions, settings, days=3)
    copies = settings.seals.read_text(encoding="utf-8").splitlines()
    books = Books.load(engine)
    case = books.cases(4)[0]
    books.entries(case)[1]["text"] = "改过"
    books.chain_anew(case)
    books.rows["seal"], books.rows["sealed_case"] = [], []
    books.store(engine)
    for day in range(3):
        sealing.seal(sessions, replace(settings, seal_dir=settings.data_dir / "elsewhere"), NIGHT + timedelta(days=day))
    assert not verify(sessions, settings, AFTER, ()).found
    found = verify(sessions, settings, AFTER, copies)
    assert [each.seal for each in found.findings if "与发到外面的不同" in each.said] == [1, 2, 3]
    assert "第1号封存（2026年3月2日）与发到外面的不同" in [str(each.said) for each in found.findings]


def test_a_cut_off_tail_of_seals_is_seen_beside_what_was_sent(sessions, settings, engine):
    live(sessions, settings, days=3)
    books = Books.load(engine)
    for leaf in [row for row in books.rows["sealed_case"] if row["seal"] == 3]:
        case = leaf["instance_id"]
        books.put(case, books.entries(case)[:leaf["first"] - 1])
        books.fix_head(case)
        if leaf["first"] == 1:
            books.drop_case(case)
    for name, column in (("seal", "number"), ("sealed_case", "seal")):
        books.rows[name] = [row for row in books.rows[name] if row[column] < 3]
    assert books.rows["personal_value"]
    books.drop_orphans()
    books.store(engine)
    assert not verify(sessions, settings, AFTER, ()).found
    (missing, _) = verify(sessions, settings, AFTER).findings
    assert str(missing.said) == "第3号封存（2026年3月4日）不见了，外面的副本里有"


@pytest.mark.parametrize(("column", "value", "said"), [
    ("line", "{}", "被改动过"), ("entries", 7, "被改动过"), ("day", MONDAY.date(), "被改动过")])
def test_an_altered_seal_is_named(sessions, settings, engine, column, value, said):
    live(sessions, settings, days=3)
    books = Books.load(engine)
    books.rows["seal"][1][column] = value
    books.store(engine)
    assert f"第2号封存（2026年3月3日）{said}" in [str(each.said) for each in verify(sessions, settings, AFTER).findings]


def test_a_seal_made_anew_does_not_fit_those_after_it(sessions, settings, engine):
    live(sessions, settings, days=3)
    books = Books.load(engine)
    second = read_line(books.rows["seal"][1]["line"])
    books.rows["seal"][1] |= {"line": replace(second, entries=99).text(), "entries": 99}
    books.store(engine)
    told = [(each.seal, each.what) for each in verify(sessions, settings, AFTER, ()).findings]
    assert told == [(3, "altered"), (2, "altered")]


def test_a_missing_seal_is_named_once(sessions, settings, engine):
    live(sessions, settings, days=4)
    books = Books.load(engine)
    del books.rows["seal"][1]
    books.store(engine)
    assert [str(each.said) for each in verify(sessions, settings, AFTER, ()).findings] == ["第2号封存不见了"]
    assert [str(each.said) for each in verify(sessions, settings, AFTER).findings] == [
        "第2号封存（2026年3月3日）不见了"]


def test_an_entry_that_was_put_in_with_an_old_date_after_the_seal_is_named(sessions, settings, engine):
    live(sessions, settings, days=3)
    books = Books.load(engine)
    case = books.cases()[0]
    forged = {**books.entries(case)[-1], "seq": len(books.entries(case)) + 1, "at": MONDAY, "text": "当时就说过"}
    books.put(case, [*books.entries(case), forged])
    books.chain_anew(case)
    books.store(engine)
    (found,) = verify(sessions, settings, AFTER).findings
    assert (found.what, found.case, found.place) == ("inserted", case, forged["seq"])


def test_what_was_done_since_the_last_seal_rests_on_the_chain(sessions, settings, engine):
    ids = begin(sessions, 2)
    press(sessions, ids[0], MONDAY, 3)
    found = verify(sessions, settings, AFTER)
    assert (found.found, found.unsealed, found.cases, found.entries) == (0, 8, 2, 8)
    books = Books.load(engine)
    books.entries(ids[0])[4]["text"] = "改过"
    books.store(engine)
    assert str(first(verify(sessions, settings, AFTER)).said) == f"第{ids[0]}号流程的第5条历史的内容被改动过"


def test_a_leaf_that_is_gone_shows(sessions, settings, engine):
    live(sessions, settings, days=4)
    books = Books.load(engine)
    case = next(id for id in books.cases() if sum(row["instance_id"] == id for row in books.rows["sealed_case"]) > 1)
    gone = next(row for row in books.rows["sealed_case"] if row["instance_id"] == case)
    books.rows["sealed_case"].remove(gone)
    books.store(engine)
    assert first(verify(sessions, settings, AFTER)).case == case


def test_a_verification_meanwhile_sees_each_case_at_one_moment(sessions, settings, monkeypatch):
    """People press and a seal is made while it goes on."""
    ids = begin(sessions, 4)
    sealing.seal(sessions, settings, NIGHT)
    monkeypatch.setattr(verification, "AT_ONCE", 1)
    running = verification.Verification(sessions, NIGHT)
    for number, _ in enumerate(running.run()):
        press(sessions, ids[-1 - number % 2], NIGHT + timedelta(minutes=number))
        sealing.seal(sessions, settings, NIGHT + timedelta(minutes=number))
    assert (running.found, running.cases) == (0, 4)
