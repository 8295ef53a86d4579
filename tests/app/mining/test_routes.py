"""Routes: what repeats at once stands once, is marked, and nothing else is lost."""
from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson
from hypothesis import given
from hypothesis import strategies as st

from app.mining.routes import LONGEST, Token, collapsed, elements_of, of_json, variant_of


def test_a_route_without_repetition_stays_as_it_was():
    assert collapsed("abcd") == ("a", "b", "c", "d")


def test_a_step_that_several_have_at_once_stands_once():
    assert collapsed("abbbc") == ("a", ("b",), "c")


def test_a_block_that_repeats_stands_once_however_often():
    assert collapsed("abcbcd") == collapsed("abcbcbcd") == ("a", ("b", "c"), "d")


def test_a_loop_in_a_loop_is_told():
    assert collapsed("abbcabbbc") == (("a", ("b",), "c"),)


def test_a_case_with_a_loop_is_another_variant_than_one_without():
    assert len({variant_of(collapsed(steps)) for steps in ("abc", "abbc", "abcabc", "acb")}) == 4


def test_blocks_that_are_too_long_to_be_loops_are_left():
    block = [f"step{number}" for number in range(LONGEST + 1)]
    assert collapsed(block * 2) == tuple(block * 2)


def test_five_hundred_rounds_are_collapsed_too():
    assert collapsed("abc" + "de" * 500) == ("a", "b", "c", ("d", "e"))


@given(st.lists(st.sampled_from("abc"), max_size=24))
def test_nothing_that_repeats_at_once_is_left_and_the_steps_are_the_same(steps: list[str]) -> None:
    route = collapsed(steps)
    assert set(elements_of(route)) == set(steps)
    for length in range(1, LONGEST + 1):
        for at in range(len(route) - 2 * length + 1):
            assert route[at:at + length] != route[at + length:at + 2 * length]
    assert _unrolls_to(route, steps), "each loop taken once or more gives the steps back"
    assert of_json(orjson.loads(orjson.dumps(route))) == route


def _unrolls_to(route: Sequence[Token], steps: Sequence[str]) -> bool:
    return len(steps) in _ends(route, steps, {0})


def _ends(route: Sequence[Token], steps: Sequence[str], begins: set[int]) -> set[int]:
    """Where the steps may have come to after a route, from any of these places."""
    ends = begins
    for token in route:
        ends = {at + 1 for at in ends if at < len(steps) and steps[at] == token} if isinstance(token, str) \
            else set(_rounds(token, steps, ends))
    return ends


def _rounds(block: Sequence[Token], steps: Sequence[str], begins: set[int]) -> Iterator[int]:
    ends = _ends(block, steps, begins)
    while ends:
        yield from ends
        ends = _ends(block, steps, ends)
