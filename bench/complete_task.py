"""Finishing one user task durably through the service, beside its floor; and the statements that it takes."""
from __future__ import annotations

from sqlalchemy import select

from app.models import Timer, WorkItem
from bench import floor
from bench.content import KEY, TASKS, personal_files
from bench.measure import report, report_times, scaled, settle, timed
from bench.product import ANSWERS, Product, as_json, make_product

WARM_UP = 5
STEPS = TASKS - 1
MOST_STATEMENTS = 8


def run(kind: str, url: str) -> None:
    product = make_product(url)
    measure(kind, product)
    count(f"statements_{kind}", product)
    product.publish(KEY, personal_files())
    count(f"statements_personal_{kind}", product)
    product.engine.dispose()


def measure(kind: str, product: Product) -> None:
    """Walks cases from their first task to their last, each step once by the product and once by the floor."""
    engine, store = floor.Engine(), floor.make_store(product.engine)
    state, rest = _bytes_written(product)
    values: list[float] = []
    floors: list[float] = []
    for number in range(WARM_UP + scaled(60)):
        item, workflow = product.start(), engine.start({"number": str(number)})
        settle()
        for _ in range(STEPS):
            value, outcome = timed(product.complete, item)
            step, _ = timed(engine.complete, workflow, ANSWERS)
            commit, _ = timed(store.commit, state, rest)
            (item,) = outcome.opened
            if number >= WARM_UP:
                values.append(value)
                floors.append(step + commit)
    report_times(f"complete_task_{kind}", values, floors)
    store.close()


def count(name: str, product: Product) -> None:
    """The most statements and commits that one of these completions takes."""
    item = product.start()
    statements, commits = 0, 0
    for _ in range(STEPS):
        with product.counted() as counts:
            (item,) = product.complete(item).opened
        statements, commits = max(statements, counts["statements"]), max(commits, counts["commits"])
    report(name, "statements", statements, MOST_STATEMENTS, STEPS, commits=commits)


def _bytes_written(product: Product) -> tuple[bytes, bytes]:
    """The state and, as JSON, the other rows of a completion that arms a timer: what the floor writes too."""
    item = product.start()
    (second,) = product.complete(item).opened
    (third,) = product.complete(second).opened
    with product.sessions() as session:
        instance = product.instance_of(session, third)
        timers = session.scalars(select(Timer).where(Timer.instance_id == instance.id)).all()
        rows = [product.newest_entry(session, instance), session.get_one(WorkItem, second),
                session.get_one(WorkItem, third), *timers]
        return instance.state, as_json(rows)
