"""Starting an issue's case up to its first inbox, beside its floor: a new workflow by plain SpiffWorkflow in memory,
and one durable commit of the same bytes as two new rows."""
from __future__ import annotations

from bench import floor
from bench.complete_task import bytes_written
from bench.measure import report_times, settle, timed
from bench.setting import Setting, scaled

WARM_UP = 10
CASES = 300


def measure(setting: Setting) -> None:
    engine, store = floor.Engine(), floor.store(setting.database, setting.url)
    state, rest = bytes_written(setting.product)
    values: list[float] = []
    floors: list[float] = []
    settle()
    for number in range(WARM_UP + scaled(CASES, least=2)):
        value, _ = timed(setting.product.start_case)
        start, _ = timed(engine.start, {"number": str(number)})
        commit, _ = timed(store.insert, state, rest)
        if number >= WARM_UP:
            values.append(value)
            floors.append(start + commit)
    report_times(setting.called("start_case"), values, floors)
