"""Starting an issue's case up to its first inbox, beside the same step by plain SpiffWorkflow and one commit."""
from __future__ import annotations

from app.models import Issue, WorkItem
from bench import floor
from bench.measure import report, report_times, scaled, settle, timed
from bench.product import Product, as_json, make_product

WARM_UP = 10
MOST_STATEMENTS = 10


def run(kind: str, url: str) -> None:
    product = make_product(url)
    engine, store = floor.Engine(), floor.make_store(product.engine)
    state, rest = _bytes_written(product)
    values: list[float] = []
    floors: list[float] = []
    for number in range(WARM_UP + scaled(300)):
        if number % 25 == 0:
            settle()
        value, _ = timed(product.start_case)
        step, _ = timed(engine.start, {"number": str(number), "title": "流动资金贷款到期续贷困难"})
        commit, _ = timed(store.insert, state, rest)
        if number >= WARM_UP:
            values.append(value)
            floors.append(step + commit)
    report_times(f"start_case_{kind}", values, floors)
    with product.counted() as counts:
        product.start_case()
    report(f"start_statements_{kind}", "statements", counts["statements"], MOST_STATEMENTS, 1,
           commits=counts["commits"])
    store.close()
    product.engine.dispose()


def _bytes_written(product: Product) -> tuple[bytes, bytes]:
    """The state and, as JSON, the other rows of a start: the issue, the history's entry, the work item."""
    item = product.start()
    with product.sessions() as session:
        instance = product.instance_of(session, item)
        opened = session.get_one(WorkItem, item)
        rows = [session.get_one(Issue, opened.issue_id), product.newest_entry(session, instance), opened]
        return instance.state, as_json(rows)
