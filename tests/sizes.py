"""How much of a heavy test is run, and the figures it leaves: a share by `make test`, all of it by `make test-full`."""
from __future__ import annotations

import os
from pathlib import Path

FULL = os.environ.get("ZHUQI_TEST") == "full"
FIGURES = "ZHUQI_FIGURES"
"""environment variable that names the file in which a run collects its figures, for all its processes"""


def sized(short: int, full: int) -> int:
    """The number for this run: of kills, pairs, requests, examples."""
    return full if FULL else short


def tell(figure: str) -> None:
    """Notes a figure, shown at the end of the run: "kills: 512 (web 256, worker 256), 0 acknowledged lost"."""
    with Path(os.environ[FIGURES]).open("a", encoding="utf-8") as file:
        file.write(figure + "\n")
