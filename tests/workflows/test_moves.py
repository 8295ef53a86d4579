"""Going back, being called back and jumping within one level: along a line, in the branches of a fork, in a loop."""
from __future__ import annotations

import pytest

from tests.workflows.diagrams import boundary, diagram, end, files, flow, node, script, start, timer, user, xor
from tests.workflows.play import Play, load
from workflows import engine
from workflows.errors import MoveRefused, TaskNotReady


def play(*parts: str, **kwargs: str) -> Play:
    return load(files(diagram(*parts, **kwargs)))


def chain(*inner: str) -> Play:
    return play(start(), user("a"), boundary("remind", "a", timer("duration", "working_days(1)"), False), user("b"),
                boundary("late", "b", timer("duration", "working_days(2)")), user("c"), end(),
                flow("start", "a", "b", "c", "end"), flow("late", "end"))


def targets(p: Play, element: str) -> tuple[str, ...]:
    return engine.return_targets(p.version, p.state, p.task(element).task_id)


def test_a_returned_task_reopens_an_earlier_one_with_its_reminders_armed_again() -> None:
    p = chain()
    first = p.start().armed[0]
    p.complete("a")
    assert p.timers == ["late"]
    assert targets(p, "b") == ("a",)
    p.wake(hours=2)
    step = p.act("return_to", p.task("b").task_id, "a")
    assert p.open == ["a"] and p.timers == ["remind"]
    assert [closed.how for closed in step.closed] == ["returned"]
    assert step.armed[0].task_id != first.task_id and step.armed[0].started_at == p.now
    assert [trace.what for trace in step.trace if trace.element_id == "a"] == ["moved", "entered"]


def test_a_task_may_go_back_further_than_one_step() -> None:
    p = chain()
    p.start()
    p.complete("a")
    p.complete("b")
    assert targets(p, "c") == ("a", "b")
    p.act("return_to", p.task("c").task_id, "a")
    assert p.open == ["a"]


def test_a_move_says_at_which_stage_the_case_is_again_if_its_process_keeps_one() -> None:
    p = play(start(), script("s1", "stage = 'first'"), user("a", stage="first"), script("s2", "stage = 'second'"),
             user("b", stage="second"), user("c"), end(), flow("start", "s1", "a", "s2", "b", "c", "end"),
             variables='{"stage": null}')
    p.start()
    p.complete("a")
    assert p.act("return_to", p.task("b").task_id, "a").variables["stage"] == "first"
    assert "stage" in p.complete("a").changed
    p.complete("b")
    assert p.act("return_to", p.task("c").task_id, "a").changed == {"stage"}
    step = p.complete("a", jump_to="c")
    assert step.variables["stage"] == "first", "a step without a stage of its own says nothing"


def test_after_a_return_a_person_may_jump_straight_back_to_who_returned_it() -> None:
    p = chain()
    p.start()
    p.complete("a")
    p.complete("b")
    p.act("return_to", p.task("c").task_id, "a")
    step = p.complete("a", jump_to="c", more=1)
    assert p.open == ["c"] and p.timers == [] and step.variables == {"more": 1}
    assert [closed.how for closed in step.closed] == ["completed"]


def test_a_recalled_completion_closes_what_it_opened() -> None:
    p = chain()
    p.start()
    step = p.complete("a")
    assert step.opened[0].opened_by is not None
    step = p.act("recall", [step.opened[0].task_id], "a")
    assert p.open == ["a"] and [closed.how for closed in step.closed] == ["recalled"]


def fork() -> Play:
    return play(start(), user("a"), node("parallelGateway", "fork"), user("b"), user("b2"), user("c"), user("c2"),
                boundary("late", "c2", timer("duration", "working_days(2)")), node("parallelGateway", "join"),
                user("d"), end(), end("gone"), flow("start", "a", "fork", "b", "b2", "join", "d", "end"),
                flow("fork", "c", "c2", "join"), flow("late", "gone"))


