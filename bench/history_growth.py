"""Whether a case grows slower as it grows older: its 500th rework beside a first one."""
from __future__ import annotations

from bench.content import AGAIN
from bench.measure import report_times, settle, timed
from bench.product import Product
from bench.setting import Setting, scaled

OLD = 500
SAMPLES = 20
STEPS = int(AGAIN[1:])
"""tasks before the one that sends the case back"""


def measure(setting: Setting) -> None:
    """Takes one case through its reworks, then times its next ones beside the first ones of fresh cases."""
    product = setting.product
    old = product.start()
    for _ in range(scaled(OLD, SAMPLES) - SAMPLES // 2):
        old = _rework(product, old)
    values: list[float] = []
    firsts: list[float] = []
    for _ in range(SAMPLES):
        fresh = product.start()
        settle()
        first, _ = timed(_rework, product, fresh)
        value, old = timed(_rework, product, old)
        firsts.append(first)
        values.append(value)
    report_times(setting.called("history_growth"), values, firsts)


def _rework(product: Product, item: int) -> int:
    """From the first task to the one that sends the case back; the first task's new work item."""
    for _ in range(STEPS):
        (item,) = product.complete(item).opened
    (item,) = product.complete(item, again=True).opened
    return item
