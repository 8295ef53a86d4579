"""`python -m bench`: prints JSON lines {name, value, unit, floor, ratio, n}; times in milliseconds, medians."""
from __future__ import annotations

from bench import complete_task, history_growth, writers
from bench.databases import DATABASES
from bench.product import make_product


def main() -> None:
    for name, open_database in DATABASES.items():
        with open_database() as url:
            product = make_product(url)
            complete_task.measure(name, url, product)
            complete_task.count(name, product)
            history_growth.measure(name, product)
            if name == "sqlite":
                writers.measure(product)
            product.engine.dispose()


if __name__ == "__main__":
    main()
