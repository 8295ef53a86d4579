"""Moving instances to another version: what is under way goes on there, what cannot is refused by name."""
from __future__ import annotations

import random
import re
from datetime import datetime, timedelta
from typing import Any

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
    props,
    script,
    start,
    sub,
    timer,
    user,
    xor,
)
from tests.workflows.play import NOON, Play, load
from tests.workflows.test_random_diagrams import Maker
from tests.workflows.test_state import DIAGRAMS
from workflows import engine
from workflows.errors import InstanceStopped, MoveRefused, StepsGone
from workflows.step import Step
from workflows.versions import ProcessVersion, load_version


def play(*parts: str, **given: Any) -> Play:
    return load(files(diagram(*parts, **given)))


def version(*parts: str, **given: Any) -> ProcessVersion:
    return load_version("p", files(diagram(*parts, **given)))


def move(p: Play, to: ProcessVersion, entered: dict[str, str] | None = None, **mapping: str) -> Step:
    step = engine.migrate(p.version, to, p.state, mapping, now=p.now, calendar=p.calendar, entered=entered)
    p.version = to
    return p.keep(step)


def in_a_row(*tasks: str, also: str = "") -> tuple[str, ...]:
    """A diagram of user tasks one after another, each given as its element's text or its id."""
    return (start(), *(user(task) for task in tasks), also, end(), flow("start", *tasks, "end"))


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


def test_a_deadline_is_worked_out_by_the_new_rule_from_when_the_task_was_opened() -> None:
    p = play(start(), user("a", due="days(5)"), boundary("late", "a", timer("duration", "days(5)")), end(),
             flow("start", "a", "end"), flow("late", "end"))
    p.start()
    p.wake(days=1)
    step = move(p, version(start(), user("a", due="days(3)"), boundary("late", "a", timer("duration", "days(3)")),
                           end(), flow("start", "a", "end"), flow("late", "end")))
    (redated,), (armed,) = step.redated, step.armed
    late = NOON + timedelta(days=4) - timedelta(hours=12)
    assert redated.due_at == armed.due_at and step.disarmed == (armed.task_id,)
    assert NOON + timedelta(days=2) < armed.due_at < late
    p.wake(days=3)
    assert p.steps[-1].ended == "completed"


def test_what_is_overdue_by_the_new_rules_fires_with_the_next_input() -> None:
    p = play(start(), user("a"), boundary("late", "a", timer("duration", "PT5H")), user("b"), end(),
             flow("start", "a", "end"), flow("late", "b", "end"))
    p.start()
    p.wake(hours=4)
    step = move(p, version(start(), user("a"), boundary("late", "a", timer("duration", "PT3H")), user("b"), end(),
                           flow("start", "a", "end"), flow("late", "b", "end")))
    assert (step.opened, step.closed) == ((), ())
    p.wake()
    assert p.open == ["b"]


def test_timers_that_are_gone_are_disarmed_and_new_ones_count_from_when_the_task_was_entered() -> None:
    p = play(start(), user("a"), boundary("old", "a", timer("duration", "PT9H"), False), end(),
             flow("start", "a", "end"), flow("old", "end"))
    p.start()
    p.wake(hours=1)
    step = move(p, version(start(), user("a"), boundary("new", "a", timer("duration", "PT4H"), False), user("r"), end(),
                           flow("start", "a", "end"), flow("new", "r", "end")))
    assert len(step.disarmed) == 1 and p.timers == ["new"]
    assert step.armed[0].due_at == NOON + timedelta(hours=4)
    p.wake(hours=3)
    assert p.open == ["a", "r"]


def test_a_task_that_had_no_limit_gets_one_from_the_instant_that_it_is_told() -> None:
    p = play(*in_a_row("a"))
    p.start()
    p.now += timedelta(hours=2)
    to = version(start(), user("a", due="PT8H"), boundary("late", "a", timer("duration", "PT8H")), end(),
                 flow("start", "a", "end"), flow("late", "end"))
    assert engine.asks_when_entered(p.version, to, {}) and not engine.asks_when_entered(to, p.version, {})
    step = move(p, to, {p.task("a").task_id: NOON.isoformat()})
    assert [task.due_at for task in step.redated] == [timer.due_at for timer in step.armed]
    assert step.armed[0].due_at == NOON + timedelta(hours=8)
    p.complete("a")
    assert p.steps[-1].ended and p.timers == []


def test_a_task_whose_limits_are_gone_has_none() -> None:
    p = play(start(), user("a", due="PT8H"), boundary("late", "a", timer("duration", "PT8H")), end(),
             flow("start", "a", "end"), flow("late", "end"))
    p.start()
    step = move(p, version(*in_a_row("a")))
    assert step.redated[0].due_at is None and p.timers == []
    p.complete("a")
    assert p.steps[-1].ended


