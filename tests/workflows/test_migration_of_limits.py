"""Deadlines and timers of an instance that moves to another version: worked out anew from when they began."""
from __future__ import annotations

from datetime import timedelta

from tests.workflows.diagrams import (
    boundary,
    end,
    flow,
    start,
    timer,
    user,
)
from tests.workflows.migrating import in_a_row, move, play, version
from tests.workflows.play import NOON
from workflows import engine


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
