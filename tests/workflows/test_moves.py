"""Going back, being called back and jumping, wherever a task stands."""
from __future__ import annotations

import pytest

from tests.workflows.diagrams import (
    boundary,
    declare,
    diagram,
    end,
    event,
    files,
    flow,
    multi,
    node,
    start,
    sub,
    timer,
    user,
    xor,
)
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


def instances() -> Play:
    return play(start(), user("a"), sub("s", start("s0"), user("b"), user("c"), end("s1"), flow("s0", "b", "c", "s1"),
                inner=multi("units", "unit", "answers")), boundary("late", "s", timer("duration", "working_days(5)")),
                user("d"), end(), flow("start", "a", "s", "d", "end"), flow("late", "end"))


def test_inside_an_instance_only_that_instance_goes_back() -> None:
    p = instances()
    p.start(units=["x", "y"])
    p.complete("a")
    p.complete("b", said="x1")
    assert targets(p, "c") == ("b", "a")
    step = p.act("return_to", p.task("c").task_id, "b")
    assert p.open == ["b", "b"]
    assert step.opened[0].local == {"unit": "x", "said": "x1"}
    for element in ("b", "b", "c", "c"):
        step = p.complete(element)
    assert p.open == ["d"] and len(step.variables["answers"]) == 2


def test_out_of_an_instance_the_whole_multi_instance_ends_and_begins_afresh() -> None:
    p = instances()
    p.start(units=["x", "y"])
    p.complete("a")
    p.complete("b")
    step = p.act("return_to", p.task("c").task_id, "a")
    assert p.open == ["a"] and p.timers == []
    assert sorted(closed.how for closed in step.closed) == ["cancelled", "returned"]
    p.complete("a")
    assert p.open == ["b", "b"] and p.timers == ["late"]


def called() -> Play:
    caller = diagram(start(), user("a"), node("callActivity", "call", attributes='calledElement="q"'),
                     boundary("late", "call", timer("duration", "working_days(5)")), user("z"), end(),
                     flow("start", "a", "call", "z", "end"), flow("late", "end"))
    inner = diagram(node("startEvent", "q0"), user("qa"), user("qb"), node("endEvent", "q1"),
                    flow("q0", "qa", "qb", "q1"), id="q")
    return load(files(caller, inner))


def test_in_a_called_process_one_goes_back_inside_it_or_out_to_the_caller() -> None:
    p = called()
    p.start()
    p.complete("a")
    p.complete("qa")
    assert targets(p, "qb") == ("qa", "a")
    p.act("return_to", p.task("qb").task_id, "qa")
    assert p.open == ["qa"]
    p.act("return_to", p.task("qa").task_id, "a")
    assert p.open == ["a"] and p.timers == []


def test_one_may_jump_or_be_recalled_back_into_a_called_process() -> None:
    p = called()
    p.start()
    p.complete("a")
    p.complete("qa")
    p.act("return_to", p.task("qb").task_id, "a")
    p.complete("a", jump_to="qb")
    assert p.open == ["qb"] and p.timers == ["late"]
    step = p.complete("qb")
    assert p.open == ["z"]
    p.act("recall", [step.opened[0].task_id], "qb")
    assert p.open == ["qb"]
    p.complete("qb")
    assert p.complete("z").ended == "completed"


def ended() -> Play:
    """A subprocess with a fork and a called process in it, and tasks before and after it."""
    inner = diagram(node("startEvent", "q0"), user("qa"), user("qb"), node("endEvent", "q1"),
                    flow("q0", "qa", "qb", "q1"), id="q")
    work = sub("work", start("w0"), node("parallelGateway", "fork"),
               node("callActivity", "call", attributes='calledElement="q"'), user("b"),
               sub("units", start("u0"), user("u"), end("u1"), flow("u0", "u", "u1"), inner=multi("asked", "unit")),
               node("parallelGateway", "join"), end("w1"),
               flow("w0", "fork", "call", "join", "w1"), flow("fork", "b", "join"), flow("fork", "units", "join"))
    return load(files(diagram(start(), user("a"), work, boundary("late", "work", timer("duration", "working_days(5)")),
                              user("z"), end(), flow("start", "a", "work", "z", "end"), flow("late", "end")), inner))


