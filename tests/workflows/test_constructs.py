"""Every construct of BPMN that the engine supports."""
from __future__ import annotations

from tests.workflows.diagrams import (
    diagram,
    end,
    files,
    flow,
    multi,
    node,
    script,
    start,
    sub,
    user,
    xor,
)
from tests.workflows.play import Play, load


def play(*parts: str, **kwargs: str) -> Play:
    return load(files(diagram(*parts, **kwargs)))


def test_an_exclusive_gateway_takes_the_first_flow_that_holds_in_the_order_of_the_file() -> None:
    parts = (start(), xor("g", "c"), user("a"), user("b"), user("c"), end(), flow("start", "g"),
             flow("g", "b", when="x > 5"), flow("g", "a", when="x > 1"), flow("g", "c"),
             flow("a", "end"), flow("b", "end"), flow("c", "end"))
    for x, expected in ((9, "b"), (3, "a"), (0, "c")):
        p = play(*parts)
        p.start(x=x)
        assert p.open == [expected]


def test_a_parallel_block_waits_for_all_its_branches() -> None:
    p = play(start(), node("parallelGateway", "fork"), user("a"), user("b"), node("parallelGateway", "join"), user("c"),
             end(), flow("start", "fork", "a", "join", "c", "end"), flow("fork", "b", "join"))
    p.start()
    assert p.open == ["a", "b"]
    p.complete("b")
    assert p.open == ["a"]
    p.complete("a")
    assert p.open == ["c"]
    assert p.complete("c").ended == "completed"


def test_a_parallel_block_inside_a_loop_works_every_time_round() -> None:
    p = play(start(), xor("m"), node("parallelGateway", "fork"), user("a"), user("b"), node("parallelGateway", "join"),
             xor("g", "end"), end(), flow("start", "m"), flow("m", "fork"), flow("fork", "a", "join"),
             flow("fork", "b", "join"), flow("join", "g"), flow("g", "m", when="again"), flow("g", "end"))
    p.start(again=True)
    for _ in range(3):
        assert p.open == ["a", "b"]
        p.complete("a")
        p.complete("b")
    p.complete("a", again=False)
    assert p.complete("b").ended == "completed"


def test_an_inclusive_block_waits_for_the_branches_that_were_taken() -> None:
    parts = (start(), node("inclusiveGateway", "fork", attributes='default="f_fork_c"'), user("a"), user("b"),
             user("c"), node("inclusiveGateway", "join"), end(), flow("start", "fork"), flow("fork", "a", when="x"),
             flow("fork", "b", when="y"), flow("fork", "c"), flow("a", "join"), flow("b", "join"), flow("c", "join"),
             flow("join", "end"))
    p = play(*parts)
    p.start(x=True, y=True)
    assert p.open == ["a", "b"]
    assert p.complete("a").ended is None
    assert p.complete("b").ended == "completed"
    p = play(*parts)
    p.start(x=False, y=False)
    assert p.open == ["c"]
    assert p.complete("c").ended == "completed"


def test_scripts_and_conditions_use_the_instance_wide_variables() -> None:
    p = play(start(), script("s", "y = x + 1\nz = y * 2"), user("a"), end(), flow("start", "s", "a", "end"))
    step = p.start(x=1)
    assert step.variables == {"x": 1, "y": 2, "z": 4}


def test_a_parallel_multi_instance_keeps_answers_with_each_item_and_collects_them() -> None:
    p = play(start(), user("a", multi("units", "unit", "answers")), user("b"), end(), flow("start", "a", "b", "end"),
             unit="unit if exists(units) and 'unit' == 'x' else 'miit'")
    step = p.start(units=["tax", "science"])
    assert [task.local for task in step.opened] == [{"unit": "tax"}, {"unit": "science"}]
    p.complete("a", which=1, ok=False)
    assert p.open == ["a"]
    step = p.complete("a", ok=True)
    assert p.open == ["b"]
    assert step.variables["answers"] == [{"unit": "science", "ok": False}, {"unit": "tax", "ok": True}]
    assert "ok" not in step.variables


def test_the_lane_of_a_multi_instance_names_its_unit_by_the_item() -> None:
    p = play(start(), user("a", multi("units", "joint")), end(), flow("start", "a", "end"), unit="joint")
    assert [task.unit for task in p.start(units=["tax", "science"]).opened] == ["tax", "science"]


