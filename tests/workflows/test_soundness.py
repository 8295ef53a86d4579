"""Soundness: what can never end, waits for ever or is dead is found, with the way there; what is fine passes."""
from __future__ import annotations

from pathlib import Path

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
from workflows.checks import check, check_reading
from workflows.content import read_folder
from workflows.flowgraph import all_levels
from workflows.level_search import search
from workflows.reading import read
from workflows.soundness import Verdict, judge
from workflows.tokens import Machine
from workflows.versions import load_version

BPMN = Path(__file__).parents[2] / "bpmn"


def verdict(*parts: str, declared: str = "") -> Verdict:
    reading = read("p", files(diagram(start(), *parts, declared=declared)))
    assert check_reading(reading) == []
    return judge(reading)


def faults(*parts: str, declared: str = "") -> list[tuple[str | None, str]]:
    return [(problem.element, problem.reason) for problem in verdict(*parts, declared=declared).problems]


def fork(id: str) -> str:
    return node("parallelGateway", id)


def either(*parts: str, kind: str = "exclusiveGateway") -> tuple[str, ...]:
    """A gateway that chooses between `a` and `b`."""
    return (node(kind, "g", attributes='default="f_g_b"'), user("a"), user("b"), flow("start", "g"),
            flow("g", "a", when="x"), flow("g", "b"), *parts)


STUCK = "在这里要等别的分支，可是有的分支到不了，流程会卡住"
TWICE = "分成几路的流程没有先汇合就都走到这里，这一步会重复办"
DEAD = "没有一种走法能办到这一步"
CIRCLES = "到了这里就再也走不到结束，只能一直绕圈"


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in BPMN.glob("*/*.bpmn")))
def test_the_processes_that_we_ship_are_sound(folder: str) -> None:
    reading = read(folder, read_folder(BPMN, folder))
    assert judge(reading) == Verdict([], [])


def test_a_choice_that_a_parallel_join_waits_for_both_sides_of_is_stuck() -> None:
    [problem] = verdict(*either(fork("j"), end(), flow("a", "j", "end"), flow("b", "j"))).problems
    assert (problem.element, problem.reason) == ("j", STUCK)
    assert problem.path in (("start", "g", "a", "j"), ("start", "g", "b", "j"))


def test_parallel_branches_that_only_merge_go_on_twice() -> None:
    parts = (fork("f"), user("a"), user("b"), xor("m"), end(), flow("start", "f", "a", "m", "end"), flow("f", "b", "m"))
    [problem] = verdict(*parts).problems
    assert (problem.element, problem.reason) == ("end", TWICE)
    assert problem.path[:2] == ("start", "f") and problem.path[-2:] == ("m", "end")


def test_a_step_behind_a_mere_merge_of_parallel_branches_is_the_one_that_is_done_twice() -> None:
    assert faults(fork("f"), user("a"), user("b"), user("c"), end(), flow("start", "f", "a", "c", "end"),
                  flow("f", "b", "c")) == [("c", TWICE)]


def test_branches_that_end_apart_are_fine() -> None:
    assert faults(fork("f"), user("a"), user("b"), end("e1"), end("e2"), flow("start", "f", "a", "e1"),
                  flow("f", "b", "e2")) == []


def test_what_is_told_in_passing_in_each_turn_of_a_loop_is_fine() -> None:
    assert faults(xor("m"), fork("f"), node("task", "tell"), end("told"), user("a"), xor("g", "end"), end(),
                  flow("start", "m", "f", "tell", "told"), flow("f", "a", "g", "end"), flow("g", "m", when="x")) == []


def test_a_loop_without_a_way_out_is_found_where_it_begins() -> None:
    parts = either(xor("m"), user("c"), end(), flow("a", "end"), flow("b", "m", "c", "m"))
    [problem] = verdict(*parts).problems
    assert (problem.element, problem.reason, problem.path) == ("b", CIRCLES, ("start", "g", "b"))


def circling(*around: str) -> list[tuple[str | None, str]]:
    """A subprocess whose `c` is done again and again, with an end that only a message beside it leads to."""
    inside = (start("s1"), xor("m"), user("c"), boundary("asked", "c", event("message", "m_more"), False), end("e1"),
              flow("s1", "m", "c", "m"), flow("asked", "e1"))
    return faults(sub("s", *inside), end(), flow("start", "s", "end"), *around, declared=declare("more"))


def test_a_circle_inside_an_activity_is_a_fault_unless_something_outside_can_end_it() -> None:
    assert circling() == [("s1", CIRCLES)]
    late = boundary("late", "s", timer("duration", "P5D")), end("e2"), flow("late", "e2")
    assert circling(*late) == [("end", DEAD)], "but what comes behind its own end is dead"


