"""What a step tells about tasks, lanes, marks and notices."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.workflows.diagrams import boundary, diagram, end, files, flow, multi, node, props, start, sub, timer, user
from tests.workflows.play import Play, load
from workflows import engine


def play(*parts: str, **kwargs: str) -> Play:
    return load(files(diagram(*parts, **kwargs)))


def test_an_inner_lane_inherits_what_it_does_not_say() -> None:
    lanes = (f'<bpmn:lane id="outer">{props(unit="lead_unit", position="head")}<bpmn:childLaneSet id="inner_set">'
             f'<bpmn:lane id="inner">{props(position="clerk")}<bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane>'
             f"</bpmn:childLaneSet><bpmn:flowNodeRef>b</bpmn:flowNodeRef></bpmn:lane>")
    p = play(start(), user("a"), user("b"), end(), flow("start", "a", "b", "end"), lanes=lanes)
    assert [(task.unit, task.position) for task in p.start(lead_unit="tax").opened] == [("tax", "clerk")]
    assert [(task.unit, task.position) for task in p.complete("a").opened] == [("tax", "head")]


def test_tasks_in_a_subprocess_stand_in_its_lane_and_stage_unless_they_have_their_own() -> None:
    lane = props(unit="'tax'", position="head")
    lanes = f'<bpmn:lane id="l">{lane}<bpmn:flowNodeRef>s</bpmn:flowNodeRef></bpmn:lane>'
    inner = sub("s", start("s0"), user("a"), user("b", stage="own"), end("s1"), flow("s0", "a", "b", "s1"))
    inner = inner.replace('name="s" >', f'name="s">{props(stage="handle")}', 1)
    p = play(start(), inner, end(), flow("start", "s", "end"), lanes=lanes, stage="collect")
    assert [(task.unit, task.stage) for task in p.start().opened] == [("tax", "handle")]
    assert [task.stage for task in p.complete("a").opened] == ["own"]


def test_an_opened_task_says_whose_completion_led_to_it() -> None:
    p = play(start(), user("a"), user("b"), boundary("late", "b", timer("duration", "PT1H"), False), user("c"), end(),
             flow("start", "a", "b", "end"), flow("late", "c", "end"))
    (first,) = p.start().opened
    assert first.opened_by is None
    assert [task.opened_by for task in p.complete("a").opened] == [first.task_id]
    assert [task.opened_by for task in p.wake(hours=2).opened] == [None]


def test_an_assignee_is_worked_out_when_the_task_opens() -> None:
    p = play(start(), user("a", assignee="who"), end(), flow("start", "a", "end"))
    assert p.start(who="zhang").opened[0].assignee == "zhang"


def test_a_task_may_have_no_deadline_yet_and_get_one_later() -> None:
    p = play(start(), user("a", due="due_at"), end(), flow("start", "a", "end"))
    assert p.start(due_at=None).opened[0].due_at is None
    (task,) = p.act("assign_variables", {"due_at": "2026-03-06"}).redated
    assert task.due_at == datetime(2026, 3, 6, 15, 59, 59, tzinfo=UTC)


def test_a_deadline_in_a_year_without_notice_is_provisional() -> None:
    p = play(start(), user("a", due="months(12)"), boundary("late", "a", timer("duration", "months(12)"), False), end(),
             flow("start", "a", "end"))
    step = p.start()
    assert step.opened[0].provisional and step.armed[0].provisional


def test_notices_name_units_by_expression_and_fill_their_text() -> None:
    p = play(start(), user("a", notify="lead/head; joint/clerk; 'supervision'/supervisor; enterprise; nobody/head",
                           notify_text="{number} 交 {joint}，{gone}{nobody}完", notify_kind="remind"), end(),
             flow("start", "a", "end"))
    notices = p.start(lead="tax", joint=["x", "y"], number="Z1", nobody=None).notices
    assert [(notice.unit, notice.position) for notice in notices] == [
        ("tax", "head"), ("x", "clerk"), ("y", "clerk"), ("supervision", "supervisor"), ("enterprise", None)]
    assert {notice.text for notice in notices} == {"Z1 交 x、y，完"}
    assert {notice.kind for notice in notices} == {"remind"}


def test_a_format_in_a_notice_reaches_nothing() -> None:
    p = play(start(), user("a", notify="enterprise", notify_text="{x.__class__}{x[0]}{0}%s{x!r}"), end(),
             flow("start", "a", "end"))
    assert p.start(x="v").notices[0].text == "%s"


def test_each_instance_of_a_multi_instance_tells_for_itself() -> None:
    p = play(start(), user("a", multi("units", "joint"), notify="joint/clerk", notify_text="会办"), end(),
             flow("start", "a", "end"), unit="joint")
    assert [notice.unit for notice in p.start(units=["tax", "science"]).notices] == ["tax", "science"]


def test_marks_come_when_an_event_fires_and_when_other_elements_are_done() -> None:
    p = play(start(), node("task", "t", record="seen"), user("a", record="opened"),
             boundary("late", "a", timer("duration", "PT1H"), record="late"), end(), end("e2"),
             flow("start", "t", "a", "end"), flow("late", "e2"))
    assert [(trace.what, trace.mark) for trace in p.start().trace if trace.mark] == [
        ("completed", "seen"), ("entered", "opened")]
    assert [(trace.what, trace.mark) for trace in p.wake(hours=2).trace if trace.mark] == [("fired", "late")]


def test_a_timer_tells_its_rule_its_start_and_what_is_due() -> None:
    p = play(start(), user("a"), boundary("late", "a", timer("duration", "P5D")), end(), end("e2"),
             flow("start", "a", "end"), flow("late", "e2"))
    (armed,) = p.start().armed
    assert (armed.rule, armed.started_at, armed.provisional) == ("P5D", p.now, False)
    assert armed.due_at == datetime(2026, 3, 9, 15, 59, 59, tzinfo=UTC)


def test_timers_that_fell_due_together_fire_in_the_order_of_their_instants() -> None:
    p = play(start(), user("a"), boundary("second", "a", timer("duration", "PT2H"), False),
             boundary("first", "a", timer("duration", "PT1H"), False), end(), flow("start", "a", "end"))
    p.start()
    step = p.wake(hours=9)
    assert [trace.element_id for trace in step.trace if trace.what == "fired"] == ["first", "second"]


def test_a_timer_that_fires_into_a_due_timer_fires_both_in_one_step() -> None:
    p = play(start(), node("intermediateCatchEvent", "w1", timer("duration", "PT1H")),
             node("intermediateCatchEvent", "w2", timer("date", "due")), user("a"), end(),
             flow("start", "w1", "w2", "a", "end"))
    p.start(due=(p.now - timedelta(days=1)).isoformat())
    assert [task.element_id for task in p.wake(hours=2).opened] == ["a"]


def test_an_instance_reports_what_it_holds_open_without_changing() -> None:
    p = play(start(), user("a"), boundary("late", "a", timer("duration", "P5D")), end(), end("e2"),
             flow("start", "a", "end"), flow("late", "e2"))
    step = p.start(x=1)
    shown = engine.inspect(p.version, p.state)
    assert (shown.open_tasks, shown.timers, shown.variables) == (step.opened, step.armed, step.variables)
