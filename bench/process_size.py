"""Whether a step grows with its diagram: in one of 300 elements, beside one of 30."""
from __future__ import annotations

from app.cases import definitions
from bench.content import KEY, chain_files
from bench.measure import report_times, settle, timed
from bench.product import NOW, Product
from bench.setting import Setting, scaled

SMALL, LARGE = 30, 300
CASES = 20
STEPS = 20


def measure(setting: Setting) -> None:
    """The same twenty steps of a chain of tasks, in turns."""
    large: list[float] = []
    small: list[float] = []
    for number in range(1 + scaled(CASES)):
        for size, times in ((SMALL, small), (LARGE, large)):
            _publish(setting.product, size)
            item = setting.product.start()
            settle()
            for _ in range(STEPS):
                time, outcome = timed(setting.product.complete, item)
                (item,) = outcome.opened
                if number:
                    times.append(time)
    report_times(setting.called("process_size"), large, small)


def _publish(product: Product, size: int) -> None:
    with product.sessions.begin() as session:
        definitions.publish(session, KEY, chain_files(size), now=NOW)
