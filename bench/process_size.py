"""A step in a diagram of 300 elements beside the same step in one of 30."""
from __future__ import annotations

from bench.content import product_files
from bench.measure import report_times, scaled, settle, timed
from bench.product import make_product

TASKS_OF = {30: 17, 300: 179}
"""elements → user tasks of a diagram that has so many"""
WARM_UP = 3
STEPS = 16


def run(kind: str, url: str) -> None:
    product = make_product(url)
    for elements, tasks in TASKS_OF.items():
        product.publish(f"of{elements}", product_files(f"of{elements}", tasks))
    values: list[float] = []
    floors: list[float] = []
    for number in range(WARM_UP + scaled(25)):
        small, large = product.start("of30"), product.start("of300")
        settle()
        for _ in range(STEPS):
            floor, done = timed(product.complete, small)
            value, done_large = timed(product.complete, large)
            (small,), (large,) = done.opened, done_large.opened
            if number >= WARM_UP:
                values.append(value)
                floors.append(floor)
    report_times(f"process_size_{kind}", values, floors)
    product.engine.dispose()
