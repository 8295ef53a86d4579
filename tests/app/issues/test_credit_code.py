"""The unified social credit code, GB 32100-2015."""
from __future__ import annotations

import pytest

from app.issues.credit_code import CreditCodeError, check_character, parse


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000802100433B", "9144030071526726XG"])
def test_a_published_code_has_its_own_check_character(code: str) -> None:
    assert check_character(code[:-1]) == code[-1]
    assert parse(code) == code


@pytest.mark.parametrize("typed", ["91350100m000100y43", " 9135 0100 M000 100Y 43 ",
                                   "９１３５０１００Ｍ０００１００Ｙ４３"])
def test_spaces_small_and_full_width_letters_are_forgiven(typed: str) -> None:
    assert parse(typed) == "91350100M000100Y43"


def test_nothing_typed_is_no_code() -> None:
    assert parse("  ") is None


@pytest.mark.parametrize(("typed", "told"), [
    ("91350100M000100Y4", "您填了17位"),
    ("91350100M000100Y4O", "第18位“O”"),
    ("91350100M000100Y44", "有一位可能抄错了"),
    ("91350100M000010Y43", "有一位可能抄错了"),
])
def test_a_wrong_code_is_told_with_what_to_look_at(typed: str, told: str) -> None:
    with pytest.raises(CreditCodeError, match=told):
        parse(typed)