def test_an_error_that_nothing_inside_throws_leaves_its_event_dead() -> None:
    parts = (sub("s", start("s1"), user("a"), end("e1"), flow("s1", "a", "e1")), end(), user("b"), end("e2"),
             boundary("caught", "s", event("error", "e_bad")), flow("start", "s", "end"), flow("caught", "b", "e2"))
    [problem] = verdict(*parts, declared=declare(errors=("bad",))).problems
    assert problem.element == "caught" and "永远不会发生" in problem.reason
    assert problem.path == ("start", "s", "caught")


def thrown(code: str, caught: str) -> tuple[str, ...]:
    inside = (start("s1"), xor("g", "e1"), end("e1"), end("bad", event("error", f"e_{code}")), flow("s1", "g", "e1"),
              flow("g", "bad", when="x"))
    return (sub("s", *inside), end(), boundary("b", "s", event("error", caught)), end("e2"), flow("start", "s", "end"),
            flow("b", "e2"))


def test_an_error_is_followed_to_the_event_that_catches_it() -> None:
    declared = declare(errors=("one", "two"))
    assert faults(*thrown("one", "e_one"), declared=declared) == []
    found = faults(*thrown("one", "e_two"), declared=declared)
    assert [name for name, _ in found] == ["b", "bad"]
    assert "没有边界事件接住" in found[1][1]


def test_a_step_behind_an_activity_that_only_ends_in_errors_is_dead() -> None:
    parts = (sub("s", start("s1"), user("a"), end("bad", event("error", "e_one")), flow("s1", "a", "bad")), user("c"),
             end(), boundary("b", "s", event("error", "e_one")), end("e2"), flow("start", "s", "c", "end"),
             flow("b", "e2"))
    assert faults(*parts, declared=declare(errors=("one",))) == [("c", DEAD)]


def test_what_is_open_beside_a_terminating_end_is_fine() -> None:
    assert faults(fork("f"), user("a"), user("b"), end("all", event("terminate")), end("e2"),
                  flow("start", "f", "a", "all"), flow("f", "b", "e2")) == []


def test_a_join_that_waits_beside_a_terminating_end_is_stuck_in_the_other_order() -> None:
    parts = (fork("f"), user("a"), user("b"), xor("g", "j"), fork("j"), end("all", event("terminate")), end(),
             flow("start", "f", "a", "j", "end"), flow("f", "b", "g", "j"), flow("g", "all", when="x"))
    assert faults(*parts) == []
    parts = (fork("f"), user("a"), user("b"), xor("g", "j"), fork("j"), end("other"), end(),
             flow("start", "f", "a", "j", "end"), flow("f", "b", "g", "j"), flow("g", "other", when="x"))
    assert faults(*parts) == [("j", STUCK)]


def test_a_reminder_beside_a_step_is_fine_and_one_that_comes_back_into_the_flow_is_not() -> None:
    remind = boundary("late", "a", timer("duration", "PT3H"), False)
    apart = (user("a"), remind, node("task", "tell"), end("told"), end(), flow("start", "a", "end"),
             flow("late", "tell", "told"))
    assert faults(*apart) == []
    back = (user("a"), remind, user("c"), end(), flow("start", "a", "c", "end"), flow("late", "c"))
    assert faults(*back) == [("c", TWICE)]


def test_faults_in_the_flow_of_a_reminder_are_found_on_its_own_way() -> None:
    parts = (user("a"), boundary("late", "a", timer("duration", "PT3H"), False), xor("g", "y"), user("x"), user("y"),
             fork("j"), end("told"), end(), flow("start", "a", "end"), flow("late", "g", "y", "j", "told"),
             flow("g", "x", when="x"), flow("x", "j"))
    [problem] = verdict(*parts).problems
    assert (problem.element, problem.reason) == ("j", STUCK)
    assert problem.path[:4] == ("start", "a", "late", "g")


def test_an_interrupting_event_leads_on_from_its_activity() -> None:
    parts = (user("a"), boundary("late", "a", timer("duration", "PT3H")), user("c"), xor("m"), end(),
             flow("start", "a", "m", "end"), flow("late", "c", "m"))
    assert faults(*parts) == []


def test_an_event_subprocess_is_searched_like_any_other() -> None:
    def beside(*inside: str) -> tuple[str, ...]:
        begin = node("startEvent", "e0", event("message", "m_more"), attributes='isInterrupting="false"')
        return (user("a"), end(), flow("start", "a", "end"),
                sub("es", begin, *inside, attributes='triggeredByEvent="true"'))

    fine = beside(user("read"), end("e1"), flow("e0", "read", "e1"))
    assert faults(*fine, declared=declare("more")) == []
    broken = beside(xor("g", "x"), user("x"), user("y"), fork("j"), end("e1"), flow("e0", "g", "x", "j", "e1"),
                    flow("g", "y", when="x"), flow("y", "j"))
    assert faults(*broken, declared=declare("more")) == [("j", STUCK)]


