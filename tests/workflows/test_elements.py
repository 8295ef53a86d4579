"""Elements of docs/bpmn-elements.md that no other file tests: each row there names a test."""
from __future__ import annotations

from tests.workflows.diagrams import declare, diagram, end, event, files, flow, node, start, user
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


def test_data_objects_are_drawn_and_stop_nothing() -> None:
    drawn = '<bpmn:dataObject id="d"/><bpmn:dataObjectReference id="dr" name="材料" dataObjectRef="d"/>'
    p = play(start(), user("a"), end(), drawn, flow("start", "a", "end"))
    p.start()
    assert p.complete("a").ended == "completed"
    stored = diagram(start(), user("a"), end(), '<bpmn:dataStoreReference id="ds"/>', flow("start", "a", "end"))
    assert any("数据存储" in str(problem) for problem in check("p", files(stored)))
