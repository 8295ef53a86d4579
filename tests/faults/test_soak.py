"""Hour after hour of ordinary use: the web processes do not grow, and do not get slower."""
from __future__ import annotations

import time
from pathlib import Path
from statistics import quantiles
from threading import Lock

from app.clock import system_clock
from tests.faults import town as towns
from tests.faults.officers import Officer
from tests.faults.town import OFFICERS, Town, wait_for
from tests.sizes import FULL, sized, tell

REQUESTS = sized(250, 50_000)
"""on each database"""
RINGS = 30
EMPTY = "/healthz"
"""what a busy machine makes slower as it does the others: each time is told beside that of this request"""
MOST_GROWTH, MOST_DRIFT = 1.10, 1.20
"""memory at the end beside memory after the first third; the last fifth's 95th percentile beside the second fifth's"""


class Record:
    """What all clients have seen: seconds of each request, in the order of their ends, and of the empty ones."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.empty: list[float] = []
        self._lock = Lock()

    def add(self, seconds: float, path: str) -> None:
        with self._lock:
            (self.empty if path == EMPTY else self.seconds).append(seconds)

    @property
    def requests(self) -> int:
        return len(self.seconds) + len(self.empty)


class Resident(Officer):
    """An officer's day: looks at the inbox and at a task, finishes it, looks for an issue that is not there."""

    def __init__(self, town: Town, username: str, record: Record):
        super().__init__(town, username, seed=1)
        self.record = record

    def request(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        begun = time.perf_counter()
        try:
            return super().request(method, path, form)
        finally:
            self.record.add(time.perf_counter() - begun, path)

    def finish(self, item: int) -> int:
        for path, expected in (("/inbox", (200,)), (f"/tasks/{item}", (200,)), ("/issues/999999", (404,)),
                               ("/inbox?view=unit&sort=due", (200,)), (EMPTY, (200,))):
            status, _ = self.request("GET", path)
            assert status in expected, f"{path}: {status}"
        return super().finish(item)


def memory(master: int) -> int:
    """Kilobytes that the web workers hold for themselves: what they share with the forking process counts once at
    most, so it is left out."""
    total = 0
    for pid in towns.children(master):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))
    return total


def early_and_late(seconds: list[float]) -> tuple[float, float]:
    """The 95th percentiles of the second and the last fifth."""
    fifth = len(seconds) // 5
    early, late = (quantiles(part, n=20)[-1] for part in (seconds[fifth:2 * fifth], seconds[-fifth:]))
    return early, late


def test_web_processes_neither_grow_nor_get_slower(town):
    town.start_cases("ring", RINGS, now=system_clock())
    record = Record()
    officers = [Resident(town, name, record) for name in OFFICERS]
    with town.served() as master:
        for officer in officers:
            officer.start()
        memories, workers = [], []
        for share in (1 / 3, 1):
            wanted = int(REQUESTS * share)
            wait_for(lambda wanted=wanted: record.requests >= wanted or broken(officers), f"{wanted} requests",
                     patience=REQUESTS)
            memories.append(memory(master))
            workers.append(towns.children(master))
        for officer in officers:
            officer.halt.set()
        for officer in officers:
            officer.join(60)
        assert not broken(officers), [officer.broken for officer in officers]
        assert workers[0] == workers[1], "the same processes all the time"
    early, late = early_and_late(record.seconds)
    empty_early, empty_late = early_and_late(record.empty)
    busier = empty_late / empty_early
    growth, drift = memories[1] / memories[0], late / early / busier
    tell(f"soak, {town.kind}: {record.requests} requests, memory {memories[0] / 1024:.0f} to "
         f"{memories[1] / 1024:.0f} MiB ({growth - 1:+.1%}), p95 {early * 1000:.0f} to {late * 1000:.0f} ms "
         f"({late / early - 1:+.1%}, of the empty request {busier - 1:+.1%}, so {drift - 1:+.1%})")
    assert not any(status >= 500 for officer in officers for status in officer.answers)
    assert town.faults() == []
    assert growth < MOST_GROWTH
    assert drift < MOST_DRIFT or not FULL, "over so few requests it says nothing"


def broken(officers: list[Officer]) -> list[Officer]:
    return [officer for officer in officers if officer.broken is not None]
