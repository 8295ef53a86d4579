"""The diagram that is measured: ten user tasks with lanes, due dates, gateways, a loop and boundary timers.

The product and the floor run the same elements; only the timer's rule is written in the dialect of each.
"""
from __future__ import annotations

import json
from itertools import pairwise
from xml.sax.saxutils import quoteattr

KEY = "bench"
TASKS = 10
AGAIN = "t5"
"""finishing this task with {"again": true} goes back to the first one"""
NAMESPACES = ('xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
              'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"')
POST = {"position": "clerk", "unit": "'miit'"}
FORM = json.dumps({"id": "plain", "type": "default", "schemaVersion": 18, "components": [
    {"type": "textarea", "key": "opinion", "label": "意见"}, {"type": "checkbox", "key": "again", "label": "重办"}]})


def product_files(key: str = KEY, tasks: int = TASKS) -> dict[str, str]:
    """The version that the product publishes."""
    return {f"{key}/{key}.bpmn": diagram("working_days(2)", key, tasks), f"{key}/forms/plain.form.json": FORM}


def personal_files() -> dict[str, str]:
    """The same, where the opinion may name people."""
    named = FORM.replace('"key": "opinion"', '"key": "opinion", "properties": {"personal": "true"}')
    return product_files() | {f"{KEY}/forms/plain.form.json": named}


def floor_files() -> str:
    """The diagram for plain SpiffWorkflow, whose durations are ISO 8601 text."""
    return diagram('"P2D"')


def diagram(duration: str, key: str = KEY, tasks: int = TASKS) -> str:
    """As many user tasks as wanted; every third has a boundary timer with an end of its own."""
    elements = "".join(_task(number) for number in range(tasks))
    timers = "".join(_timer(number, duration) for number in range(2, tasks, 3))
    refs = "".join(f"<bpmn:flowNodeRef>t{number}</bpmn:flowNodeRef>" for number in range(tasks))
    gateway = '<bpmn:exclusiveGateway id="g" name="再来一次" default="f_g_next"/>'
    return (f'<bpmn:definitions {NAMESPACES} targetNamespace="http://zhuqi/bench">'
            f'<bpmn:process id="{key}" name="{key}" isExecutable="true">{properties(variables=VARIABLES)}'
            f'<bpmn:laneSet id="lanes"><bpmn:lane id="lane">{properties(**POST)}{refs}'
            f'</bpmn:lane></bpmn:laneSet><bpmn:startEvent id="start"/>{elements}{timers}{gateway}'
            f'<bpmn:endEvent id="end"/>{_flows(tasks)}</bpmn:process></bpmn:definitions>')


VARIABLES = json.dumps({"again": False, "opinion": "", "number": "", "title": "", "category": "financing"})


def _task(number: int) -> str:
    return (f'<bpmn:userTask id="t{number}" name="第{number + 1}步">'
            f'{properties(form="plain", stage="handle", due="working_days(1)")}</bpmn:userTask>')


def _timer(number: int, duration: str) -> str:
    return (f'<bpmn:boundaryEvent id="late{number}" name="超期" attachedToRef="t{number}" cancelActivity="false">'
            f'<bpmn:timerEventDefinition><bpmn:timeDuration>{duration}</bpmn:timeDuration>'
            f'</bpmn:timerEventDefinition></bpmn:boundaryEvent><bpmn:endEvent id="noted{number}"/>'
            f'<bpmn:sequenceFlow id="n{number}" sourceRef="late{number}" targetRef="noted{number}"/>')


def _flows(tasks: int) -> str:
    names = ["start", *(f"t{number}" for number in range(tasks)), "end"]
    pairs = [(a, b) for a, b in pairwise(names) if a != AGAIN]
    plain = "".join(f'<bpmn:sequenceFlow id="f_{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairs)
    following = names[names.index(AGAIN) + 1]
    return (f'{plain}<bpmn:sequenceFlow id="f_g" sourceRef="{AGAIN}" targetRef="g"/>'
            f'<bpmn:sequenceFlow id="f_g_next" sourceRef="g" targetRef="{following}"/>'
            '<bpmn:sequenceFlow id="f_g_back" sourceRef="g" targetRef="t0">'
            "<bpmn:conditionExpression>again == True</bpmn:conditionExpression></bpmn:sequenceFlow>")


def properties(**values: str) -> str:
    inner = "".join(f"<spiffworkflow:property name={quoteattr(name)} value={quoteattr(value)}/>"
                    for name, value in values.items())
    return (f"<bpmn:extensionElements><spiffworkflow:properties>{inner}</spiffworkflow:properties>"
            "</bpmn:extensionElements>")
