"""Patterns of forms: ordinary ones work, those that run away are refused."""
from __future__ import annotations

import pytest

from workflows.patterns import PatternRefused, compile_pattern


@pytest.mark.parametrize(("pattern", "text"), [
    (r"[0-9A-HJ-NPQRTUWXY]{18}", "91150600MA0N000X1K"), (r"1[3-9]\d{9}", "13800000000"),
    (r"[^@\s]+@[^@\s]+\.[^@\s]+", "a@b.cn"), (r"(?:\d{3,4}-)?\d{7,8}", "0477-8580000"),
    (r"(\d{4}-){2}\d{4}", "1234-1234-1234"),
    (r"(?:京|蒙)[A-Z]\d{5}", "蒙K12345"), (r"(?=.*\d)[a-z0-9]{8,20}", "abcdefg1"), (r"(ab)*c", "ababc"),
])
def test_an_ordinary_pattern_matches(pattern, text):
    assert compile_pattern(pattern).fullmatch(text)


@pytest.mark.parametrize("pattern", [
    "(a+)+b", "(a*)*", "(a|a)*b", "(a|aa){300}b", "(.*)\\1", "(x?){9}", "x?" * 60, "(a{1,9}){1,9}", ".*.*.*.*", "[",
    "(", "a" * 201,
    "((((){300}){300}){300}){300}", "(?:a|b?)*c", "(?=(a+)+b)a", "(?(1)a|b)", "a{99999999999}", "(?P<x>a)(?P=x)",
])
def test_a_pattern_that_could_run_away_is_refused(pattern):
    with pytest.raises(PatternRefused):
        compile_pattern(pattern)
