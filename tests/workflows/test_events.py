"""Events: timers, messages, signals, escalations, errors and ends."""
from __future__ import annotations

from tests.workflows.diagrams import (
    boundary,
    declare,
    diagram,
    end,
    event,
    files,
    flow,
    node,
    script,
    start,
    sub,
    timer,
    user,
)
from tests.workflows.play import Play, load


def play(*parts: str, **kwargs: str) -> Play:
    return load(files(diagram(*parts, **kwargs)))


def test_an_event_gateway_takes_what_happens_first() -> None:
    parts = (start(), node("eventBasedGateway", "g"),
             node("intermediateCatchEvent", "late", timer("duration", "days(2)")),
             node("intermediateCatchEvent", "answer", event("message", "m_answer")), user("a"), user("b"), end(),
             flow("start", "g", "late", "a", "end"), flow("g", "answer", "b", "end"))
    p = play(*parts, declared=declare("answer"))
    step = p.start()
    assert [armed.element_id for armed in step.armed] == ["late"] and step.waiting_messages == ("answer",)
    step = p.deliver("answer", said="yes")
    assert p.open == ["b"] and len(step.disarmed) == 1 and step.variables["said"] == "yes"
    p = play(*parts, declared=declare("answer"))
    p.start()
    p.wake(days=4)
    assert p.open == ["a"]


def test_an_interrupting_timer_closes_its_task() -> None:
    p = play(start(), user("a"), boundary("late", "a", timer("duration", "working_days(2)"), record="plan_breached"),
             user("b"), end(), flow("start", "a", "end"), flow("late", "b", "end"))
    (armed,) = p.start().armed
    assert armed.rule == "working_days(2)"
    p.wake(days=1)
    assert p.open == ["a"]
    step = p.wake(days=3)
    assert p.open == ["b"] and step.disarmed == (armed.task_id,)
    assert [closed.how for closed in step.closed] == ["cancelled"]
    assert [trace.mark for trace in step.trace if trace.what == "fired"] == ["plan_breached"]


def test_a_non_interrupting_timer_leaves_its_task_open() -> None:
    p = play(start(), user("a"), boundary("soon", "a", timer("duration", "PT2H"), False), user("b"), end(), end("e2"),
             flow("start", "a", "end"), flow("soon", "b", "e2"))
    p.start()
    p.wake(hours=3)
    assert p.open == ["a", "b"] and p.timers == []
    p.complete("a")
    assert p.open == ["b"]
    assert p.complete("b").ended == "completed"


def test_a_cycle_fires_again_and_again_from_its_own_due_instant() -> None:
    p = play(start(), user("a"), boundary("urge", "a", timer("cycle", "every(working_days(1))"), False,
             notify="'miit'/head", notify_text="{number} 催办", notify_kind="urge"), end(), flow("start", "a", "end"))
    first = p.start(number="Z1").armed[0]
    step = p.wake(days=3, hours=1)
    assert [notice.text for notice in step.notices] == ["Z1 催办"] * 2
    assert step.disarmed == (first.task_id,) and len(step.armed) == 1
    assert p.timers == ["urge"] and p.open == ["a"]
    step = p.complete("a")
    assert step.ended == "completed" and len(step.disarmed) == 1


def test_a_timer_may_name_an_instant_or_a_date() -> None:
    for rule in ("due_at", "before(due_at, 0)", "2026-03-05"):
        p = play(start(), user("a"), boundary("late", "a", timer("date", rule)), user("b"), end(),
                 flow("start", "a", "end"), flow("late", "b", "end"))
        p.start(due_at="2026-03-05")
        p.wake(days=3)
        assert p.open == ["a"]
        p.wake(hours=13)
        assert p.open == ["b"]


def test_messages_interrupt_or_accompany_an_activity_as_often_as_they_come() -> None:
    p = play(start(), sub("s", start("s0"), user("a"), end("s1"), flow("s0", "a", "s1")),
             boundary("added", "s", event("message", "m_added"), False),
             boundary("withdrawn", "s", event("message", "m_withdraw")), user("read"), user("told"), end(),
             flow("start", "s", "end"), flow("added", "read", "end"), flow("withdrawn", "told", "end"),
             declared=declare("added", "withdraw"))
    assert p.start().waiting_messages == ("added", "withdraw")
    p.deliver("added")
    p.deliver("added")
    assert p.open == ["a", "read", "read"]
    step = p.deliver("withdraw", why="solved")
    assert p.open == ["read", "read", "told"] and step.variables["why"] == "solved"
    assert step.waiting_messages == ()


