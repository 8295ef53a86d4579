"""What diagrams may do: nothing but give a value or be refused, within a bound of work and of memory."""
from __future__ import annotations

import json
import re
import signal
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import pytest

from tests.security.hostile_expressions import EXPRESSIONS, HARMLESS, SCRIPTS, VARIABLES
from tests.sizes import tell
from workflows import expressions
from workflows.calendar import Calendar
from workflows.errors import ExpressionError
from workflows.patterns import PatternRefused, compile_pattern

NOW = datetime(2026, 9, 18, 1, 30, tzinfo=UTC)
CALENDAR = Calendar()
CHINESE = re.compile("[\u4e00-\u9fff]")
MOST_BYTES = 1_000_000
HANGS_AFTER = 20
"""seconds after which something runs for ever; how long it takes is told, not tested"""
REFUSED = [(kind, text) for kind, texts in EXPRESSIONS.items() for text in texts]


def evaluated(text: str) -> Any:
    return expressions.compile_expression(text).evaluate(VARIABLES, now=NOW, calendar=CALENDAR)


def ran(text: str) -> Any:
    return expressions.compile_script(text).run(VARIABLES, now=NOW, calendar=CALENDAR)


@contextmanager
def no_hang() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANGS_AFTER)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _peak(run: Callable[[], None]) -> int:
    """The bytes that running it takes at most."""
    run()  # what is imported and cached at a first time is not its own
    _forget()
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _forget() -> None:
    expressions.compile_expression.cache_clear()
    expressions.compile_script.cache_clear()


def _attempt(run: Callable[[str], Any], text: str) -> str | None:
    """The sentence with which it is refused; None when it gives a value."""
    try:
        json.dumps(run(text), default=str)
    except ExpressionError as error:
        return str(error)
    return None


def _harm(run: Callable[[str], Any], text: str, refused: bool) -> str | None:
    """What is wrong with how it ended, if anything."""
    sentence = _attempt(run, text)
    if refused and sentence is None:
        return "was let through"
    if not refused and sentence is not None:
        return f"was refused: {sentence}"
    if sentence is not None and not (CHINESE.search(sentence) and len(sentence) < 400):
        return f"said {sentence[:80]!r}"
    return None


@pytest.mark.parametrize("kind", EXPRESSIONS)
def test_hostile_expressions_are_refused_in_words(kind: str):
    with no_hang():
        harm = {text: found for text in EXPRESSIONS[kind] if (found := _harm(evaluated, text, True))}
    assert harm == {}


def test_what_only_looks_hostile_is_a_value():
    with no_hang():
        assert {text: found for text in HARMLESS if (found := _harm(evaluated, text, False))} == {}


def test_hostile_scripts_are_refused_in_words():
    with no_hang():
        assert {text: found for text in SCRIPTS if (found := _harm(ran, text, True))} == {}


def test_none_of_them_takes_more_than_a_megabyte():
    attempts = [*((evaluated, text) for _, text in REFUSED), *((evaluated, text) for text in HARMLESS),
                *((ran, text) for text in SCRIPTS)]
    peaks: dict[str, int] = {}
    longest = 0.0
    with no_hang():
        for run, text in attempts:
            _forget()
            started = time.process_time()
            _attempt(run, text)
            longest = max(longest, time.process_time() - started)
    for run, text in attempts:
        peaks[text] = _peak(lambda run=run, text=text: _attempt(run, text))  # type: ignore[misc]
    assert {text[:60]: peak for text, peak in peaks.items() if peak > MOST_BYTES} == {}
    tell(f"hostile expressions and scripts: {len(attempts)} ({len(REFUSED)} expressions and {len(SCRIPTS)} scripts "
         f"refused, {len(HARMLESS)} harmless), dearest {longest * 1000:.0f} ms "
         f"and {max(peaks.values()) / 1000:.0f} kB")


def test_the_budget_stops_an_evaluation_at_the_same_place_every_time():
    for kind in ("work", "powers and repeats"):
        for text in EXPRESSIONS[kind]:
            assert _attempt(evaluated, text) == _attempt(evaluated, text)


BOMBS = ["(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*)*", "(.*a){30}", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a*)*b",
         "([a-zA-Z]+)*$", "(a|b|ab)*c", ".*.*.*.*=", "(\\w+\\s?)*$", "a{99999}", "(a{1,99}){1,99}", "((a?){99}){99}",
         "(a)\\1+", "(?P<a>x+)(?P=a)*", "(?=(a+))\\1*b", "(((((a*)*)*)*)*)*", "[" * 99, "(" * 99, "a" * 201,
         "(?:a?){200}a{200}"]


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_forms_pattern_that_could_run_away_is_refused(bomb: str):
    with no_hang(), pytest.raises(PatternRefused, match=CHINESE):
        compile_pattern(bomb)
