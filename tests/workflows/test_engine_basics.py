"""The engine walks a diagram: one input, one step."""
from __future__ import annotations

from tests.workflows.diagrams import diagram, end, files, flow, start, user
from tests.workflows.play import CALENDAR, NOON, load


def test_a_started_process_opens_its_first_task() -> None:
    play = load(files(diagram(start(), user("a", stage="judge", due="working_days(1)"), end(), flow("start", "a", "end"))))
    step = play.start(x=1)
    (task,) = step.opened
    assert (task.element_id, task.unit, task.position, task.stage, task.form) == ("a", "miit", "clerk", "judge", "plain")
    assert step.variables == {"x": 1}
    assert task.due_at is not None and task.due_at > NOON
    assert CALENDAR.version == 1


def test_a_completed_task_ends_the_process() -> None:
    play = load(files(diagram(start(), user("a"), end(), flow("start", "a", "end"))))
    play.start()
    step = play.complete("a", ok=True)
    assert step.ended == "completed"
    assert step.variables == {"ok": True} and step.changed == {"ok"}
    assert [closed.how for closed in step.closed] == ["completed"]
