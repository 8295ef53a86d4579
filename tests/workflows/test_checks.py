"""What deployment refuses, each fault by its element and reason."""
from __future__ import annotations

import pytest

from tests.workflows.diagrams import (
    FORM,
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
    xor,
)
from tests.workflows.play import load
from workflows.checks import MAX_ELEMENTS, check
from workflows.errors import DefinitionRefused
from workflows.versions import content_hash, load_version

GOOD = diagram(start(), user("a"), end(), flow("start", "a", "end"))


def found(text: str, **others: str) -> list[str]:
    return [str(problem) for problem in check("p", files(text, **others))]


def one(*parts: str, **kwargs: str) -> str:
    problems = found(diagram(*parts, **kwargs))
    assert problems, "nothing was found"
    return "\n".join(problems)


def walk(*middle: str, id: str = "x", **kwargs: str) -> str:
    return one(start(), *middle, end(), flow("start", id, "end"), **kwargs)


def test_a_good_folder_has_no_problems() -> None:
    assert found(GOOD) == []
    assert check("p", files(GOOD), positions=["clerk"]) == []


FAULTS = {
    "p/p.bpmn:x: 没有表单（form）": lambda: walk(node("userTask", "x")),
    "p/p.bpmn:x: 找不到表单“gone”": lambda: walk(user("x", form="gone")),
    "p/p.bpmn:x: 不在任何泳道里，或所在泳道没有岗位和单位，不知道由谁办理": lambda: walk(user("x"), lanes=""),
    "p/p.bpmn:x: 泳道的单位（unit）：": lambda: walk(user("x"), unit="a.b"),
    "p/p.bpmn:x: 期限：": lambda: walk(user("x", due="working_days(")),
    "p/p.bpmn:x: 引擎不执行服务任务": lambda: walk(node("serviceTask", "x")),
    "p/p.bpmn:x: 引擎不执行手工任务": lambda: walk(node("manualTask", "x")),
    "p/p.bpmn:x: 引擎不执行复杂网关": lambda: walk(node("complexGateway", "x")),
    "p/p.bpmn:x: 引擎不执行事务": lambda: walk(node("transaction", "x")),
    "p/p.bpmn:x: 引擎不执行随意子流程": lambda: walk(node("adHocSubProcess", "x")),
    "p/p.bpmn:x: 引擎不执行链接事件": lambda: walk(node("intermediateThrowEvent", "x", event("link"))),
    "p/p.bpmn:x: 引擎不执行补偿事件": lambda: walk(node("intermediateThrowEvent", "x",
                                                                       event("compensate"))),
    "p/p.bpmn:x: 脚本：": lambda: walk(script("x", "import os")),
    "p/p.bpmn:x: 脚本是空的": lambda: walk(script("x", " ")),
    "p/p.bpmn:x: 找不到决策表“gone”": lambda: walk(node("businessRuleTask", "x", calledDecisionId="gone")),
    "p/p.bpmn:x: 找不到被调用的流程“gone”": lambda: walk(node("callActivity", "x", attributes='calledElement="gone"')),
    "p/p.bpmn:p: 流程直接或间接调用了自己": lambda: walk(node("callActivity", "x", attributes='calledElement="p"')),
    "p/p.bpmn:x: 多实例的清单：": lambda: walk(user("x", multi("a.b"))),
    "p/p.bpmn:x: 完成条件：": lambda: walk(user("x", multi("a", until="1 +"))),
    "p/p.bpmn:x: “9 x”不能作变量名": lambda: walk(user("x", multi("a", output="9 x"))),
    "p/p.bpmn:x: 定时：": lambda: walk(node("intermediateCatchEvent", "x", timer("duration", "R3/PT1H"))),
    "p/p.bpmn:x: 定时：看不懂的时长“PT1H30M”": lambda: walk(
        node("intermediateCatchEvent", "x", timer("duration", "PT1H30M"))),
    "p/p.bpmn:x: 定时：working_days(n) 的 n": lambda: walk(
        node("intermediateCatchEvent", "x", timer("duration", "P9999D"))),
    "p/p.bpmn:x: 定时：看不懂的时间": lambda: walk(node("intermediateCatchEvent", "x", timer("date", "2026-13-45"))),
    "p/p.bpmn:x: 期限：看不懂的时长“P1W”": lambda: walk(user("x", due="P1W")),
    "p/p.bpmn:x: 只有事件能有触发条件": lambda: walk(node("parallelGateway", "x", timer("duration", "P1D"))),
    "p/p.bpmn:x: 循环定时": lambda: walk(node("intermediateCatchEvent", "x", timer("cycle", "every(days(1))"))),
    "p/p.bpmn:x: 定时要写": lambda: walk(node("intermediateCatchEvent", "x", "<bpmn:timerEventDefinition/>")),
    "p/p.bpmn:x: 没有触发条件": lambda: walk(node("intermediateCatchEvent", "x")),
    "p/p.bpmn:x: 文件里没有声明 message“m_gone”": lambda: walk(node("intermediateCatchEvent", "x",
                                                                   event("message", "m_gone"))),
    "p/p.bpmn:x: 没有指明 messageRef": lambda: walk(node("receiveTask", "x")),
    "p/p.bpmn:x: 一个事件只能有一种触发条件": lambda: walk(
        node("intermediateCatchEvent", "x", event("message", "m_a") + event("signal", "s_b"))),
    "p/p.bpmn:x: notify：“lead_unit”要写成": lambda: walk(user("x", notify="lead_unit")),
    "p/p.bpmn:x: notify：notify_kind": lambda: walk(user("x", notify="lead_unit/head", notify_kind="x")),
    "p/p.bpmn:x: 没有连线出去": lambda: one(start(), user("x"), end(), user("y"), flow("start", "x"), flow("y", "end")),
    "p/p.bpmn:y: 没有一条路通到这里": lambda: one(start(), user("x"), end(), user("y"), flow("start", "x", "end"),
                                             flow("y", "end")),
    "p/p.bpmn:x: 有几条连线出去": lambda: one(start(), user("x"), user("y"), end(), flow("start", "x", "y", "end"),
                                         flow("x", "end")),
    "p/p.bpmn:x: 没有默认出口": lambda: one(start(), xor("x"), end(), end("e2"), flow("start", "x"),
                                       flow("x", "end", when="a"), flow("x", "e2", when="b")),
    "p/p.bpmn:f_x_e2: 网关的出口没有条件": lambda: one(start(), xor("x", "end"), end(), end("e2"), flow("start", "x"),
                                               flow("x", "end"), flow("x", "e2")),
    "p/p.bpmn:f_x_end: 条件：": lambda: one(start(), xor("x", "e2"), end(), end("e2"), flow("start", "x"),
                                        flow("x", "end", when="__import__('os')"), flow("x", "e2")),
    "p/p.bpmn:f_x_end: 条件只能": lambda: one(start(), user("x"), end(), flow("start", "x"),
                                          flow("x", "end", when="a")),
    "p/p.bpmn:f_x_gone: 连线的一端“gone”不在同一层里": lambda: one(start(), user("x"), end(), flow("start", "x", "end"),
                                                         flow("x", "gone")),
    "p/p.bpmn:p: 要有而且只有一个开始事件": lambda: one(user("x"), end(), flow("x", "end")),
    "p/p.bpmn:p: 没有结束事件": lambda: one(start(), user("x"), flow("start", "x")),
    "p/p.bpmn:x: 事件网关后面": lambda: one(start(), node("eventBasedGateway", "x"), user("y"), end(),
                                     flow("start", "x", "y", "end")),
    "p/p.bpmn:b: 边界事件没有附在": lambda: walk(user("x"), boundary("b", "gone", timer("duration", "P1D"), False)),
    "p/p.bpmn:b: 错误边界事件必须是中断的": lambda: walk(user("x"), boundary("b", "x", event("error"), False)),
    "p/p.bpmn:e0: 事件子流程的开始事件必须": lambda: walk(
        user("x"), sub("s", node("startEvent", "e0", event("message", "m_a")), end("e1"), flow("e0", "e1"),
                       attributes='triggeredByEvent="true"'), declared=declare("a")),
    "p/p.bpmn:e0: 引擎不执行“定时”触发的开始事件": lambda: walk(
        user("x"), sub("s", node("startEvent", "e0", timer("duration", "P1D"), attributes='isInterrupting="false"'),
                       end("e1"), flow("e0", "e1"), attributes='triggeredByEvent="true"')),
    "p/p.bpmn:ds: 引擎不执行数据存储": lambda: walk(user("x"), '<bpmn:dataStoreReference id="ds"/>'),
    "p/p.bpmn:x: 引擎不执行输入输出说明": lambda: walk(user("x", "<bpmn:ioSpecification/>")),
    "p/p.bpmn:x: 引擎不执行数据输入关联": lambda: walk(user("x", "<bpmn:dataInputAssociation/>")),
    "p/p.bpmn:Start: 编号与引擎内部的名称冲突": lambda: walk(user("Start"), id="Start"),
    "p/p.bpmn:p: 属性 variables": lambda: walk(user("x"), variables="[1"),
    "p/p.bpmn:a: 编号（id）重复": lambda: one(start(), user("a"), user("a"), end(), flow("start", "a", "end")),
}