def walked_through(p: Play) -> Play:
    p.start(asked=["x", "y"])
    for element in ("a", "b", "u", "qa", "u", "qb"):
        p.complete(element)
    assert p.open == ["z"]
    return p


def test_one_goes_back_into_what_has_ended_and_the_branches_beside_stay_done() -> None:
    p = walked_through(ended())
    assert targets(p, "z") == ("a", "b", "qa", "qb")
    p.act("return_to", p.task("z").task_id, "qa")
    assert p.open == ["qa"] and p.timers == ["late"]
    p.complete("qa")
    p.complete("qb")
    assert p.open == ["z"]
    p.act("return_to", p.task("z").task_id, "b")
    p.complete("b")
    assert p.open == ["z"] and p.complete("z").ended == "completed"


def test_one_jumps_back_into_what_was_left_and_the_branches_beside_begin_again() -> None:
    p = ended()
    p.start(asked=["x", "y"])
    p.complete("a")
    p.act("return_to", p.task("b").task_id, "a")
    p.complete("a", jump_to="b")
    assert p.open == ["b", "qa", "u", "u"]
    for element in ("b", "qa", "qb", "u", "u"):
        p.complete(element)
    assert p.open == ["z"]


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


def test_nobody_goes_back_into_what_an_event_had_set_going_or_into_one_of_many() -> None:
    p = play(start(), user("a"), boundary("remind", "a", timer("duration", "PT1H"), False), user("boss"), user("z"),
             end(), flow("start", "a", "z", "end"), flow("remind", "boss", "z"))
    p.start()
    p.wake(hours=2)
    p.complete("a")
    assert targets(p, "z") == ("a",)
    with pytest.raises(MoveRefused):
        p.act("return_to", p.task("z").task_id, "boss")
    p = walked_through(ended())
    with pytest.raises(MoveRefused):
        p.act("return_to", p.task("z").task_id, "u")


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


def test_nothing_leads_out_of_an_event_subprocess() -> None:
    read = sub("extra", node("startEvent", "e0", event("message", "m_more"), attributes='isInterrupting="false"'),
               user("r1"), end("e1"), flow("e0", "r1", "e1"), attributes='triggeredByEvent="true"')
    p = play(start(), user("z"), user("a"), end(), flow("start", "z", "a", "end"), read, declared=declare("more"))
    p.start()
    p.complete("z")
    p.deliver("more")
    with pytest.raises(MoveRefused):
        p.act("return_to", p.task("r1").task_id, "z")
    assert p.open == ["a", "r1"]


def test_processes_that_call_each_other_in_many_places_are_looked_through_once() -> None:
    """Thirty levels that call the next one twice make a thousand million ways; each level is looked into once."""
    depth = 30
    called = []
    for level in range(depth):
        calls = [node("callActivity", f"q{level}_{way}", attributes=f'calledElement="q{level + 1}"')
                 for way in "ab"] if level < depth - 1 else []
        names = [f"q{level}_a", f"q{level}_b"] if calls else []
        called.append(diagram(start(f"s{level}"), user(f"u{level}"), *calls, end(f"e{level}"),
                              flow(f"s{level}", f"u{level}", *names, f"e{level}"), id=f"q{level}"))
    main = diagram(start(), user("first"), node("callActivity", "call", attributes='calledElement="q0"'), user("last"),
                   end(), flow("start", "first", "call", "last", "end"))
    p = load(files(main, *called))
    p.start()
    p.complete("first")
    p.complete("u0", jump_to="last")
    assert p.open == ["last"]
    assert len(targets(p, "last")) == depth + 1