def test_a_multi_instance_over_nothing_is_passed() -> None:
    p = play(start(), user("a", multi("units", "unit", "answers")), end(), flow("start", "a", "end"))
    step = p.start(units=[])
    assert step.ended == "completed" and step.variables["answers"] == []


def test_a_sequential_multi_instance_asks_one_after_another() -> None:
    p = play(start(), user("a", multi("units", "unit", "answers", sequential=True)), end(), flow("start", "a", "end"))
    p.start(units=[1, 2, 3])
    for number in (1, 2, 3):
        assert [task.local["unit"] for task in p.tasks] == [number]
        step = p.complete("a")
    assert step.ended == "completed" and len(step.variables["answers"]) == 3


def test_two_of_three_are_enough_for_a_completion_condition() -> None:
    p = play(start(), user("a", multi("units", "unit", "answers", until="count(answers, 'ok', True) >= 2")), user("b"),
             end(), flow("start", "a", "b", "end"))
    p.start(units=[1, 2, 3])
    p.complete("a", ok=True)
    step = p.complete("a", ok=True)
    assert p.open == ["b"]
    assert sorted(closed.how for closed in step.closed) == ["cancelled", "completed"]


def test_a_multi_instance_subprocess_has_its_own_variables_in_each_instance() -> None:
    p = play(start(), sub("s", start("s0"), user("a"), xor("g", "b"), user("b"), end("s1"), flow("s0", "a", "g"),
             flow("g", "s1", when="ok"), flow("g", "b"), flow("b", "s1"), inner=multi("units", "unit", "answers")),
             end(), flow("start", "s", "end"))
    p.start(units=["x", "y"])
    p.complete("a", ok=True)
    p.complete("a", ok=False)
    assert p.open == ["b"]
    assert p.tasks[0].local == {"unit": "y", "ok": False}
    step = p.complete("b")
    assert step.ended == "completed"
    assert step.variables["answers"] == [{"unit": "x", "ok": True}, {"unit": "y", "ok": False}]


def test_a_standard_loop_repeats_while_its_condition_holds() -> None:
    loop = ('<bpmn:standardLoopCharacteristics testBefore="false"><bpmn:loopCondition>more</bpmn:loopCondition>'
            "</bpmn:standardLoopCharacteristics>")
    p = play(start(), user("a", loop), end(), flow("start", "a", "end"))
    p.start()
    p.complete("a", more=True)
    assert p.open == ["a"]
    assert p.complete("a", more=False).ended == "completed"


def test_a_called_process_shares_the_variables_and_brings_its_own() -> None:
    caller = diagram(start(), node("callActivity", "call", attributes='calledElement="q"'), user("z"), end(),
                     flow("start", "call", "z", "end"))
    called = diagram(node("startEvent", "q0"), user("qa"), node("endEvent", "q1"), flow("q0", "qa", "q1"), id="q",
                     variables='{"plan": null, "x": 5}', unit="lead")
    p = load(files(caller, called))
    step = p.start(lead="tax", x=1)
    (task,) = step.opened
    assert (task.process_id, task.unit) == ("q", "tax")
    assert step.variables == {"lead": "tax", "x": 1, "plan": None}
    p.complete("qa", plan="done")
    assert p.open == ["z"]


def test_a_decision_table_writes_its_outputs() -> None:
    dmn = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="d">
    <decision id="route" name="route"><decisionTable id="t" hitPolicy="FIRST">
    <input id="i"><inputExpression id="ie" typeRef="string"><text>category</text></inputExpression></input>
    <output id="o" name="lead_unit" typeRef="string"/>
    <rule id="r1"><inputEntry id="i1"><text>"tax"</text></inputEntry>
    <outputEntry id="o1"><text>"tax_bureau"</text></outputEntry></rule>
    <rule id="r2"><inputEntry id="i2"><text>-</text></inputEntry>
    <outputEntry id="o2"><text>"miit"</text></outputEntry></rule>
    </decisionTable></decision></definitions>"""
    p = load(files(diagram(start(), node("businessRuleTask", "r", calledDecisionId="route"), user("a"), end(),
                           flow("start", "r", "a", "end"), unit="lead_unit"), **{"p/routing.dmn": dmn}))
    assert p.start(category="tax").opened[0].unit == "tax_bureau"