def test_an_event_subprocess_runs_beside_its_process() -> None:
    inner = (node("startEvent", "e0", event("message", "m_added"), attributes='isInterrupting="false"')
             + user("read") + end("e1") + flow("e0", "read", "e1"))
    p = play(start(), user("a"), end(), sub("extra", inner, attributes='triggeredByEvent="true"'),
             flow("start", "a", "end"), declared=declare("added"))
    assert p.start().waiting_messages == ("added",)
    p.deliver("added", text="1")
    p.deliver("added", text="2")
    assert p.open == ["a", "read", "read"]
    p.complete("a")
    p.complete("read")
    assert p.complete("read").ended == "completed"


def test_a_receive_task_waits_for_its_message() -> None:
    p = play(start(), node("receiveTask", "r", attributes='messageRef="m_paid"'), end(), flow("start", "r", "end"),
             declared=declare("paid"))
    assert p.start().waiting_messages == ("paid",)
    assert p.deliver("paid").ended == "completed"


def test_a_signal_reaches_everyone_who_waits_for_it() -> None:
    p = play(start(), node("parallelGateway", "fork"), node("intermediateCatchEvent", "c1", event("signal", "s_go")),
             node("intermediateCatchEvent", "c2", event("signal", "s_go")), user("a"), user("b"), end(),
             flow("start", "fork", "c1", "a", "end"), flow("fork", "c2", "b", "end"), declared=declare(signals=("go",)))
    p.start()
    p.deliver("go")
    assert p.open == ["a", "b"]


def test_an_escalation_wakes_the_boundary_and_leaves_the_subprocess_running() -> None:
    p = play(start(), sub("s", start("s0"), user("a"),
             node("intermediateThrowEvent", "up", event("escalation", "x_up")), user("b"), end("s1"),
             flow("s0", "a", "up", "b", "s1")),
             boundary("caught", "s", event("escalation", "x_up"), False), user("boss"), end(),
             flow("start", "s", "end"), flow("caught", "boss", "end"), declared=declare(escalations=("up",)))
    p.start()
    p.complete("a")
    assert p.open == ["b", "boss"]


def test_an_error_end_is_caught_by_the_boundary_around_it() -> None:
    p = play(start(), sub("s", start("s0"), node("parallelGateway", "fork"), user("a"), user("b"), end("s1"),
             end("bad", event("error", "e_no")), flow("s0", "fork", "a", "bad"), flow("fork", "b", "s1")),
             boundary("caught", "s", event("error", "e_no")), user("boss"), end(), flow("start", "s", "end"),
             flow("caught", "boss", "end"), declared=declare(errors=("no",)))
    p.start()
    p.complete("a")
    assert p.open == ["boss"]


def test_a_terminating_end_closes_everything_else() -> None:
    p = play(start(), node("parallelGateway", "fork"), user("a"), user("b"), end("e1", event("terminate")), end("e2"),
             flow("start", "fork", "a", "e1"), flow("fork", "b", "e2"))
    p.start()
    step = p.complete("a")
    assert step.ended == "terminated" and p.open == []
    assert sorted(closed.how for closed in step.closed) == ["cancelled", "completed"]


def test_a_terminating_end_in_a_subprocess_ends_only_that() -> None:
    p = play(start(), sub("s", start("s0"), node("parallelGateway", "fork"), user("a"), user("b"),
             end("s1", event("terminate")), end("s2"), flow("s0", "fork", "a", "s1"), flow("fork", "b", "s2")),
             user("c"), end(), flow("start", "s", "c", "end"))
    p.start()
    p.complete("a")
    assert p.open == ["c"]


def test_a_condition_fires_once_it_holds_in_the_flow_and_at_a_boundary() -> None:
    condition = ("<bpmn:conditionalEventDefinition><bpmn:condition>paid</bpmn:condition>"
                 "</bpmn:conditionalEventDefinition>")
    p = play(start(), node("parallelGateway", "fork"), node("intermediateCatchEvent", "c", condition), user("a"),
             boundary("b", "a", condition), user("pay"), user("x"), user("y"), end(),
             flow("start", "fork", "c", "x", "end"), flow("fork", "a", "end"), flow("b", "y", "end"),
             flow("fork", "pay", "end"))
    p.start(paid=False)
    assert p.open == ["a", "pay"]
    p.complete("pay", paid=True)
    assert p.open == ["x", "y"]


