"""The process that the product and its peers finish, in the elements that all of them know."""
from __future__ import annotations

from bench import content

KEY = "peers"
TASKS = 5
_FLOWS = (("start", "first"), ("first", "choice"), ("choice", "second"), ("choice", "end"), ("second", "fork"),
          ("fork", "left"), ("fork", "right"), ("left", "join"), ("right", "join"), ("join", "last"), ("last", "end"))
_USER = ("first", "second", "left", "right", "last")


def product_files() -> dict[str, str]:
    return {f"{KEY}/{KEY}.bpmn": diagram(), f"{KEY}/forms/plain.form.json": content.FORM}


def diagram() -> str:
    tasks = "".join(f'<bpmn:userTask id="{name}" name="{name}">'
                    f'{content.properties(form="plain", stage="handle")}</bpmn:userTask>' for name in _USER)
    refs = "".join(f"<bpmn:flowNodeRef>{name}</bpmn:flowNodeRef>" for name in _USER)
    flows = "".join(_flow(a, b) for a, b in _FLOWS)
    return (f'<bpmn:definitions {content.NAMESPACES} id="peers_definitions" targetNamespace="http://zhuqi/bench">'
            f'<bpmn:process id="{KEY}" name="{KEY}" isExecutable="true">'
            f'{content.properties(variables=content.VARIABLES)}'
            f'<bpmn:laneSet id="lanes"><bpmn:lane id="lane">{content.properties(**content.POST)}{refs}</bpmn:lane>'
            f'</bpmn:laneSet><bpmn:startEvent id="start"/>{tasks}'
            '<bpmn:exclusiveGateway id="choice" name="选一条" default="choice_second"/>'
            '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>'
            f'<bpmn:endEvent id="end"/>{flows}</bpmn:process></bpmn:definitions>')


def _flow(a: str, b: str) -> str:
    condition = ('<bpmn:conditionExpression xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
                 'xsi:type="bpmn:tFormalExpression" language="JavaScript">again == True</bpmn:conditionExpression>')
    inner = condition if (a, b) == ("choice", "end") else ""
    return f'<bpmn:sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}">{inner}</bpmn:sequenceFlow>'
