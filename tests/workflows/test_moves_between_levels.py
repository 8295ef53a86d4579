"""Going back, being called back and jumping into and out of subprocesses, called processes and multi-instances."""
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
from workflows.errors import MoveRefused


def play(*parts: str, **kwargs: str) -> Play:
    return load(files(diagram(*parts, **kwargs)))


def targets(p: Play, element: str) -> tuple[str, ...]:
    return engine.return_targets(p.version, p.state, p.task(element).task_id)


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


def test_a_loop_around_a_subprocess_leads_back_before_it_and_not_to_what_comes_later_in_it() -> None:
    p = play(start(), user("a"), xor("m"), sub("s", start("s0"), user("x"), user("y"), end("s1"),
                                               flow("s0", "x", "y", "s1")),
             user("b"), xor("g", "end"), end(), flow("start", "a", "m", "s", "b", "g"), flow("g", "m", when="again"),
             flow("g", "end"), variables='{"again": true}')
    p.start()
    for element in ("a", "x", "y", "b"):
        p.complete(element)
    assert p.open == ["x"] and targets(p, "x") == ("a", "b")
    p.complete("x")
    assert targets(p, "y") == ("x", "a", "b")
