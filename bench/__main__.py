"""`python -m bench [NAME…] [--on DATABASE] [--keep FOLDER]`: prints JSON lines {name, value, unit, floor, ratio, n}.

Times are medians in milliseconds. Each measurement gets an empty database; what takes long to fill is kept in FOLDER
and found there by the next run. ZHUQI_BENCH_SCALE=0.01 runs a hundredth.
"""
from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import (
    armed_timers,
    audit_verify,
    calendar_change,
    complete_task,
    complete_task_http,
    deep_case,
    due_timers,
    history_growth,
    inbox_page,
    mining_page,
    peers,
    process_size,
    start_case,
    supervision_pages,
    what_if,
    writers,
)
from bench.databases import DATABASES


@dataclass(frozen=True, slots=True)
class Bench:
    """A measurement: given the kind of database and the address of an empty one, it prints its lines."""
    run: Callable[[str, str], None]
    kinds: tuple[str, ...] = tuple(DATABASES)


BENCHES = {
    "complete_task": Bench(complete_task.run), "start_case": Bench(start_case.run),
    "history_growth": Bench(history_growth.run), "deep_case": Bench(deep_case.run),
    "process_size": Bench(process_size.run), "inbox_page": Bench(inbox_page.run),
    "armed_timers": Bench(armed_timers.run), "due_timers": Bench(due_timers.run),
    "calendar_change": Bench(calendar_change.run),
    "complete_task_http": Bench(complete_task_http.run, ("postgresql",)), "peers": Bench(peers.run),
    "writers": Bench(writers.run, ("sqlite",)), "mining_page": Bench(mining_page.run, ("postgresql",)),
    "supervision_pages": Bench(supervision_pages.run, ("postgresql",)),
    "what_if": Bench(what_if.run), "audit_verify": Bench(audit_verify.run)}


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="bench", description="what takes how long, beside its floor")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--on", choices=DATABASES, help="only on this kind of database")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where filled databases stay for the next run")
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(BENCHES):
        parser.error(f"no measurement is called {', '.join(sorted(unknown))}")
    for kind in [given.on] if given.on else DATABASES:
        with DATABASES[kind](given.keep) as fresh:
            for name in given.names or BENCHES:
                if kind in BENCHES[name].kinds:
                    BENCHES[name].run(kind, fresh(name))


if __name__ == "__main__":
    main(sys.argv[1:])
