"""What administrators do to one instance: skip what failed, set a variable, put a token on another step."""
from __future__ import annotations

from datetime import timedelta

import pytest

from tests.workflows.diagrams import boundary, diagram, end, files, flow, multi, node, script, start, timer, user, xor
from tests.workflows.play import NOON, Play, load
from workflows.errors import InstanceStopped, MoveRefused


def play(*parts: str) -> Play:
    return load(files(diagram(*parts)))


def stopped() -> Play:
    """At a script that cannot run."""
    p = play(start(), user("a"), script("s", "y = x + 1"), user("b"), end(), flow("start", "a", "s", "b", "end"))
    p.start()
    assert p.complete("a").incident
    return p


def test_what_failed_is_skipped_and_the_instance_goes_on_behind_it() -> None:
    p = stopped()
    step = p.act("skip")
    assert step.incident is None and p.open == ["b"] and "y" not in step.variables
    with pytest.raises(InstanceStopped):
        p.act("skip")


def test_a_task_that_could_not_open_is_skipped_with_its_limits() -> None:
    p = play(start(), user("a", due="x"), boundary("late", "a", timer("duration", "PT1H")), user("b"), end(),
             flow("start", "a", "b", "end"), flow("late", "end"))
    assert p.start().incident
    p.act("skip")
    assert p.open == ["b"] and p.timers == []
    p.complete("b")
    assert p.steps[-1].ended == "completed"


def test_a_multi_instance_that_could_not_begin_is_skipped_as_a_whole() -> None:
    p = play(start(), user("m", multi("x", "item")), user("b"), end(), flow("start", "m", "b", "end"))
    assert p.start().incident
    p.act("skip")
    assert p.open == ["b"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_limit_that_cannot_be_worked_out_is_skipped_and_its_task_goes_on(interrupting: bool) -> None:
    p = play(start(), user("a"), boundary("late", "a", timer("duration", "x"), interrupting), user("b"), end(),
             flow("start", "a", "end"), flow("late", "b", "end"))
    step = p.start()
    assert step.incident and step.incident.element_id == "late"
    p.act("skip")
    assert p.open == ["a"] and p.timers == []
    assert p.complete("a").ended == "completed"


def test_a_wait_that_cannot_be_worked_out_is_skipped() -> None:
    p = play(start(), node("intermediateCatchEvent", "w", timer("duration", "x")), user("b"), end(),
             flow("start", "w", "b", "end"))
    assert p.start().incident
    p.act("skip")
    assert p.open == ["b"] and p.timers == []


@pytest.mark.parametrize("gateway", [xor("g", "b"), node("inclusiveGateway", "g", attributes='default="f_g_b"')])
def test_what_decides_where_to_go_is_not_skipped(gateway: str) -> None:
    p = play(start(), gateway, user("a"), user("b"), end(), flow("start", "g"), flow("g", "a", when="x > 1"),
             flow("g", "b"), flow("a", "end"), flow("b", "end"))
    assert p.start().incident
    with pytest.raises(MoveRefused, match="跳过"):
        p.act("skip")
    step = p.act("set_variables", {"x": 2})
    assert step.incident and step.changed == {"x"} and p.open == []
    p.act("retry")
    assert p.open == ["a"]


def test_a_variable_is_set_while_an_incident_stands_and_the_retry_reads_it() -> None:
    p = stopped()
    step = p.act("set_variables", {"x": 1})
    assert step.incident and step.incident.element_id == "s" and (step.opened, step.trace) == ((), ())
    assert p.act("retry").variables == {"x": 1, "y": 2}


def test_a_variable_that_a_deadline_rests_on_moves_it() -> None:
    p = play(start(), user("a", due="hours(x)"), end(), flow("start", "a", "end"))
    p.start(x=2)
    assert p.act("set_variables", {"x": 5}).redated[0].due_at == NOON + timedelta(hours=5)
    p.act_without_calendar("suspend")
    assert p.act("set_variables", {"x": 6}).variables["x"] == 6
    p.act("resume")
    assert p.task("a").due_at == NOON + timedelta(hours=6)


def test_a_token_is_put_on_another_step_also_from_an_incident() -> None:
    p = stopped()
    incident = p.steps[-1].incident
    assert incident is not None and incident.task_id is not None
    step = p.act("relocate", incident.task_id, "b")
    assert step.incident is None and p.open == ["b"]
    p.act("relocate", p.task("b").task_id, "a")
    assert p.open == ["a"] and p.steps[-1].closed[0].how == "cancelled"
    with pytest.raises(MoveRefused):
        p.act("relocate", p.task("a").task_id, "s")
    with pytest.raises(MoveRefused):
        p.act("relocate", "999", "b")