@pytest.mark.parametrize("expected", FAULTS)
def test_each_fault_is_named_with_its_element_and_reason(expected: str) -> None:
    assert expected in FAULTS[expected]()


def test_all_that_the_engine_does_not_run_is_named_whatever_else_is_wrong() -> None:
    told = walk(node("serviceTask", "x"), user("twice"), user("twice"), node("endEvent", "y", event("signal", "s")),
                node("intermediateThrowEvent", "z", event("link")), '<bpmn:dataStoreReference id="ds"/>')
    for expected in ("x: 引擎不执行服务任务", "y: 引擎不执行“信号”触发的结束事件", "z: 引擎不执行链接事件",
                     "ds: 引擎不执行数据存储", "twice: 编号（id）重复"):
        assert f"p/p.bpmn:{expected}" in told


def test_another_tools_own_element_may_repeat_an_id() -> None:
    assert check("p", files(diagram(start(), user("x"), end(), flow("start", "x", "end"),
                                    '<t:x xmlns:t="http://tool" id="x"/>'))) == []


def test_an_unknown_position_is_named_when_the_positions_are_known() -> None:
    (problem,) = check("p", files(GOOD), positions=["head"])
    assert str(problem) == "p/p.bpmn:a: 泳道的岗位“clerk”不存在"


