"""What a measurement is given: a name and an empty database with the product on it."""
from __future__ import annotations

import os
from dataclasses import dataclass

from bench.product import Product

SCALE = float(os.environ.get("ZHUQI_BENCH_SCALE", "1"))
"""share of the full sizes: `ZHUQI_BENCH_SCALE=0.01 make bench` only shows that everything runs"""


@dataclass(frozen=True, slots=True)
class Setting:
    """`database` is sqlite or postgresql; `url` the address of the database that `product` works on."""
    database: str
    url: str
    product: Product

    def called(self, name: str) -> str:
        """The name of a figure on this database."""
        return f"{name}_{self.database}"


def scaled(size: int, least: int = 1) -> int:
    """A full size as this run wants it."""
    return max(least, int(size * SCALE))
