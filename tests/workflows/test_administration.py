"""What an administrator does to a running instance, and what happens when a diagram fails."""
from __future__ import annotations

from datetime import date, timedelta

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
    script,
    start,
    sub,
    timer,
    user,
)
from tests.workflows.play import NOON, Play, load
from workflows import engine, state
from workflows.calendar import Calendar
from workflows.errors import InstanceStopped, MessageNotExpected, StateRefused, TaskNotReady
from workflows.execution import MAX_NOTICES


def play(*parts: str, **kwargs: str) -> Play:
    return load(files(diagram(*parts, **kwargs)))


def timed(rule: str = "working_days(2)") -> Play:
    return play(start(), user("a", due="working_days(1)"), boundary("late", "a", timer("duration", rule)), user("b"),
                end(), flow("start", "a", "end"), flow("late", "b", "end"))


def test_a_suspended_instance_takes_nothing_and_goes_on_where_it_was() -> None:
    p = timed()
    timer_id = p.start().armed[0].task_id
    step = p.act_without_calendar("suspend")
    assert step.disarmed == (timer_id,) and p.open == ["a"]
    for act in (lambda: p.complete("a"), lambda: p.act("wake"), lambda: p.deliver("x")):
        with pytest.raises(InstanceStopped):
            act()
    step = p.act("resume")
    assert [armed.task_id for armed in step.armed] == [timer_id]
    p.complete("a")


def test_what_fell_due_while_suspended_fires_on_resuming() -> None:
    p = timed()
    p.start()
    p.act_without_calendar("suspend")
    p.now += timedelta(days=5)
    p.act("resume")
    assert p.open == ["b"]


def test_a_cancelled_instance_is_over() -> None:
    p = timed()
    p.start()
    step = p.act_without_calendar("cancel")
    assert step.ended == "cancelled" and [closed.how for closed in step.closed] == ["cancelled"]
    assert len(step.disarmed) == 1
    with pytest.raises(InstanceStopped):
        p.act("wake")


def test_the_clock_wins_over_an_officer_who_is_late() -> None:
    p = timed()
    p.start()
    p.now += timedelta(days=5)
    with pytest.raises(TaskNotReady):
        p.complete("a")
    p.act("wake")
    assert p.open == ["b"]


def test_an_extension_moves_the_timers_that_mention_it() -> None:
    p = play(start(), user("a", due="due_at"), boundary("late", "a", timer("date", "due_at")),
             boundary("soon", "a", timer("date", "before(due_at, 2)"), False), user("b"), end(),
             flow("start", "a", "end"), flow("late", "b", "end"))
    p.start(due_at="2026-03-10")
    step = p.act("assign_variables", {"due_at": "2026-03-20"})
    assert len(step.armed) == len(step.disarmed) == 2
    assert [task.due_at.day for task in step.redated if task.due_at] == [20]
    assert {armed.due_at.day for armed in step.armed} == {20, 18}
    assert step.changed == {"due_at"} and all(armed.started_at == NOON for armed in step.armed)
    p.act("assign_variables", {"due_at": "2026-03-01"})
    assert p.open == ["b"]


def test_a_changed_calendar_moves_open_deadlines_by_rule() -> None:
    p = timed()
    before = p.start().armed[0]
    p.calendar = Calendar({date(2026, 3, 3): False}, noticed_years=(2026,), version=2)
    step = p.act("retime")
    assert step.armed[0].due_at == before.due_at + timedelta(days=1)
    assert step.redated[0].due_at == before.due_at - timedelta(days=0)
    assert p.act("retime").armed == ()


def test_an_error_stops_only_its_instance_with_a_readable_incident() -> None:
    p = play(start(), user("a"), script("s", "y = x + 1"), user("b"), end(), flow("start", "a", "s", "b", "end"))
    p.start()
    step = p.complete("a", ok=True)
    assert step.incident is not None and step.incident.element_id == "s"
    assert step.incident.message.startswith("“s”：") and "Traceback" not in step.incident.message
    assert [closed.how for closed in step.closed] == ["completed"] and step.variables == {"ok": True}
    assert step.trace[-1].what == "failed"
    with pytest.raises(InstanceStopped):
        p.act("wake")
    step = p.act("retry")
    assert step.incident is not None and step.incident.element_id == "s"


