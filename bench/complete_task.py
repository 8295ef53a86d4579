"""Finishing one user task durably through the service, beside its floor; and the statements that it takes."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import select

from app.models import History, Instance, Timer, WorkItem
from bench import floor
from bench.content import TASKS
from bench.measure import report, report_times, settle, timed
from bench.product import ANSWERS, Product
from bench.setting import Setting, scaled

WARM_UP = 5
CASES = 60
STEPS = TASKS - 1
MOST_STATEMENTS = 8


def measure(setting: Setting) -> None:
    """Walks cases from their first task to their last, each step once by the product and once by the floor."""
    product, engine, store = setting.product, floor.Engine(), floor.store(setting.database, setting.url)
    state, rest = bytes_written(product)
    values: list[float] = []
    floors: list[float] = []
    for number in range(WARM_UP + scaled(CASES)):
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
    report_times(setting.called("complete_task"), values, floors)


def count(setting: Setting) -> None:
    """The most statements and commits that one of these completions takes."""
    product = setting.product
    item = product.start()
    statements, commits = 0, 0
    for _ in range(STEPS):
        with product.counted() as counts:
            (item,) = product.complete(item).opened
        statements, commits = max(statements, counts["statements"]), max(commits, counts["commits"])
    report(setting.called("statements"), "statements", statements, MOST_STATEMENTS, STEPS, commits=commits)


def bytes_written(product: Product) -> tuple[bytes, bytes]:
    """The state and, as JSON, the other rows of a completion that arms a timer: what the floor writes too."""
    item = product.start()
    (second,) = product.complete(item).opened
    (third,) = product.complete(second).opened
    with product.sessions() as session:
        instance = session.scalars(select(Instance).join(WorkItem, WorkItem.instance_id == Instance.id)
                                   .where(WorkItem.id == third)).one()
        entry = session.scalars(select(History).where(History.instance_id == instance.id)
                                .order_by(History.seq.desc()).limit(1)).one()
        timers = session.scalars(select(Timer).where(Timer.instance_id == instance.id)).all()
        rows = [entry, session.get_one(WorkItem, second), session.get_one(WorkItem, third), *timers]
        return instance.state, b"".join(orjson.dumps(_columns(row)) for row in rows)


def _columns(row: Any) -> Mapping[str, Any]:
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}
