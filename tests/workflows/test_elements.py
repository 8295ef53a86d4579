"""Elements of docs/bpmn-elements.md that no other file tests: each row there names a test."""
from __future__ import annotations

from tests.workflows.diagrams import boundary, declare, diagram, end, event, files, flow, node, start, sub, user
from tests.workflows.play import Play, load
from workflows.versions import check


def play(*parts: str, **kwargs: str) -> Play:
    return load(files(diagram(*parts, **kwargs)))


def test_a_task_without_type_passes_at_once() -> None:
    p = play(start(), node("task", "x", record="noted"), user("a"), end(), flow("start", "x", "a", "end"))
    step = p.start()
    assert p.open == ["a"] and [trace.mark for trace in step.trace if trace.element_id == "x"] == ["noted"]


def test_an_end_with_a_message_sends_it() -> None:
    p = play(start(), node("parallelGateway", "fork"), node("receiveTask", "r", attributes='messageRef="m_go"'),
             user("b"), user("a"), end("told", event("message", "m_go")), end(),
             flow("start", "fork", "r", "b", "end"), flow("fork", "a", "told"), declared=declare("go"))
    p.start()
    p.complete("a")
    assert p.open == ["b"]


def test_a_throw_without_trigger_passes_at_once() -> None:
    p = play(start(), node("intermediateThrowEvent", "x", record="passed"), user("a"), end(),
             flow("start", "x", "a", "end"))
    step = p.start()
    assert p.open == ["a"] and [trace.mark for trace in step.trace if trace.element_id == "x"] == ["passed"]


def test_an_escalation_is_thrown_on_the_way() -> None:
    thrown = node("intermediateThrowEvent", "x", event("escalation", "x_up"))
    inner = sub("s", start("in"), thrown, user("a"), end("out"), flow("in", "x", "a", "out"))
    p = play(start(), inner, boundary("b", "s", event("escalation", "x_up"), False), user("told"), end("e"), end(),
             flow("start", "s", "end"), flow("b", "told", "e"), declared=declare(escalations=("up",)))
    p.start()
    assert p.open == ["a", "told"]


def test_a_send_task_sends_its_message() -> None:
    p = play(start(), node("parallelGateway", "fork"), node("receiveTask", "r", attributes='messageRef="m_go"'),
             user("b"), user("a"), node("sendTask", "send", attributes='messageRef="m_go"'), end("sent"), end(),
             flow("start", "fork", "r", "b", "end"), flow("fork", "a", "send", "sent"), declared=declare("go"))
    p.start()
    p.complete("a")
    assert p.open == ["b"]


def test_a_signal_at_a_boundary_interrupts_or_accompanies() -> None:
    for interrupting, left in ((True, ["told"]), (False, ["a", "told"])):
        stop = boundary("b", "a", event("signal", "s_stop"), interrupting)
        p = play(start(), user("a"), stop, user("told"), end("e"), end(), flow("start", "a", "end"),
                 flow("b", "told", "e"), declared=declare(signals=("stop",)))
        p.start()
        p.deliver("stop")
        assert p.open == left


def test_an_event_subprocess_is_begun_by_a_signal() -> None:
    begin = node("startEvent", "in", event("signal", "s_more"), attributes='isInterrupting="false"')
    p = play(start(), user("a"), end(), sub("s", begin, user("b"), end("out"), flow("in", "b", "out"),
                                            attributes='triggeredByEvent="true"'),
             flow("start", "a", "end"), declared=declare(signals=("more",)))
    p.start()
    p.deliver("more")
    assert p.open == ["a", "b"]


def test_a_number_of_instances_needs_no_list() -> None:
    three = ("<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>1 + 2</bpmn:loopCardinality>"
             "</bpmn:multiInstanceLoopCharacteristics>")
    p = play(start(), user("a", three), end(), flow("start", "a", "end"))
    p.start()
    assert p.open == ["a"] * 3


def test_a_loop_ends_at_its_maximum() -> None:
    twice = '<bpmn:standardLoopCharacteristics loopMaximum="2"/>'
    p = play(start(), user("a", twice), end(), flow("start", "a", "end"))
    p.start()
    assert p.complete("a").ended is None
    assert p.complete("a").ended == "completed"


def test_a_process_that_is_only_a_drawing_is_not_published() -> None:
    drawn = diagram(start(), end(), flow("start", "end")).replace('isExecutable="true"', 'isExecutable="false"')
    (problem,) = check("p", files(drawn))
    assert problem.element == "p" and "只是示意图" in str(problem)


def test_what_is_drawn_for_people_stops_nothing() -> None:
    drawn = ('<bpmn:textAnnotation id="t"><bpmn:text>注</bpmn:text></bpmn:textAnnotation><bpmn:group id="g"/>'
             '<bpmn:association id="l" sourceRef="a" targetRef="t"/>')
    pools = ('<bpmn:collaboration id="c"><bpmn:participant id="ours" processRef="p"/><bpmn:participant id="theirs"/>'
             '<bpmn:messageFlow id="m" sourceRef="a" targetRef="theirs"/></bpmn:collaboration>')
    p = play(start(), user("a"), end(), drawn, flow("start", "a", "end"), declared=pools)
    p.start()
    assert p.complete("a").ended == "completed"


def test_data_objects_are_drawn_and_stop_nothing() -> None:
    drawn = '<bpmn:dataObject id="d"/><bpmn:dataObjectReference id="dr" name="材料" dataObjectRef="d"/>'
    p = play(start(), user("a"), end(), drawn, flow("start", "a", "end"))
    p.start()
    assert p.complete("a").ended == "completed"
    stored = diagram(start(), user("a"), end(), '<bpmn:dataStoreReference id="ds"/>', flow("start", "a", "end"))
    assert any("数据存储" in str(problem) for problem in check("p", files(stored)))
