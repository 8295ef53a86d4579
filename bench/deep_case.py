"""A case of 5,000 completed steps: whether it still finds its next task, and its state beside that of a fresh one."""
from __future__ import annotations

from bench.content import AGAIN
from bench.measure import report, scaled
from bench.product import Product, make_product

ROUND = int(AGAIN[1:]) + 1
"""tasks of one rework"""


def run(kind: str, url: str) -> None:
    product = make_product(url)
    steps = scaled(5_000, ROUND) // ROUND * ROUND
    old = product.start()
    for number in range(1, steps + 1):
        (old,) = product.complete(old, again=number % ROUND == 0).opened
    report(f"deep_case_{kind}", "bytes", _state_bytes(product, old), _state_bytes(product, product.start()), steps)
    product.engine.dispose()


def _state_bytes(product: Product, item: int) -> int:
    with product.sessions() as session:
        return len(product.instance_of(session, item).state)