def test_within_a_branch_only_that_branch_goes_back() -> None:
    p = fork()
    p.start()
    p.complete("a")
    p.complete("b")
    p.complete("c")
    assert targets(p, "c2") == ("a", "c")
    p.act("return_to", p.task("c2").task_id, "c")
    assert p.open == ["b2", "c"] and p.timers == []
    p.complete("c")
    assert p.timers == ["late"]
    p.complete("c2")
    p.complete("b2")
    assert p.open == ["d"]


def test_going_back_before_a_fork_ends_all_its_branches_even_those_that_have_arrived() -> None:
    p = fork()
    p.start()
    p.complete("a")
    p.complete("b")
    p.complete("b2")
    p.act("return_to", p.task("c").task_id, "a")
    assert p.open == ["a"]
    p.complete("a")
    for element in ("b", "c", "c2"):
        p.complete(element)
    assert p.open == ["b2"]
    p.complete("b2")
    assert p.open == ["d"]


def test_nobody_goes_back_into_another_branch() -> None:
    p = fork()
    p.start()
    p.complete("a")
    p.complete("b")
    with pytest.raises(MoveRefused):
        p.act("return_to", p.task("c").task_id, "b")


def test_recalling_the_completion_before_a_fork_takes_all_its_tasks() -> None:
    p = fork()
    p.start()
    opened = [task.task_id for task in p.complete("a").opened]
    step = p.act("recall", opened, "a")
    assert p.open == ["a"] and [closed.how for closed in step.closed] == ["recalled", "recalled"]


def test_one_goes_back_from_behind_a_join_into_one_branch_only() -> None:
    p = fork()
    p.start()
    for element in ("a", "b", "c", "b2", "c2"):
        p.complete(element)
    assert targets(p, "d") == ("a", "b", "b2", "c", "c2")
    p.act("return_to", p.task("d").task_id, "c2")
    assert p.open == ["c2"] and p.timers == ["late"]
    p.complete("c2")
    assert p.open == ["d"]


def test_what_a_reminder_has_opened_goes_neither_back_nor_away() -> None:
    p = play(start(), user("z"), user("a"), boundary("remind", "a", timer("duration", "PT1H"), False), user("boss"),
             end(), flow("start", "z", "a", "end"), flow("remind", "boss", "end"))
    p.start()
    p.complete("z")
    p.wake(hours=2)
    assert p.open == ["a", "boss"]
    assert targets(p, "boss") == ()
    with pytest.raises(MoveRefused):
        p.act("return_to", p.task("boss").task_id, "z")
    p.act("return_to", p.task("a").task_id, "z")
    assert p.open == ["boss", "z"]


def test_a_loop_lets_one_go_back_to_any_earlier_task_of_it() -> None:
    p = play(start(), user("a"), xor("m"), user("b"), xor("g", "end"), end(), flow("start", "a", "m", "b", "g"),
             flow("g", "m", when="again"), flow("g", "end"))
    p.start()
    p.complete("a")
    assert targets(p, "b") == ("a",)


def test_moving_to_what_is_no_task_or_not_there_is_refused() -> None:
    p = chain()
    p.start()
    p.complete("a")
    for target in ("end", "nowhere", "late"):
        with pytest.raises(MoveRefused):
            p.act("return_to", p.task("b").task_id, target)
    with pytest.raises(TaskNotReady):
        p.act("return_to", "999", "a")


@pytest.mark.parametrize("kind", ["parallelGateway", "inclusiveGateway"])
def test_a_token_that_came_straight_from_fork_to_join_goes_with_its_branches(kind: str) -> None:
    inclusive = kind == "inclusiveGateway"
    p = play(start(), user("z"), node(kind, "f", attributes='default="f_f_b"' if inclusive else ""), user("a"),
             user("b"), node(kind, "j"), user("d"), end(), flow("start", "z", "f"),
             flow("f", "a", when="true" if inclusive else None), flow("a", "j"), flow("f", "b", "j"),
             flow("f", "j", when="true" if inclusive else None), flow("j", "d", "end"))
    p.start()
    p.complete("z")
    p.act("return_to", p.task("a").task_id, "z")
    assert p.open == ["z"]
    p.complete("z")
    for element in [each for each in p.open if each != "z"]:
        p.complete(element)
    assert p.open == ["d"] and p.complete("d").ended == "completed"
