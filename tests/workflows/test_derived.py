"""Derived variables: what follows from other variables by rule, and follows them when they or the calendar change."""
from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from tests.workflows.diagrams import (
    FORM,
    boundary,
    diagram,
    end,
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
from tests.workflows.play import Play, load
from workflows import engine
from workflows.calendar import Calendar
from workflows.checks import check
from workflows.errors import ExpressionError

RULES = {"promise": "after(since, limit) if exists(limit) else null",
         "due": "later(promise, after(extension, days(0)) if exists(extension) else null)"}
VARIABLES = {"since": None, "limit": None, "extension": None}
NOTICE = Calendar({date(2026, 3, 5): False}, noticed_years=(2026,))
"""Thursday becomes a day off."""


def handling(*parts: str, rules: dict[str, Any] = RULES, variables: dict[str, Any] = VARIABLES) -> str:
    return diagram(*(parts or (
        start(), script("limit_it", 'limit = "P3D"'), user("a", due="due"),
        boundary("late", "a", timer("date", "due"), interrupting=False), end("noted"), end(),
        flow("start", "limit_it", "a", "end"), flow("late", "noted"))),
        variables=json.dumps(variables), derived=json.dumps(rules))


def play(text: str | None = None) -> Play:
    return load(files(text or handling()))


def day(p: Play) -> str:
    return str(engine.inspect(p.version, p.state).variables["due"])[:10]


def test_a_derived_variable_is_there_from_the_start_and_follows_what_it_reads() -> None:
    p = play()
    step = p.start(since="2026-03-02")
    assert step.variables["promise"] == step.variables["due"] == "2026-03-05T23:59:59+08:00"
    step = p.act("assign_variables", {"extension": "2026-03-10"})
    assert step.variables["promise"] == "2026-03-05T23:59:59+08:00" and day(p) == "2026-03-10"
    assert "due" in step.changed and "promise" not in step.changed
    assert [str(timer.due_at)[:10] for timer in engine.inspect(p.version, p.state).timers] == ["2026-03-10"]


def test_a_changed_calendar_moves_it_and_every_deadline_that_hangs_on_it() -> None:
    p = play()
    p.start(since="2026-03-02")
    p.calendar = NOTICE
    step = p.act("retime")
    assert day(p) == "2026-03-06" and {"promise", "due"} <= step.changed
    snapshot = engine.inspect(p.version, p.state)
    assert {str(timer.due_at)[:10] for timer in snapshot.timers} == {"2026-03-06"}
    assert {str(task.due_at)[:10] for task in snapshot.open_tasks} == {"2026-03-06"}


def test_it_moves_when_a_suspended_case_goes_on_under_a_new_calendar() -> None:
    p = play()
    p.start(since="2026-03-02")
    p.act_without_calendar("suspend")
    p.calendar = NOTICE
    p.act("resume")
    assert day(p) == "2026-03-06"


def test_what_is_given_for_it_from_outside_does_not_stay() -> None:
    p = play()
    p.start(since="2026-03-02", due="2030-01-01")
    assert day(p) == "2026-03-05"
    p.act("assign_variables", {"due": "2030-01-01"})
    assert day(p) == "2026-03-05"


def test_an_item_of_a_multi_instance_has_its_own_when_it_writes_what_the_rule_reads() -> None:
    inner = sub("each", start("s"), script("own", "since = when"), user("a", due="due"), end("e"),
                flow("s", "own", "a", "e"), inner=multi("days_", "when"))
    p = play(handling(start(), script("limit_it", 'limit = "P1D"'), inner, end(),
                      flow("start", "limit_it", "each", "end")))
    p.start(since="2026-03-02", days_=["2026-03-03", "2026-03-04"])
    assert sorted(str(task.due_at)[:10] for task in p.tasks) == ["2026-03-04", "2026-03-05"]
    assert day(p) == "2026-03-03"
    p.calendar = NOTICE
    p.act("retime")
    assert sorted(str(task.due_at)[:10] for task in p.tasks) == ["2026-03-04", "2026-03-06"]


def test_a_called_process_brings_its_own_and_leaves_the_caller_s_alone() -> None:
    called = diagram(start("s"), user("b", due="own_due"), end("e"), flow("s", "b", "e"), id="q",
                     variables='{"since": null}',
                     derived=json.dumps({"due": "since", "own_due": "after(since, days(1))"}))
    call = node("callActivity", "c", attributes='calledElement="q"')
    main = handling(start(), script("limit_it", 'limit = "P3D"'), call, end(), flow("start", "limit_it", "c", "end"))
    p = load(files(main, called))
    p.start(since="2026-03-02")
    assert day(p) == "2026-03-05"
    assert [str(task.due_at)[:10] for task in p.tasks] == ["2026-03-03"]


def test_a_rule_that_fails_stops_the_instance_at_the_element_that_wrote() -> None:
    p = play(handling(start(), user("a"), script("break_it", 'limit = "bad"'), user("b"), end(),
                      flow("start", "a", "break_it", "b", "end")))
    p.start(since="2026-03-02")
    step = p.complete("a")
    assert step.incident is not None and step.incident.element_id == "break_it"
    assert "promise" in step.incident.message and "bad" in step.incident.message


def test_an_instance_whose_rules_fail_at_once_is_not_started() -> None:
    with pytest.raises(ExpressionError, match="promise"):
        play().start(since="2026-03-02", limit="bad")


WRITING_FORM = FORM.replace("[]", '[{"type": "textfield", "key": "x", "label": "x"}]')
FAULTS = {
    "属性 derived 不是 JSON 对象": files(diagram(start(), end(), flow("start", "end"), derived="[]")),
    "推算“promise”：": files(handling(rules={"promise": "after("})),
    "推算“due day”：不能作变量名": files(handling(rules={"due day": "since"})),
    "推算“promise”：要写成文本": files(handling(rules={"promise": 3})),
    "推算“promise”不能用 now() 或 today()": files(handling(rules={"promise": "earlier(since, now())"})),
    "推算“due”读的“later_on”没有声明，或写在它后面": files(handling(rules={"due": "later_on", "later_on": "since"})),
    "推算“promise”没有读任何变量": files(handling(rules={"promise": "null"})),
    "推算“since”同时是变量，或写了两次": files(handling(rules={"since": "limit"})),
    "推算“limit”不能由“limit_it”写入": files(handling(rules={"limit": "since"}, variables={"since": None})),
    "推算“x”不能由表单“plain”写入": files(handling(rules={"x": "since"})) | {"p/forms/plain.form.json": WRITING_FORM},
}


@pytest.mark.parametrize("reason", FAULTS)
def test_deployment_refuses_rules_that_cannot_hold(reason: str) -> None:
    problems = [str(problem) for problem in check("p", FAULTS[reason])]
    assert any(reason in problem for problem in problems), problems
