"""Finding what is due among a million armed timers, beside the same when nothing else is armed."""
from __future__ import annotations

from sqlalchemy import func, literal, select

from app.cases import timers
from app.models import Instance, Timer
from bench import bulk
from bench.measure import report_times, scaled, settle, timed
from bench.product import NOW, Product, make_product

DUE = 200
MOST_MS = 5.0


def run(kind: str, url: str) -> None:
    product = make_product(url)
    item = product.start()
    for _ in range(2):
        (item,) = product.complete(item).opened
    armed = scaled(1_000_000, 1_000)
    _arm(product, DUE, first=1_000, seconds=-3_600)
    alone = _find(product)
    _arm(product, armed, first=1_000_000, seconds=3_600)
    report_times(f"armed_timers_{kind}", _find(product), alone, goal=MOST_MS, armed=armed)
    product.engine.dispose()


def _arm(product: Product, n: int, *, first: int, seconds: int) -> None:
    """Gives `n` new instances a timer each; the first is due so many seconds from now, each next one a minute later."""
    with product.engine.begin() as connection:
        instance, timer = connection.execute(select(func.min(Timer.instance_id), func.min(Timer.id))).one()
        bulk.copy(connection, Instance, instance, n, id=lambda i: i + first)
        step = 60 if seconds > 0 else -60
        bulk.copy(connection, Timer, timer, n, instance_id=lambda i: i + first, task_id=lambda _: literal("1"),
                  due_at=lambda i: bulk.later(connection, NOW, i * step % 31_536_000 + seconds))
        bulk.settle(connection)


def _find(product: Product) -> list[float]:
    settle()
    taken = []
    for _ in range(scaled(200, 3)):
        with product.sessions.begin() as session:
            took, found = timed(timers.due_instances, session, NOW)
        assert len(found) == DUE, found
        taken.append(took)
    return taken
