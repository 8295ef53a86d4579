"""Whether a case of 5,000 completed steps still finds its next task, and how many bytes its state has beside a fresh
one that stands at the same task. The engine alone: what is counted is bytes, not time."""
from __future__ import annotations

from bench.content import AGAIN, KEY, product_files
from bench.measure import report
from bench.product import ANSWERS, NOW
from bench.setting import Setting, scaled
from workflows import engine
from workflows.calendar import Calendar
from workflows.versions import ProcessVersion, load_version

STEPS = 5_000


def measure(setting: Setting) -> None:
    version, calendar, steps = load_version(KEY, product_files()), Calendar(version=0), scaled(STEPS, least=7)
    fresh, _ = _walk(version, calendar, steps % (int(AGAIN[1:]) + 1))
    deep, finished = _walk(version, calendar, steps)
    report("deep_case", "bytes", len(deep), len(fresh), finished)


def _walk(version: ProcessVersion, calendar: Calendar, steps: int) -> tuple[bytes, int]:
    """The state after so many steps, going back to the first task again and again; and how many there really were."""
    step = engine.start(version, {"number": "1"}, now=NOW, calendar=calendar)
    (task,), finished = step.opened, 0
    for _ in range(steps):
        answers = ANSWERS | {"again": task.element_id == AGAIN}
        step = engine.complete(version, step.state, task.task_id, answers, now=NOW, calendar=calendar)
        (task,), finished = step.opened, finished + 1
    return step.state, finished