def test_an_inclusive_join_waits_only_for_what_can_come() -> None:
    def some(join: str) -> list[tuple[str | None, str]]:
        return faults(*either(node(join, "j"), end(), flow("a", "j", "end"), flow("b", "j"), kind="inclusiveGateway"))

    assert some("inclusiveGateway") == []
    assert some("parallelGateway") == [("j", STUCK)]


def test_an_event_gateway_goes_one_of_its_ways() -> None:
    def waiting(join: str) -> list[tuple[str | None, str]]:
        catches = [node("intermediateCatchEvent", "ca", event("message", "m_come")),
                   node("intermediateCatchEvent", "cb", timer("duration", "P1D"))]
        return faults(node("eventBasedGateway", "w"), *catches, node(join, "j"), end(), flow("start", "w", "ca", "j"),
                      flow("w", "cb", "j", "end"), declared=declare("come"))

    assert waiting("exclusiveGateway") == []
    assert waiting("parallelGateway") == [("j", STUCK)]


def test_faults_inside_called_and_repeated_activities_are_told_with_the_way_into_them() -> None:
    inside = (start("s1"), *(part.replace("start", "s1") for part in either(fork("j"), end("e1"), flow("a", "j", "e1"),
                                                                         flow("b", "j"))))
    [problem] = verdict(user("first"), sub("s", *inside, inner=multi("[1, 2]", "i", "o")), end(),
                        flow("start", "first", "s", "end")).problems
    assert (problem.element, problem.reason) == ("j", STUCK)
    assert problem.path[:4] == ("start", "first", "s", "s1")
    caller = diagram(start(), node("callActivity", "call", attributes='calledElement="q"'), end(),
                     flow("start", "call", "end"))
    called = diagram(*inside, id="q")
    [problem] = judge(read("p", files(caller, called))).problems
    assert (problem.file, problem.element, problem.path[:3]) == ("q/q.bpmn", "j", ("start", "call", "s1"))


def many_branches(count: int) -> tuple[str, ...]:
    rows = [user(f"{name}{number}") for number in range(count) for name in "abc"]
    flows = [flow("f", f"a{number}", f"b{number}", f"c{number}", "j") for number in range(count)]
    return (fork("f"), fork("j"), end(), *rows, *flows, flow("start", "f"), flow("j", "end"))


def test_branches_that_cannot_disturb_each_other_are_searched_to_the_end_however_many() -> None:
    assert verdict(*many_branches(30)) == Verdict([], [])
    one_is_missing = [part.replace('sourceRef="c7" targetRef="j"', 'sourceRef="c7" targetRef="out"')
                      for part in many_branches(12)]
    assert faults(*one_is_missing, xor("out", "j"), end("e2"), flow("out", "j"), flow("out", "e2", when="x")) == [
        ("j", STUCK)]


def test_a_search_that_is_given_up_says_so_and_finds_no_fault_that_is_none() -> None:
    stopping = [part.replace('sourceRef="c7" targetRef="j"', 'sourceRef="c7" targetRef="out"')
                for part in many_branches(12)]
    found = verdict(*stopping, xor("out", "j"), end("e2", event("terminate")), flow("out", "j"),
                    flow("out", "e2", when="x"))
    assert found.problems == []
    [note] = found.notes
    assert note.startswith("“p”的并行走法太多")


def test_tokens_that_breed_in_a_circle_are_found_before_they_are_many() -> None:
    breed = (xor("m"), fork("f"), fork("k"), xor("n"), user("a"), end(), flow("start", "m", "f", "k", "n", "m"),
             flow("f", "a", "end"), flow("k", "m"))
    assert {reason for _, reason in faults(*breed)} == {TWICE}


def test_a_fork_of_all_that_a_diagram_may_hold_is_searched() -> None:
    names = [f"t{number}" for number in range(290)]
    assert faults(fork("f"), fork("j"), end(), *(user(name) for name in names), flow("start", "f"), flow("j", "end"),
                  *(flow("f", name, "j") for name in names)) == []


def test_a_version_that_newer_rules_find_fault_with_can_still_be_loaded() -> None:
    content = files(diagram(start(), *either(fork("j"), end(), flow("a", "j", "end"), flow("b", "j"))))
    assert check("p", content) != []
    assert load_version("p", content).key == "p"


def test_the_walk_goes_into_inner_levels_as_well() -> None:
    reading = read("p", files(diagram(start(), sub("s", start("s1"), user("a"), end("e1"), flow("s1", "a", "e1")),
                                      user("b"), end(), flow("start", "s", "b", "end"))))
    machine = Machine(all_levels(reading), "p")
    assert search(machine, machine.begin(), 100).ways["end"] == ("start", "s", "s1", "a", "e1", "s", "b", "end")
