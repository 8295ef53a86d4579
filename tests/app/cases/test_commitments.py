"""What is personal is committed to, fills in again, and opens for nothing else."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases import commitments
from app.cases.recorded import judge

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2**53, 2**53) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner), max_leaves=6)
INPUTS = st.fixed_dictionaries({"answers": st.dictionaries(st.sampled_from("abc"), JSON), "task_id": st.just("7")})


@given(INPUTS, st.sets(st.sampled_from(("a", "b", "a.b", "c.a"))), st.sampled_from(("sha256", "sm3")))
def test_what_was_committed_to_fills_in_again_and_leaves_nothing_in_the_entry(put_in, personal, algorithm):
    held, kept = commitments.commit(put_in, personal, algorithm)
    assert commitments.filled(held, kept) == put_in
    assert held["task_id"] == "7" and (kept == {}) == (held == put_in)
    found = judge(held, kept, False)
    assert (found.there, found.erased, found.wrong) == (len(kept), 0, None)
    if kept:
        assert commitments.filled(held, None) != put_in
        assert judge(held, {}, True).erased == len(kept)
        assert judge(held, {}, False).kind == "missing"


def test_only_what_is_personal_is_hidden_and_nothing_empty():
    put_in = {"answers": {"phone": "13900001111", "note": "", "level": "general", "people": ["甲", "乙"], "none": None,
                          "milestones": [{"title": "摸底", "responsible": "王伟"}]}, "task_id": "phone"}
    held, kept = commitments.commit(put_in, {"phone", "note", "people", "none", "milestones.responsible"}, "sha256")
    answers = held["answers"]
    assert sorted(commitments.values(kept)) == sorted(["13900001111", "甲", "乙", "王伟"])
    assert (answers["note"], answers["none"], answers["level"]) == ("", None, "general")
    assert answers["milestones"][0]["title"] == "摸底" and held["task_id"] == "phone"
    assert "13900001111" not in str(held) and len({salt for salt, _ in kept.values()}) == 4


def test_the_same_value_is_never_the_same_commitment():
    first, second = (commitments.commit({"values": {"phone": "1"}}, {"phone"}, "sha256")[0] for _ in range(2))
    assert first != second


def test_what_an_administrator_writes_is_no_commitment_even_if_it_looks_like_one():
    """Otherwise a value that nobody has could be made to look as if it had been taken away."""
    forged = {"values": {"level": {"committed": "f" * 64, "by": "sha256"}}}
    held, kept = commitments.commit(forged, set(), "sha256")
    assert judge(held, kept, False).wrong is None and commitments.filled(held, kept) == forged


@pytest.mark.parametrize("kept", [
    ("0" * 32, '"乙"'), ("0" * 30, '"甲"'), ("xx", '"甲"'), ("0" * 32, ' "甲"'), ("0" * 32, "甲"), (None, '"甲"'), (),
    "ab"])
def test_nothing_else_opens_a_commitment(kept):
    commitment = commitments.digest(bytes(16), '"甲"'.encode(), "sha256")
    assert commitments.opens(commitment, "sha256", ("0" * 32, '"甲"'))
    assert not commitments.opens(commitment, "sha256", kept) and not commitments.opens(commitment, "sm3",
                                                                                         ("0" * 32, '"甲"'))
