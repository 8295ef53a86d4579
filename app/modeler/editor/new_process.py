"""What a new process begins as: a lane, a start, one step with its form, an end, all drawn."""
from __future__ import annotations

import json
import re
from collections.abc import Collection
from xml.sax.saxutils import quoteattr

from workflows.diagram import BPMN, NAMESPACES, SPIFF

_DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="{bpmn}" xmlns:bpmndi="{bpmndi}" xmlns:dc="{dc}" xmlns:di="{di}"
    xmlns:spiffworkflow="{spiff}" id="definitions_{id}" targetNamespace="http://bpmn.io/schema/bpmn" exporter="Zhuqi">
  <bpmn:collaboration id="collaboration_{id}">
    <bpmn:participant id="pool_{id}" name={name} processRef="{key}" />
  </bpmn:collaboration>
  <bpmn:process id="{key}" name={name} isExecutable="true">
    <bpmn:laneSet id="lanes_{id}">
      <bpmn:lane id="lane_{id}" name={lane}>
        <bpmn:flowNodeRef>start_{id}</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>step_{id}</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>end_{id}</bpmn:flowNodeRef>
      </bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="start_{id}">
      <bpmn:outgoing>flow_{id}_1</bpmn:outgoing>
    </bpmn:startEvent>
    <bpmn:userTask id="step_{id}" name={step}>
      <bpmn:extensionElements>
        <spiffworkflow:properties>
          <spiffworkflow:property name="form" value="form_1" />
          <spiffworkflow:property name="due" value="working_days(5)" />
        </spiffworkflow:properties>
      </bpmn:extensionElements>
      <bpmn:incoming>flow_{id}_1</bpmn:incoming>
      <bpmn:outgoing>flow_{id}_2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:endEvent id="end_{id}">
      <bpmn:incoming>flow_{id}_2</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="flow_{id}_1" sourceRef="start_{id}" targetRef="step_{id}" />
    <bpmn:sequenceFlow id="flow_{id}_2" sourceRef="step_{id}" targetRef="end_{id}" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram_{id}">
    <bpmndi:BPMNPlane id="plane_{id}" bpmnElement="collaboration_{id}">
      {shapes}
      {edges}
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""
_SHAPES = {"pool": (160, 80, 900, 250), "lane": (190, 80, 870, 250), "start": (250, 187, 36, 36),
           "step": (360, 165, 100, 80), "end": (540, 187, 36, 36)}
"""element → x, y, width, height"""
_EDGES = {1: (286, 360), 2: (460, 540)}
"""flow → where it begins and ends, at the height of all three"""
_HEIGHT = 205


def new_key(taken: Collection[str]) -> str:
    """The first of process-1, process-2 … that no process has."""
    numbers = [int(found[1]) for key in taken if (found := re.fullmatch(r"process-(\d+)", key))]
    return f"process-{max(numbers, default=0) + 1}"


def new_files(key: str, name: str, *, lane: str, step: str) -> dict[str, str]:
    """The files of a new process that people call `name`; `lane` and `step` name its lane and its one step."""
    ident = key.replace("-", "_")
    shapes = "".join(
        f'<bpmndi:BPMNShape id="{element}_{ident}_di" bpmnElement="{element}_{ident}"'
        f'{" isHorizontal=" + quoteattr("true") if element in ("pool", "lane") else ""}>'
        f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}" /></bpmndi:BPMNShape>'
        for element, (x, y, width, height) in _SHAPES.items())
    edges = "".join(
        f'<bpmndi:BPMNEdge id="flow_{ident}_{number}_di" bpmnElement="flow_{ident}_{number}">'
        f'<di:waypoint x="{begins}" y="{_HEIGHT}" /><di:waypoint x="{ends}" y="{_HEIGHT}" /></bpmndi:BPMNEdge>'
        for number, (begins, ends) in _EDGES.items())
    diagram = _DIAGRAM.format(
        bpmn=BPMN, spiff=SPIFF, **{name: NAMESPACES[name] for name in ("bpmndi", "dc", "di")}, key=key, id=ident,
        name=quoteattr(name), lane=quoteattr(lane), step=quoteattr(step), shapes=shapes, edges=edges)
    form = {"type": "default", "id": "form_1", "name": step, "schemaVersion": 18, "components": []}
    return {f"{key}/{key}.bpmn": diagram,
            f"{key}/forms/form_1.form.json": json.dumps(form, ensure_ascii=False, indent=2)}
