"""50,000 due timers worked off by 1, 2 and 4 worker processes; on SQLite by one, which is what runs there."""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic, sleep

from sqlalchemy import func, literal, select, update

from app.models import Instance, Timer, WorkItem
from bench import bulk
from bench.measure import report, scaled
from bench.product import NOW, Product, make_product

WORKERS = {"sqlite": (1,), "postgresql": (1, 2, 4)}
LEAST_GAIN = 1.7
"""of two workers over one"""
NEVER = datetime(2999, 1, 1, tzinfo=UTC)
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 3_600


def run(kind: str, url: str) -> None:
    """Rates count from the first timer that is gone, so that starting a process is no part of them. The ratio is to the
    rate of one worker."""
    product = make_product(url)
    item = product.start()
    for _ in range(2):
        (item,) = product.complete(item).opened
    n = scaled(50_000, 100)
    alone = 0.0
    for round_, workers in enumerate(WORKERS[kind], 1):
        _fill(product, item, n, first=round_ * 1_000_000)
        with _workers(url, workers) as started:
            rate = _rate(product, n, started)
        alone = alone or rate
        report(f"due_timers_{workers}_{kind}", "timers/s", rate, alone, n, goal=LEAST_GAIN if workers == 2 else 0.0)
    product.engine.dispose()


def _fill(product: Product, item: int, n: int, first: int) -> None:
    """Cases like one that has come to a task with a timer. The bench's instant lies in the past, so all are due; only
    the timer that they are copied from is put off."""
    with product.engine.begin() as connection:
        instance, timer = connection.execute(
            select(Timer.instance_id, Timer.id).order_by(Timer.id).limit(1)).one()
        connection.execute(update(Timer).where(Timer.id == timer).values(due_at=NEVER))
        bulk.copy(connection, Instance, instance, n, id=lambda i: i + first)
        bulk.copy(connection, WorkItem, item, n, instance_id=lambda i: i + first, issue_id=lambda _: literal(1))
        bulk.copy(connection, Timer, timer, n, instance_id=lambda i: i + first,
                  due_at=lambda i: bulk.later(connection, NOW, i % 1_000))
        bulk.settle(connection)


@contextmanager
def _workers(url: str, n: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "ZHUQI_DEMO": "1", "ZHUQI_DATABASE_URL": url, "ZHUQI_DATA_DIR": folder}
        started = [subprocess.Popen([sys.executable, "-c", "from app.cli import main; main()", "worker"],
                                    env=environment, stderr=subprocess.DEVNULL) for _ in range(n)]
        try:
            yield started
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(60)


def _rate(product: Product, n: int, started: list[subprocess.Popen[bytes]]) -> float:
    """Timers a second, from when all of them were last seen to when the last is gone."""
    begun, until = monotonic(), monotonic() + PATIENCE_SECONDS
    while left := _left(product):
        assert monotonic() < until, f"{left} timers are still there"
        assert all(process.poll() is None for process in started), "a worker has ended"
        if left == n:
            begun = monotonic()
        sleep(POLL_SECONDS)
    return n / (monotonic() - begun)


def _left(product: Product) -> int:
    with product.sessions.begin() as session:
        return session.scalar(select(func.count()).select_from(Timer).where(Timer.due_at < NEVER)) or 0
