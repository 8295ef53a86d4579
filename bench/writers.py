"""How long a writer waits on SQLite when several write at once: the slowest presses of 8 threads, beside 8 times what
one press takes alone, which is what the last of 8 has to wait for at least."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from statistics import median, quantiles

from bench.measure import report, scaled, timed
from bench.product import Product, make_product

WRITERS = 8
STEPS = 9


def run(kind: str, url: str) -> None:
    """Each thread walks cases of its own, one press after another."""
    product = make_product(url)
    alone = _walk(product)
    with ThreadPoolExecutor(WRITERS) as pool:
        together = [time for times in pool.map(lambda _: _walk(product), range(WRITERS)) for time in times]
    report(f"writers_{kind}", "ms", quantiles(together, n=100)[-1], WRITERS * median(alone), len(together),
           slowest=max(together), median=median(together))
    product.engine.dispose()


def _walk(product: Product) -> list[float]:
    times = []
    for _ in range(scaled(12)):
        item = product.start()
        for _ in range(STEPS):
            time, outcome = timed(product.complete, item)
            times.append(time)
            (item,) = outcome.opened
    return times