def test_a_reminder_that_has_fired_is_not_armed_again_though_its_rule_changed() -> None:
    def to(rule: str) -> tuple[str, ...]:
        return (start(), user("a"), boundary("remind", "a", timer("duration", rule), False), user("r"), end(),
                flow("start", "a", "end"), flow("remind", "r", "end"))

    p = play(*to("PT1H"))
    p.start()
    p.wake(hours=2)
    assert p.open == ["a", "r"]
    move(p, version(*to("PT9H")))
    assert p.timers == []


def test_a_repeating_reminder_does_not_make_up_for_what_it_would_have_done() -> None:
    p = play(*in_a_row("a"))
    p.start()
    p.wake(days=3, hours=1)
    step = move(p, version(start(), user("a"), boundary("urge", "a", timer("cycle", "every(hours(24))"), False),
                           user("r"), end(), flow("start", "a", "end"), flow("urge", "r", "end")),
        {p.task("a").task_id: NOON.isoformat()})
    assert step.armed[0].due_at == NOON + timedelta(days=4)


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


def made(seed: int) -> dict[str, str]:
    text, first, last = Maker(seed).block(4)
    return files(diagram(start(), text, end(), flow("start", first), flow(last, "end")))


@pytest.mark.parametrize("content", [*map(made, range(30)), *(files(text) for text in DIAGRAMS.values())])
def test_a_copy_with_other_white_space_goes_the_same_way(content: dict[str, str]) -> None:
    """Two instances get the same inputs; one of them moves between two copies of its version every now and then."""
    copy = {path: text.replace("<bpmn:userTask", "\n  <bpmn:userTask") for path, text in content.items()}
    versions = [load_version("p", content), load_version("p", copy)]
    stays, moves, chance = Play(versions[0]), Play(versions[0]), random.Random(len(content[next(iter(content))]))
    steps = [stays.start(x=1), moves.start(x=1)]
    for _ in range(60):
        if steps[0].ended:
            break
        if chance.random() < 0.4:
            other = versions[1 - versions.index(moves.version)]
            told = move(moves, other)
            assert not (told.opened or told.closed or told.redated or told.rewritten or told.armed or told.disarmed)
        later, task = chance.choice([0, 1, 5]), chance.randrange(10**6)
        answer = chance.randrange(9)
        steps = [_go(each, later, task, answer) for each in (stays, moves)]
        assert _told(steps[0]) == _told(steps[1])
    assert stays.open == moves.open and stays.timers == moves.timers


def _go(p: Play, hours: int, which: int, x: int) -> Step:
    step = p.wake(hours=hours)
    if step.ended or not p.tasks:
        return step
    return p.act("complete", p.tasks[which % len(p.tasks)].task_id, {"x": x})


def _told(step: Step) -> tuple[Any, ...]:
    return (step.variables, step.opened, step.closed, step.armed, step.disarmed, step.trace, step.ended, step.incident,
            step.waiting_messages)


FLOW = re.compile(r'(<bpmn:sequenceFlow id="f_(\w+?)_(\w+?)" sourceRef="\2" )targetRef="\3">(.*?)</bpmn:sequenceFlow>')


def grown(text: str, chance: random.Random) -> str:
    """The same diagram with another task on some of its flows, and other limits."""
    def insert(found: re.Match[str]) -> str:
        head, first, last, condition = found.groups()
        if chance.random() < 0.7:
            return found[0]
        more = f"more_{first}_{last}"
        return (f'{head}targetRef="{more}">{condition}</bpmn:sequenceFlow>' + user(more) + flow(more, last))

    return FLOW.sub(insert, text).replace("PT3H", "PT1H")


@pytest.mark.parametrize("seed", range(60))
def test_an_instance_that_has_moved_to_a_grown_diagram_comes_to_its_end(seed: int) -> None:
    """Wherever a move is not refused, nothing waits in vain afterwards and nothing is done by two tokens at once."""
    chance = random.Random(seed)
    text, first, last = Maker(seed).block(4)
    ends = start(), end(), flow("start", first), flow(last, "end")
    p, to = play(text, *ends), version(grown(text, chance), *ends)
    step = p.start(x=1)
    for number in range(600):
        if step.ended:
            break
        if number == 1 + seed % 7:
            move(p, to)
        if chance.random() < 0.1:
            step = p.wake(hours=2)
        step = p.act("complete", chance.choice(p.tasks).task_id, {"x": chance.randrange(7)})
        assert step.incident is None, step.incident
    assert step.ended == "completed"
    assert p.tasks == [] and p.timers == []


def test_the_instant_of_a_move_is_all_the_time_that_it_reads() -> None:
    p = play(start(), user("a"), xor("g", "end"), end(), flow("start", "a", "g", "end"))
    p.start()
    to = version(start(), user("a", due="PT9H"), end(), flow("start", "a", "end"))
    steps = [engine.migrate(p.version, to, p.state, {}, now=datetime.fromisoformat("2026-03-03T00:00:00+00:00"),
                            calendar=p.calendar) for _ in range(2)]
    assert steps[0] == steps[1]