def test_a_diagram_of_too_many_elements_is_refused_and_one_at_the_limit_is_not() -> None:
    for number, refused in ((MAX_ELEMENTS - 2, False), (MAX_ELEMENTS, True)):
        ids = [f"n{index}" for index in range(number)]
        text = diagram(start(), *(node("task", each) for each in ids), end(), flow("start", *ids, "end"))
        assert bool(found(text)) is refused
        if not refused:
            assert load(files(text)).start().ended == "completed"


HOSTILE = {
    "not XML": "hello",
    "cut off": GOOD[:300],
    "empty": "",
    "entity": '<!DOCTYPE x [<!ENTITY e "lol">]>' + GOOD,
    "external": '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + GOOD,
    "other root": "<html/>",
    "other encoding": '<?xml version="1.0" encoding="no-such"?><a/>',
    "too large": GOOD + " " * 2_000_001,
    "too deep": "<a>" * 5_000 + "</a>" * 5_000,
    "control characters": GOOD.replace("a", "\x00"),
    "surrogate": GOOD.replace('name="a"', 'name="\ud800"'),
    "coordinates": GOOD.replace("</bpmn:definitions>", (
        '<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
        'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"><bpmndi:BPMNShape bpmnElement="a">'
        '<dc:Bounds x="1e999" y="here"/></bpmndi:BPMNShape></bpmndi:BPMNDiagram></bpmn:definitions>')),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_are_refused_without_an_exception(kind: str) -> None:
    problems = found(HOSTILE[kind])
    assert problems and "Traceback" not in "".join(problems)
    with pytest.raises(DefinitionRefused):
        load_version("p", files(HOSTILE[kind]))


def test_broken_forms_and_tables_are_named_by_file() -> None:
    problems = found(GOOD, **{"p/routing.dmn": "<x/>", "p/forms/other.form.json": "{"})
    assert any(problem.startswith("p/routing.dmn") for problem in problems)
    assert any(problem.startswith("p/forms/other.form.json") for problem in problems)


def test_a_folder_without_a_diagram_is_refused() -> None:
    assert check("p", {"p/forms/plain.form.json": FORM}) != []
    assert check("p", {}) != []


def test_a_version_is_known_by_its_content_and_parsed_once() -> None:
    assert load_version("p", files(GOOD)) is load_version("p", dict(reversed(files(GOOD).items())))
    assert content_hash(files(GOOD)) != content_hash(files(GOOD.replace('name="a"', 'name="甲"')))
    assert len(content_hash({})) == 64