def test_what_is_thrown_twice_within_one_step_is_caught_twice() -> None:
    inner = (start("s0"), node("parallelGateway", "fork"),
             node("intermediateThrowEvent", "first", event("escalation", "x_up")),
             node("intermediateThrowEvent", "second", event("escalation", "x_up")), user("a"), user("b"), end("s1"),
             flow("s0", "fork", "first", "a", "s1"), flow("fork", "second", "b", "s1"))
    p = play(start(), sub("s", *inner), boundary("caught", "s", event("escalation", "x_up"), False), user("boss"),
             end(), flow("start", "s", "end"), flow("caught", "boss", "end"), declared=declare(escalations=("up",)))
    p.start()
    assert sorted(p.open) == ["a", "b", "boss", "boss"]


def test_an_escalation_that_nobody_waits_for_passes_by() -> None:
    p = play(start(), node("intermediateThrowEvent", "up", event("escalation", "x_up")), user("a"), end(),
             flow("start", "up", "a", "end"), declared=declare(escalations=("up",)))
    step = p.start()
    assert p.open == ["a"]
    assert [trace.what for trace in step.trace if trace.element_id == "up"] == ["escalated", "completed"]


def test_an_escalation_travels_out_of_a_called_process_and_a_multi_instance_to_who_waits_for_it() -> None:
    caller = diagram(start(), sub("s", start("s0"), node("callActivity", "call", attributes='calledElement="q"'),
                                  end("s1"), flow("s0", "call", "s1")),
                     boundary("caught", "s", event("escalation", "x_up")), user("boss"), end(),
                     flow("start", "s", "end"), flow("caught", "boss", "end"), declared=declare(escalations=("up",)))
    called = diagram(start("q0"), user("qa"), end("q1", event("escalation", "y")), flow("q0", "qa", "q1"), id="q",
                     declared='<bpmn:escalation id="y" name="up" escalationCode="up"/>')
    p = load(files(caller, called))
    p.start()
    step = p.complete("qa")
    assert p.open == ["boss"] and [closed.how for closed in step.closed] == ["completed"]


def test_a_thrown_message_reaches_who_waits_for_it_in_the_same_instance() -> None:
    p = play(start(), node("parallelGateway", "fork"), node("receiveTask", "r", attributes='messageRef="m_go"'),
             user("b"), user("a"), node("sendTask", "send", attributes='messageRef="m_go"'), end(),
             flow("start", "fork", "r", "b", "end"), flow("fork", "a", "send", "end"), declared=declare("go"))
    p.start()
    p.complete("a")
    assert p.open == ["b"]


def test_a_cycle_rests_while_its_rule_is_null_and_wakes_when_a_variable_of_it_is_written() -> None:
    p = play(start(), user("a"), boundary("warn", "a", timer("cycle", 'until if light == "green" else null'), False),
             script("shine", 'light = "red"'), end("shown"), end(), flow("start", "a", "end"),
             flow("warn", "shine", "shown"))
    p.start(until="2026-03-03", light="green")
    step = p.wake(days=2)
    assert step.variables["light"] == "red" and p.timers == [] and p.open == ["a"]
    p.wake(days=2)
    step = p.act("assign_variables", {"until": "2026-03-10", "light": "green"})
    assert [str(timer.due_at)[:10] for timer in step.armed] == ["2026-03-10"]
    assert p.wake(days=5).variables["light"] == "red"
    assert p.complete("a").ended == "completed"


def test_a_cycle_that_rested_makes_up_for_nothing() -> None:
    p = play(start(), user("a"), boundary("warn", "a", timer("cycle", "every(hours(1)) if active else null"), False),
             end("shown"), end(), flow("start", "a", "end"), flow("warn", "shown"))
    p.start(active=False)
    p.wake(days=5)
    step = p.act("assign_variables", {"active": True})
    assert [trace.element_id for trace in step.trace if trace.what == "fired"] == []
    assert len([trace for trace in p.wake(hours=2).trace if trace.what == "fired"]) == 2


def test_a_cycle_whose_rule_does_not_move_on_fires_once() -> None:
    p = play(start(), user("a"), boundary("warn", "a", timer("cycle", "until"), False), end("shown"), end(),
             flow("start", "a", "end"), flow("warn", "shown"))
    p.start(until="2026-03-03")
    step = p.wake(days=3)
    assert step.incident is None and len([trace for trace in step.trace if trace.what == "fired"]) == 1
    assert p.timers == []


def test_what_events_have_set_going_leaves_nothing_behind() -> None:
    p = play(start(), user("a"), boundary("more", "a", event("message", "m_more"), False), end("noted"), end(),
             flow("start", "a", "end"), flow("more", "noted"), declared=declare("more"))
    p.start()
    sizes = [len(p.deliver("more").state) for _ in range(60)]
    assert sizes[-1] - sizes[5] < 20
    assert p.complete("a").ended == "completed"
