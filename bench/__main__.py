"""`python -m bench [NAME …]`: prints JSON lines {name, value, unit, floor, ratio, n}; all of them without a name.

Each measurement runs on an empty database of each kind that it is for.
"""
from __future__ import annotations

import sys
from collections.abc import Callable

from bench import (
    complete_task,
    deep_case,
    history_growth,
    process_size,
    start_case,
    writers,
)
from bench.databases import DATABASES
from bench.product import make_product
from bench.setting import Setting

BOTH = tuple(DATABASES)
BENCHES: dict[str, tuple[Callable[[Setting], None], tuple[str, ...]]] = {
    "complete_task": (complete_task.measure, BOTH),
    "statements": (complete_task.count, BOTH),
    "start_case": (start_case.measure, BOTH),
    "history_growth": (history_growth.measure, BOTH),
    "deep_case": (deep_case.measure, ("sqlite",)),
    "process_size": (process_size.measure, BOTH),
    "writers": (writers.measure, ("sqlite",)),
}


def main(names: list[str]) -> int:
    """The exit code: 2 for a name that there is not."""
    if unknown := set(names) - set(BENCHES):
        print(f"no such measurement: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    wanted = {name: BENCHES[name] for name in names or BENCHES}
    for database, open_databases in DATABASES.items():
        if not any(database in databases for _, databases in wanted.values()):
            continue
        with open_databases() as fresh:
            for measure, databases in wanted.values():
                if database in databases:
                    _measured(measure, database, fresh())
    return 0


def _measured(measure: Callable[[Setting], None], database: str, url: str) -> None:
    product = make_product(url)
    measure(Setting(database, url, product))
    product.engine.dispose()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
