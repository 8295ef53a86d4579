"""Timing, side by side: each round runs the product once and its floor once, so that noise meets both alike."""
from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable
from statistics import median, quantiles
from time import perf_counter
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
SCALE = "ZHUQI_BENCH_SCALE"
"""environment variable: the share of each measurement's size that is run; 1 when it is not set"""


def scaled(whole: int, least: int = 2) -> int:
    """A size for this run: `whole` for a figure that counts, down to `least` to see whether the measurement works."""
    return max(least, round(whole * float(os.environ.get(SCALE, "1"))))


def timed(act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> tuple[float, R]:
    """How long it took, in milliseconds, and what it returned."""
    begun = perf_counter()
    result = act(*args, **kwargs)
    return (perf_counter() - begun) * 1000, result


def report(name: str, unit: str, value: float, floor: float, n: int, **more: float) -> None:
    """Prints one JSON line: {name, value, unit, floor, ratio, n}, and what else there is to say."""
    line = {"name": name, "value": round(value, 3), "unit": unit, "floor": round(floor, 3),
            "ratio": round(value / floor, 2), "n": n, **{key: round(number, 3) for key, number in more.items()}}
    print(json.dumps(line), flush=True)


def report_times(name: str, values: list[float], floors: list[float], **more: float) -> None:
    """Prints the medians, and the 95th percentiles of both."""
    report(name, "ms", median(values), median(floors), len(values), p95=quantiles(values, n=20)[-1],
           floor_p95=quantiles(floors, n=20)[-1], **more)


def settle() -> None:
    """Collects garbage, so that no measurement pays for what came before it."""
    gc.collect()