def test_a_retry_goes_on_once_the_cause_is_gone() -> None:
    p = play(start(), script("s", "y = x + 1"), user("b"), end(), flow("start", "s", "b", "end"))
    step = p.start()
    assert step.incident is not None
    broken = state.load(p.version, p.state, now=p.now, calendar=p.calendar)
    broken.instance.scope.values["x"] = 1
    p.state = state.dump(broken)
    step = p.act("retry")
    assert step.incident is None and p.open == ["b"] and step.variables["y"] == 2


def test_every_kind_of_fault_becomes_an_incident_of_its_own_element() -> None:
    after = (user("z"), end(), flow("start", "x", "z", "end"))
    faults = {
        "no unit": (user("x"),),
        "no list": (user("x", multi("3.5")),),
        "too many": (user("x", multi("201")),),
        "no time": (node("intermediateCatchEvent", "x", timer("duration", "nothing")),),
        "not a time": (node("intermediateCatchEvent", "x", timer("duration", "5")),),
    }
    for fault, parts in faults.items():
        p = play(start(), *parts, *after, unit="lead" if fault == "no unit" else "'miit'")
        step = p.start(**({"lead": None} if fault == "no unit" else {}))
        assert step.incident is not None and step.incident.element_id == "x", fault


def test_a_timer_that_cannot_be_worked_out_keeps_the_completion_before_it() -> None:
    p = play(start(), user("a"), user("b"), boundary("late", "b", timer("date", "plan_due")), end(),
             flow("start", "a", "b", "end"), flow("late", "end"))
    p.start()
    step = p.complete("a")
    assert step.incident is not None and step.incident.element_id == "late"
    assert p.open == ["b"] and [closed.how for closed in step.closed] == ["completed"]


def test_when_a_due_timer_fails_first_the_completion_is_not_kept() -> None:
    p = play(start(), user("a"), boundary("soon", "a", timer("duration", "PT1H"), False), script("s", "y = gone"),
             end(), flow("start", "a", "end"), flow("soon", "s", "end"))
    p.start()
    p.now += timedelta(hours=2)
    step = p.complete("a", ok=True)
    assert step.incident is not None and step.incident.element_id == "s"
    assert step.closed == () and step.variables == {} and p.open == ["a"]


def test_a_failing_completion_condition_can_be_retried() -> None:
    p = play(start(), user("a", multi("units", "unit", "answers", until="ready == 2")), user("b"), end(),
             flow("start", "a", "b", "end"))
    p.start(units=[1, 2, 3])
    step = p.complete("a")
    assert step.incident is not None and step.incident.element_id == "a"
    assert p.act("retry").incident is not None
    assert len(p.tasks) == 2


def test_an_endless_loop_is_an_incident() -> None:
    p = play(start(), node("exclusiveGateway", "m"), script("s", "x = x + 1"),
             node("exclusiveGateway", "g", attributes='default="f_g_m"'), end(), flow("start", "m", "s", "g"),
             flow("g", "end", when="x < 0"), flow("g", "m"))
    step = p.start(x=0)
    assert step.incident is not None and step.incident.code == "endless"
    assert step.variables["x"] == 1000 and len(step.state) < 1000


def test_evaluations_that_are_dear_together_are_an_incident() -> None:
    looks = " and ".join(f"'{number}' not in words" for number in range(10))
    p = play(start(), node("exclusiveGateway", "m"), script("s", f"x = x + 1\nfound = {looks}"),
             node("exclusiveGateway", "g", attributes='default="f_g_end"'), end(), flow("start", "m", "s", "g"),
             flow("g", "m", when="x < 900"), flow("g", "end"))
    step = p.start(x=0, words="a" * 60_000, found=False)
    assert step.incident is not None and "计算量太大" in step.incident.message
    assert 0 < step.variables["x"] < 900
    assert len(p.act("retry").state) < 70_000, "the next step has a budget of its own"


