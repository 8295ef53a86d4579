"""The calendar changes and 100,000 open deadlines are worked out again: when all of them move, and when none does."""
from __future__ import annotations

from time import process_time

from sqlalchemy import func, literal, select

from app.actor import SYSTEM
from app.cases import calendars, retiming
from app.models import Instance, Timer, WorkItem
from bench import bulk
from bench.measure import report, scaled, settle, timed
from bench.product import NOW, Product, make_product

DEADLINES_OF_A_CASE = 2
"""the open task's and its timer's"""
LEAST_A_SECOND = 5_000
CHANGES = {"still": "2026-12-31", "moved": "2026-03-03"}
"""a day off long after every deadline, and one before them all"""


def run(kind: str, url: str) -> None:
    product = make_product(url)
    _fill(product, scaled(100_000, 100) // DEADLINES_OF_A_CASE)
    for name, day in CHANGES.items():
        settle()
        with product.sessions.begin() as session:
            calendars.save(session, {day: {"working": False}}, [], "", actor=SYSTEM, now=NOW)
        cpu = process_time()
        took, found = timed(retiming.retime_all, product.sessions, actor=SYSTEM, now=NOW)
        cpu = process_time() - cpu
        assert not found.failed
        deadlines = found.done * DEADLINES_OF_A_CASE
        report(f"calendar_change_{name}_{kind}", "deadlines/s", deadlines / took * 1000, LEAST_A_SECOND, deadlines,
               in_a_second_of_processor=deadlines / cpu)
    product.engine.dispose()


def _fill(product: Product, n: int) -> None:
    """Many cases like one that has come to a task with a due date and a timer."""
    item = product.start()
    for _ in range(2):
        (item,) = product.complete(item).opened
    first = 1_000
    with product.engine.begin() as connection:
        instance, timer = connection.execute(select(func.min(Timer.instance_id), func.min(Timer.id))).one()
        bulk.copy(connection, Instance, instance, n, id=lambda i: i + first)
        bulk.copy(connection, WorkItem, item, n, instance_id=lambda i: i + first, issue_id=lambda _: literal(1))
        bulk.copy(connection, Timer, timer, n, instance_id=lambda i: i + first)
        bulk.settle(connection)
