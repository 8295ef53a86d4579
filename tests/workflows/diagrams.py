"""Small diagrams for tests, written as lists of elements.

`diagram(node(…), flow(…), …)` makes the BPMN text of a process, with every user task in one lane; `files` makes the
folder of a version from one or several of them, with an empty form for every user task.
"""
from __future__ import annotations

import json
import re
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

HEAD = ('<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="http://zhuqi/test">')


def props(**values: str) -> str:
    inner = "".join(f"<spiffworkflow:property name={quoteattr(name)} value={quoteattr(value)}/>"
                    for name, value in values.items())
    return (f"<bpmn:extensionElements><spiffworkflow:properties>{inner}</spiffworkflow:properties>"
            "</bpmn:extensionElements>") if inner else ""


def node(kind: str, id: str, inner: str = "", name: str | None = None, attributes: str = "", **properties: str) -> str:
    return (f'<bpmn:{kind} id="{id}" name={quoteattr(name if name is not None else id)} {attributes}>'
            f"{props(**properties)}{inner}</bpmn:{kind}>")


def start(id: str = "start") -> str:
    return node("startEvent", id)


def end(id: str = "end", inner: str = "") -> str:
    return node("endEvent", id, inner)


def user(id: str, inner: str = "", **properties: str) -> str:
    return node("userTask", id, inner, **{"form": "plain", **properties})


def script(id: str, text: str) -> str:
    return node("scriptTask", id, f"<bpmn:script>{escape(text)}</bpmn:script>")


def flow(*ids: str, when: str | None = None) -> str:
    """Flows along a chain of ids; `when` is the condition of all of them."""
    condition = f"<bpmn:conditionExpression>{escape(when)}</bpmn:conditionExpression>" if when else ""
    return "".join(f'<bpmn:sequenceFlow id="f_{a}_{b}" sourceRef="{a}" targetRef="{b}">{condition}</bpmn:sequenceFlow>'
                   for a, b in pairwise(ids))


def xor(id: str, default: str | None = None) -> str:
    return node("exclusiveGateway", id, attributes=f'default="f_{id}_{default}"' if default else "")


def timer(kind: str, rule: str) -> str:
    tag = {"date": "timeDate", "duration": "timeDuration", "cycle": "timeCycle"}[kind]
    return f"<bpmn:timerEventDefinition><bpmn:{tag}>{escape(rule)}</bpmn:{tag}></bpmn:timerEventDefinition>"


def event(kind: str, ref: str = "") -> str:
    """A message, signal, error, escalation or terminate definition; `ref` is the id of what `declare` declares."""
    reference = f' {kind}Ref="{ref}"' if ref else ""
    return f"<bpmn:{kind}EventDefinition{reference}/>"


def boundary(id: str, on: str, definition: str, interrupting: bool = True, **properties: str) -> str:
    return node("boundaryEvent", id, definition, **properties,
                attributes=f'attachedToRef="{on}" cancelActivity="{str(interrupting).lower()}"')


def multi(items: str, item: str | None = None, output: str | None = None, sequential: bool = False,
          until: str | None = None) -> str:
    parts = [f"<bpmn:loopDataInputRef>{escape(items)}</bpmn:loopDataInputRef>"]
    if output:
        parts.append(f"<bpmn:loopDataOutputRef>{output}</bpmn:loopDataOutputRef>")
    if item:
        parts.append(f'<bpmn:inputDataItem id="{item}" name="{item}"/>')
    if until:
        parts.append(f"<bpmn:completionCondition>{escape(until)}</bpmn:completionCondition>")
    return (f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
            f"{''.join(parts)}</bpmn:multiInstanceLoopCharacteristics>")


def sub(id: str, *parts: str, inner: str = "", attributes: str = "") -> str:
    return node("subProcess", id, inner + "".join(parts), attributes=attributes)


def declare(*messages: str, signals: tuple[str, ...] = (), errors: tuple[str, ...] = (),
            escalations: tuple[str, ...] = ()) -> str:
    return ("".join(f'<bpmn:message id="m_{name}" name="{name}"/>' for name in messages)
            + "".join(f'<bpmn:signal id="s_{name}" name="{name}"/>' for name in signals)
            + "".join(f'<bpmn:error id="e_{name}" name="{name}" errorCode="{name}"/>' for name in errors)
            + "".join(f'<bpmn:escalation id="x_{name}" name="{name}" escalationCode="{name}"/>'
                      for name in escalations))


def diagram(*parts: str, id: str = "p", declared: str = "", position: str = "clerk", unit: str = "'miit'",
            lanes: str | None = None, **properties: str) -> str:
    body = "".join(parts)
    if lanes is None:
        refs = "".join(f"<bpmn:flowNodeRef>{found}</bpmn:flowNodeRef>"
                       for found in re.findall(r'<bpmn:(?:userTask|subProcess) id="([^"]+)"', body))
        lanes = f'<bpmn:lane id="lane_{id}">{props(position=position, unit=unit)}{refs}</bpmn:lane>'
    return (f'{HEAD}{declared}<bpmn:process id="{id}" name="{id}" isExecutable="true">{props(**properties)}'
            f'<bpmn:laneSet id="lanes_{id}">{lanes}</bpmn:laneSet>{body}</bpmn:process></bpmn:definitions>')


FORM = json.dumps({"id": "plain", "type": "default", "schemaVersion": 18, "components": []})


def files(*diagrams: str, key: str = "p", **others: str) -> dict[str, str]:
    """A version's files: the first diagram in the folder of the key, the others in folders of their process ids."""
    made = {}
    for number, text in enumerate(diagrams):
        folder = key if number == 0 else re.findall(r'<bpmn:process id="([^"]+)"', text)[0]
        made[f"{folder}/{folder}.bpmn"] = text
    made[f"{key}/forms/plain.form.json"] = FORM
    return made | others
