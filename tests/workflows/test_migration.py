"""Moving instances to another version: what is under way goes on there, what cannot is refused by name."""
from __future__ import annotations

from datetime import datetime

import pytest

from tests.workflows.diagrams import (
    boundary,
    declare,
    end,
    event,
    flow,
    multi,
    node,
    props,
    script,
    start,
    sub,
    timer,
    user,
    xor,
)
from tests.workflows.migrating import in_a_row, move, play, version
from tests.workflows.play import Play
from workflows import engine
from workflows.errors import InstanceStopped, MoveRefused, StepsGone
from workflows.versions import ProcessVersion


def test_an_open_task_keeps_its_id_and_goes_the_new_way() -> None:
    p = play(*in_a_row("a", "b", "c"))
    p.start()
    p.complete("a")
    before = p.task("b")
    step = move(p, version(*in_a_row("b", "x", "c")))
    assert p.task("b") == before
    assert (step.opened, step.closed, step.redated, step.rewritten) == ((), (), (), ())
    p.complete("b")
    assert p.open == ["x"]


def test_a_task_goes_on_as_the_one_that_is_named_for_it() -> None:
    p = play(*in_a_row("a", "b"))
    p.start()
    to = version(*in_a_row("first", "b"))
    with pytest.raises(StepsGone, match="步骤") as refused:
        engine.migrate(p.version, to, p.state, {}, now=p.now, calendar=p.calendar)
    assert refused.value.elements == ("a",)
    (told,) = move(p, to, a="first").rewritten
    assert (told.task.element_id, told.elsewhere) == ("first", False)
    assert p.steps[-1].trace[-1].what == "moved"
    p.complete("first")
    assert p.open == ["b"]


def lane(id: str, position: str, unit: str, *refs: str) -> str:
    inner = "".join(f"<bpmn:flowNodeRef>{ref}</bpmn:flowNodeRef>" for ref in refs)
    return f'<bpmn:lane id="{id}">{props(position=position, unit=unit)}{inner}</bpmn:lane>'


def test_a_task_moves_to_another_inbox_only_when_its_lane_says_otherwise() -> None:
    def to(unit: str) -> ProcessVersion:
        return version(*in_a_row("a"), lanes=lane("l", "clerk", unit, "a"))

    p = Play(to("unit"))
    p.start(unit="miit")
    p.act("assign_variables", {"unit": "finance"})
    assert move(p, version(*in_a_row("a", "b"), lanes=lane("l", "clerk", "unit", "a", "b"))).rewritten == ()
    assert p.task("a").unit == "miit"
    (told,) = move(p, to("'tax'")).rewritten
    assert told.elsewhere and told.task.unit == p.task("a").unit == "tax"
    assert [(each.element_id, each.what) for each in p.steps[-1].trace] == [("a", "moved")]


def test_new_variables_begin_with_their_values_and_derived_ones_follow() -> None:
    p = play(*in_a_row("a"), variables='{"x": 2}')
    p.start()
    step = move(p, version(*in_a_row("a"), variables='{"x": 7, "y": 3}', derived='{"z": "x + y"}'))
    assert step.variables == {"x": 2, "y": 3, "z": 5} and step.changed == {"y", "z"}


def test_a_rule_that_fails_on_this_instance_refuses_the_move() -> None:
    p = play(*in_a_row("a"), variables='{"x": 2}')
    p.start()
    state = p.state
    with pytest.raises(MoveRefused, match="时限"):
        move(p, version(start(), user("a", due="x"), end(), flow("start", "a", "end"), variables='{"x": 2}'))
    assert p.state == state


FORK = (start(), node("parallelGateway", "f"), user("a"), user("b"), node("parallelGateway", "j"), user("z"), end(),
        flow("start", "f", "a", "j", "z", "end"), flow("f", "b", "j"))


def half_joined() -> Play:
    p = play(*FORK)
    p.start()
    p.complete("a")
    return p


def test_a_branch_that_has_arrived_stays_arrived_when_its_finished_steps_change() -> None:
    for changed in (
            (user("a"), user("a2"), flow("f", "a", "a2", "j")),  # one more step behind
            (user("new"), flow("f", "new", "j")),  # another step instead
            (flow("f", "j"),)):  # none at all
        p = half_joined()
        move(p, version(start(), node("parallelGateway", "f"), user("b"), node("parallelGateway", "j"), user("z"),
                        end(), flow("start", "f", "b", "j", "z", "end"), *changed))
        assert p.open == ["b"]
        p.complete("b")
        assert p.open == ["z"]


def test_a_join_half_full_that_no_longer_exists_is_refused_by_name() -> None:
    p = half_joined()
    with pytest.raises(MoveRefused, match="j"):
        move(p, version(start(), user("a"), user("b"), user("z"), end(), flow("start", "a", "b", "z", "end")))


def test_a_fork_with_another_branch_is_refused_while_something_is_in_it() -> None:
    wider = version(*FORK, user("c"), flow("f", "c", "j"))
    for p in (half_joined(), play(*FORK)):
        if not p.state:
            p.start()
        with pytest.raises(MoveRefused, match="路数"):
            move(p, wider)
    p = half_joined()
    p.complete("b")
    move(p, wider)
    assert p.open == ["z"]


