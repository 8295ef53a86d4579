"""The follow-up code."""
from __future__ import annotations

import re

import pytest

from app.issues import follow_up


def test_a_code_is_sixty_random_bits_in_groups_that_people_can_read_out() -> None:
    codes = {follow_up.new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)
    assert len(follow_up.ALPHABET) ** follow_up.LENGTH >= 2**60


@pytest.mark.parametrize("typed", ["7K2M-9QXF-4T81", "7k2m 9qxf 4t81", " 7K2M9QXF4T8I", "７Ｋ２Ｍ－９ＱＸＦ－４Ｔ８l"])
def test_however_it_is_typed_the_same_code_is_meant(typed: str) -> None:
    assert follow_up.digest(typed) == follow_up.digest("7K2M-9QXF-4T81")


@pytest.mark.parametrize("typed", ["", "7K2M-9QXF", "7K2M-9QXF-4T8U", "7K2M-9QXF-4T8C-7"])
def test_what_cannot_be_a_code_still_has_a_digest_that_no_issue_has(typed: str) -> None:
    assert follow_up.normalise(typed) is None
    assert len(follow_up.digest(typed)) == 64
