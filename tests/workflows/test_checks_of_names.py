"""House rules of names: steps are labelled, and expressions read only variables that something gives a value."""
from __future__ import annotations

import json

import pytest

from tests.workflows.diagrams import (
    boundary,
    declare,
    diagram,
    end,
    files,
    flow,
    multi,
    node,
    script,
    start,
    timer,
    user,
    xor,
)
from workflows.checks import check


def found(*parts: str, declared: str = "", form: str = "", unit: str = "'miit'", **properties: str) -> list[str]:
    text = diagram(start(), *parts, declared=declared, unit=unit, **properties)
    others = {"p/forms/asks.form.json": form} if form else {}
    return [f"{problem.element}: {problem.reason}" for problem in check("p", files(text, **others))]


def walk(*middle: str, id: str = "x", **properties: str) -> list[str]:
    return found(*middle, end(), flow("start", id, "end"), **properties)


def choice(name: str) -> tuple[str, ...]:
    return (node("exclusiveGateway", "g", name=name, attributes='default="f_g_b"'), user("a"), user("b"), xor("m"),
            end(), flow("start", "g", "a", "m", "end"), flow("g", "b", "m"))


UNNAMED = "没有名称，图上看不出这一步是什么"


def test_what_people_do_wait_for_and_decide_by_needs_a_name() -> None:
    assert walk(node("userTask", "x", name="", form="plain")) == [f"x: {UNNAMED}"]
    assert walk(node("intermediateCatchEvent", "x", timer("duration", "P1D"), name=" ")) == [f"x: {UNNAMED}"]
    late = node("boundaryEvent", "late", timer("duration", "P1D"), name="",
                attributes='attachedToRef="x" cancelActivity="false"')
    assert walk(user("x"), late) == [f"late: {UNNAMED}"]
    unnamed = [part.replace('targetRef="a">', 'targetRef="a"><bpmn:conditionExpression>true</bpmn:conditionExpression>')
               for part in choice("")]
    assert found(*unnamed) == [f"g: {UNNAMED}"]


def test_what_all_pass_needs_no_name() -> None:
    parts = (node("startEvent", "begin", name=""), user("x"), node("exclusiveGateway", "m", name=""),
             node("endEvent", "end", name=""), flow("begin", "x", "m", "end"))
    assert check("p", files(diagram(*parts))) == []


READS = {
    "条件": lambda name: (xor("x", "end"), end("e2"), flow("x", "e2", when=name)),
    "脚本": lambda name: (script("x", f"y = {name}"),),
    "期限": lambda name: (user("x", due=f"working_days({name})"),),
    "办理人": lambda name: (user("x", assignee=name),),
    "通知": lambda name: (user("x", notify=f"{name}/head"),),
    "通知的文字": lambda name: (user("x", notify="enterprise", notify_text=f"关于{{{name}}}"),),
    "定时": lambda name: (node("intermediateCatchEvent", "x", timer("duration", f"days({name})")),),
    "多实例的清单": lambda name: (user("x", multi(name)),),
    "完成条件": lambda name: (user("x", multi("[1]", until=name)),),
}


@pytest.mark.parametrize("what", READS)
def test_a_name_that_nothing_gives_a_value_is_found_with_the_nearest_that_is_known(what: str) -> None:
    [problem] = walk(*READS[what]("levle"), variables='{"level": 1}')
    assert problem.endswith(f"{what}里的“levle”不是已知的变量，是不是“level”？")
    assert walk(*READS[what]("level"), variables='{"level": 1}') == []
    [problem] = walk(*READS[what]("unheard_of"))
    assert problem.endswith(f"{what}里的“unheard_of”不是已知的变量")


def test_the_unit_of_a_lane_is_looked_at() -> None:
    assert walk(user("x"), unit="lead_unit") == ["lane_p: 泳道的单位（unit）里的“lead_unit”不是已知的变量"]


@pytest.mark.parametrize("given", [
    {"given": "reason, other"}, {"derived": '{"reason": "other + 1"}', "variables": '{"other": 1}'}])
def test_what_is_given_at_the_start_and_what_is_derived_is_known(given: dict[str, str]) -> None:
    assert walk(script("x", "y = reason"), **given) == []


def test_what_scripts_forms_and_multi_instances_write_is_known() -> None:
    form = json.dumps({"id": "asks", "type": "default", "components": [
        {"type": "textfield", "key": "asked", "label": "问"}]})
    parts = (script("x", "first = 1"), user("each", multi("[1, 2]", "item", "results"), assignee="text(item)",
                                            form="asks"),
             script("last", "z = [first, asked, results]"), end(), flow("start", "x", "each", "last", "end"))
    assert found(*parts, form=form) == []


def test_the_fields_of_a_form_that_no_step_uses_are_unknown() -> None:
    form = json.dumps({"id": "asks", "type": "default", "components": [
        {"type": "textfield", "key": "asked", "label": "问"}]})
    assert walk(script("x", "y = asked"), form=form) == ["x: 脚本里的“asked”不是已知的变量"]


def test_a_form_may_hide_by_its_own_fields_and_by_variables() -> None:
    def hidden(condition: str) -> list[str]:
        form = json.dumps({"id": "asks", "type": "default", "components": [
            {"type": "checkbox", "key": "sure", "label": "确定"},
            {"type": "textfield", "key": "why", "label": "为何", "conditional": {"hide": f"={condition}"}}]})
        return walk(user("x", form="asks"), form=form, variables='{"level": 1}')

    assert hidden("sure or level == 1") == []
    assert hidden("suer") == ["None: 隐藏条件里的“suer”不是已知的变量，是不是“sure”？"]


def test_a_timer_may_read_when_it_started_and_a_repetition_its_counts() -> None:
    parts = (user("x", multi("3", until="nrOfCompletedInstances >= 2")),
             boundary("late", "x", timer("date", "after(started_at, days(1))"), False))
    assert walk(*parts) == []
    assert walk(node("receiveTask", "x", attributes='messageRef="m_go"'), declared=declare("go")) == []