def test_branches_that_come_one_after_the_other_are_refused_while_both_run() -> None:
    p = play(*FORK)
    p.start()
    with pytest.raises(MoveRefused, match="并行"):
        move(p, version(start(), user("a"), user("b"), user("z"), end(), flow("start", "a", "b", "z", "end")))


MANY = (start(), user("m", multi("[1, 2]", "item", "said")), end(), flow("start", "m", "end"))


def test_items_under_way_go_on_and_another_shape_is_refused() -> None:
    p = play(*MANY)
    p.start()
    p.complete("m", ok=1)
    move(p, version(start(), user("m", multi("[1, 2, 3]", "item", "said")), user("z"), end(),
                    flow("start", "m", "z", "end")))
    p.complete("m", ok=2)
    assert p.open == ["z"] and [each["ok"] for each in p.steps[-1].variables["said"]] == [1, 2]
    for changed in (user("m"), user("m", multi("[1, 2]", "other", "said")),
                    user("m", multi("[1, 2]", "item", "said", sequential=True))):
        p = play(*MANY)
        p.start()
        with pytest.raises(MoveRefused, match="m"):
            move(p, version(start(), changed, end(), flow("start", "m", "end")))


INSIDE = (start(), sub("s", start("s0"), user("a"), user("b"), end("s1"), flow("s0", "a", "b", "s1")), end(),
          flow("start", "s", "end"))


def test_a_step_inside_a_subprocess_goes_on_there_or_is_refused_with_the_subprocess() -> None:
    p = play(*INSIDE)
    p.start()
    move(p, version(start(), sub("t", start("s0"), user("a2"), user("c"), end("s1"), flow("s0", "a2", "c", "s1")),
                    user("z"), end(), flow("start", "t", "z", "end")), s="t", a="a2")
    p.complete("a2")
    p.complete("c")
    assert p.open == ["z"]
    p = play(*INSIDE)
    p.start()
    with pytest.raises(StepsGone) as refused:
        move(p, version(*in_a_row("a", "b")))
    assert refused.value.elements == ("s",)


AWAIT = (start(), node("eventBasedGateway", "eg"), node("intermediateCatchEvent", "w", timer("duration", "PT5H")),
         node("intermediateCatchEvent", "ans", event("message", "m_ans")), user("u"), end())


def test_awaited_events_may_come_and_go() -> None:
    p = play(*AWAIT, flow("start", "eg", "w", "u", "end"), flow("eg", "ans", "u"), declared=declare("ans"))
    p.start()
    to = version(start(), node("eventBasedGateway", "eg"), node("intermediateCatchEvent", "w", timer("duration",
                 "PT6H")), node("intermediateCatchEvent", "other", event("message", "m_other")), user("u"), user("o"),
                 end(), flow("start", "eg", "w", "u", "end"), flow("eg", "other", "o", "end"),
                 declared=declare("other"))
    step = move(p, to)
    assert step.waiting_messages == ("other",) and p.timers == ["w"]
    p.deliver("other")
    assert p.open == ["o"] and p.timers == []


def test_an_instance_at_an_incident_moves_and_goes_on_once_it_is_tried_again() -> None:
    p = play(start(), user("a"), script("s", "y = x + 1"), user("b"), end(), flow("start", "a", "s", "b", "end"))
    p.start()
    assert p.complete("a").incident
    step = move(p, version(start(), user("a"), script("s", "y = 1"), user("b"), end(),
                           flow("start", "a", "s", "b", "end")))
    assert step.incident and step.incident.element_id == "s"
    assert p.act("retry").incident is None
    assert p.open == ["b"]


def test_a_suspended_instance_stays_suspended_and_an_ended_one_is_refused() -> None:
    p = play(*in_a_row("a"))
    p.start()
    p.act_without_calendar("suspend")
    to = version(*in_a_row("a", "b"))
    move(p, to)
    p.act("resume")
    p.complete("a")
    p.complete("b")
    with pytest.raises(InstanceStopped):
        move(p, version(*in_a_row("a")))


def test_a_move_taken_back_leaves_everything_as_it_was() -> None:
    p = play(start(), user("a", due="PT5H"), boundary("late", "a", timer("duration", "PT5H")), end(),
             flow("start", "a", "end"), flow("late", "end"))
    p.start()
    old, earlier, snapshot = p.version, p.state, engine.inspect(p.version, p.state)
    to = version(start(), user("first", due="PT2H"), user("z"), end(), flow("start", "first", "z", "end"),
                 variables='{"n": 1}')
    move(p, to, a="first")
    step = engine.take_back(to, old, p.state, earlier, now=p.now, calendar=p.calendar)
    assert engine.inspect(old, step.state) == snapshot
    assert (step.redated[0].due_at, step.armed) == (snapshot.open_tasks[0].due_at, snapshot.timers)
    assert step.rewritten[0].task.element_id == "a"


def test_the_instant_of_a_move_is_all_the_time_that_it_reads() -> None:
    p = play(start(), user("a"), xor("g", "end"), end(), flow("start", "a", "g", "end"))
    p.start()
    to = version(start(), user("a", due="PT9H"), end(), flow("start", "a", "end"))
    steps = [engine.migrate(p.version, to, p.state, {}, now=datetime.fromisoformat("2026-03-03T00:00:00+00:00"),
                            calendar=p.calendar) for _ in range(2)]
    assert steps[0] == steps[1]