def test_a_flood_of_notices_is_an_incident() -> None:
    p = play(start(), node("exclusiveGateway", "m"), node("task", "t", notify="units/head", notify_text="看一看"),
             script("s", "x = x + 1"), node("exclusiveGateway", "g", attributes='default="f_g_end"'), end(),
             flow("start", "m", "t", "s", "g"), flow("g", "m", when="x < 900"), flow("g", "end"))
    step = p.start(x=0, units=["miit", "finance", "land"])
    assert step.incident is not None and step.incident.code == "notices"
    assert len(step.notices) <= MAX_NOTICES


def test_an_uncaught_error_is_an_incident() -> None:
    p = play(start(), end("bad", event("error", "e_no")), flow("start", "bad"), declared=declare(errors=("no",)))
    step = p.start()
    assert step.incident is not None and step.incident.code == "uncaught"


def test_a_message_that_nobody_waits_for_is_refused() -> None:
    p = timed()
    p.start()
    with pytest.raises(MessageNotExpected):
        p.deliver("nothing")


def test_the_same_input_gives_the_same_step_byte_for_byte() -> None:
    steps = []
    for _ in range(2):
        p = timed()
        p.start(x={"b": 1, "a": 2})
        p.wake(days=5)
        p.complete("b", note="好")
        steps.append(p.steps)
    assert steps[0] == steps[1]


def test_state_of_another_format_or_version_is_refused() -> None:
    p, other = timed(), timed("working_days(3)")
    p.start()
    for broken in (b"", b"j", b"j[]", b"j[99]", b"z123", b"\x80\x04", b"{}", b"jnull"):
        with pytest.raises(StateRefused):
            engine.inspect(p.version, broken)
    with pytest.raises(StateRefused):
        engine.inspect(other.version, p.state)


def test_a_subprocess_that_had_just_begun_when_another_branch_failed_goes_on_after_the_retry() -> None:
    p = play(start(), node("parallelGateway", "fork"),
             sub("s", start("s0"), user("a"), end("s1"), flow("s0", "a", "s1")), script("bad", "y = x"),
             node("parallelGateway", "join"), end(), flow("start", "fork", "s", "join", "end"),
             flow("fork", "bad", "join"))
    assert p.start().incident is not None
    broken = state.load(p.version, p.state, now=p.now, calendar=p.calendar)
    broken.instance.scope.values["x"] = 1
    p.state = state.dump(broken)
    p.act("retry")
    assert p.open == ["a"]
    assert p.complete("a").ended == "completed"


def test_an_instance_that_can_go_nowhere_says_so() -> None:
    p = play(start(), node("exclusiveGateway", "g", attributes='default="f_g_a"'), user("a"), user("b"),
             node("parallelGateway", "join"), end(), flow("start", "g", "a", "join", "end"),
             flow("g", "b", when="False"), flow("b", "join"))
    p.start()
    step = p.complete("a")
    assert step.incident is not None and (step.incident.element_id, step.incident.code) == ("join", "stuck")
    assert p.act("retry").incident == step.incident
    assert p.act_without_calendar("cancel").ended == "cancelled"


def test_a_deadline_moves_when_somebody_changes_what_its_rule_mentions() -> None:
    p = play(start(), node("parallelGateway", "fork"), user("a"), boundary("late", "a", timer("date", "due_at")),
             user("plan"), end(), end("e2"), flow("start", "fork", "a", "end"), flow("fork", "plan", "end"),
             flow("late", "e2"))
    first = p.start(due_at="2026-03-10").armed[0]
    step = p.complete("plan", due_at="2026-03-20")
    assert [(armed.task_id, armed.due_at.day) for armed in step.armed] == [(first.task_id, 20)]
    assert step.disarmed == (first.task_id,)


def test_a_deadline_stays_when_what_its_rule_mentions_loses_its_value() -> None:
    p = play(start(), node("parallelGateway", "fork"), user("a"), boundary("late", "a", timer("date", "due_at")),
             user("plan"), end(), end("e2"), flow("start", "fork", "a", "end"), flow("fork", "plan", "end"),
             flow("late", "e2"))
    p.start(due_at="2026-03-10")
    step = p.complete("plan", due_at=None)
    assert step.incident is None and step.armed == ()
