"""The engine walks a diagram: one input, one step."""
from __future__ import annotations

from tests.workflows.diagrams import diagram, end, files, flow, start, user
from tests.workflows.play import NOON, load


def test_a_started_process_opens_its_first_task() -> None:
    task = user("a", stage="judge", due="working_days(1)")
    play = load(files(diagram(start(), task, end(), flow("start", "a", "end"))))
    step = play.start(x=1)
    (opened,) = step.opened
    assert (opened.element_id, opened.unit, opened.position) == ("a", "miit", "clerk")
    assert (opened.stage, opened.form) == ("judge", "plain")
    assert step.variables == {"x": 1}
    assert opened.due_at is not None and opened.due_at > NOON


def test_a_completed_task_ends_the_process() -> None:
    play = load(files(diagram(start(), user("a"), end(), flow("start", "a", "end"))))
    play.start()
    step = play.complete("a", ok=True)
    assert step.ended == "completed"
    assert step.variables == {"ok": True} and step.changed == {"ok"}
    assert [closed.how for closed in step.closed] == ["completed"]


def test_the_order_of_keys_in_an_input_makes_no_difference_to_the_state() -> None:
    text = files(diagram(start(), user("a"), end(), flow("start", "a", "end")))
    assert load(text).start(a={"x": 1, "y": 2}, b=3).state == load(text).start(b=3, a={"y": 2, "x": 1}).state
