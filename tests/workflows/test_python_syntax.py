from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from workflows.expressions import compile_expression

ROOT = Path(__file__).parents[2]
LONG = f"[a{{number}}, {', '.join(['[x]'] * 100)}]"
THREADS, EACH = 4, 20


@pytest.fixture
def gives_way_while_collecting() -> Iterator[None]:
    """Garbage is collected every few objects, and other threads run meanwhile."""
    def give_way(phase: str, _info: object) -> None:
        if phase == "start":
            time.sleep(0.0005)

    usual = gc.get_threshold()
    gc.callbacks.append(give_way)
    gc.set_threshold(5)
    yield
    gc.set_threshold(*usual)
    gc.callbacks.remove(give_way)


def test_threads_that_read_expressions_at_once_do_not_disturb_each_other(gives_way_while_collecting: None):
    begin = Barrier(THREADS)

    def read(first: int) -> int:
        begin.wait()
        return sum(bool(compile_expression(LONG.format(number=first + i)).names) for i in range(EACH))

    with ThreadPoolExecutor(THREADS) as threads:
        assert list(threads.map(read, range(0, THREADS * EACH, EACH))) == [EACH] * THREADS


def test_nobody_goes_to_pythons_parser_past_it():
    callers = {str(file.relative_to(ROOT)) for folder in ("app", "workflows") for file in (ROOT / folder).rglob("*.py")
               if "ast.parse(" in file.read_text(encoding="utf-8")}
    assert callers == {"workflows/python_syntax.py"}
