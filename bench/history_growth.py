"""Whether a case grows slower as it grows older: its 500th rework beside a first one."""
from __future__ import annotations

from bench.content import AGAIN
from bench.measure import report_times, scaled, settle, timed
from bench.product import Product, make_product

STEPS = int(AGAIN[1:])
"""tasks before the one that sends the case back"""


def run(kind: str, url: str) -> None:
    """Takes one case through its reworks, then times its next ones beside the first ones of fresh cases."""
    product = make_product(url)
    samples = scaled(20)
    old = product.start()
    for _ in range(scaled(500) - samples // 2):
        old = rework(product, old)
    values: list[float] = []
    firsts: list[float] = []
    for _ in range(samples):
        fresh = product.start()
        settle()
        first, _ = timed(rework, product, fresh)
        value, old = timed(rework, product, old)
        firsts.append(first)
        values.append(value)
    report_times(f"history_growth_{kind}", values, firsts)
    product.engine.dispose()


def rework(product: Product, item: int) -> int:
    """From the first task to the one that sends the case back; the first task's new work item."""
    for _ in range(STEPS):
        (item,) = product.complete(item).opened
    (item,) = product.complete(item, again=True).opened
    return item
