"""From BPMN text to task specifications: SpiffWorkflow's parser, then our own behaviour put on what it made.

The parser decides which class a node gets in many places that cannot be overridden one by one, so the finished
specification is gone through once and each class is exchanged for ours. Nothing in a specification changes afterwards:
threads share it.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from SpiffWorkflow.bpmn.parser import BpmnParser, TaskParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs import control, defaults

from workflows import activities, events, gateways
from workflows.diagram import Element, Node, tag_of
from workflows.events import Definition, own_definition
from workflows.notices import parse_notify

Spec = Any

CLASSES: dict[type, type] = {
    defaults.UserTask: activities.UserTask,
    defaults.NoneTask: activities.PassTask,
    defaults.SubWorkflowTask: activities.SubProcess,
    defaults.EventSubprocess: activities.EventSubProcess,
    defaults.CallActivity: activities.CallActivity,
    defaults.ParallelMultiInstanceTask: activities.ParallelMultiInstance,
    defaults.SequentialMultiInstanceTask: activities.SequentialMultiInstance,
    defaults.StandardLoopTask: activities.StandardLoop,
    defaults.StartEvent: events.StartEvent,
    defaults.IntermediateCatchEvent: events.IntermediateCatchEvent,
    defaults.ReceiveTask: events.ReceiveTask,
    defaults.BoundaryEvent: events.BoundaryEvent,
    defaults.EndEvent: events.EndEvent,
    defaults.IntermediateThrowEvent: events.IntermediateThrowEvent,
    defaults.SendTask: events.SendTask,
    defaults.ParallelGateway: gateways.ParallelGateway,
    defaults.ExclusiveGateway: gateways.ExclusiveGateway,
    defaults.InclusiveGateway: gateways.InclusiveGateway,
    defaults.EventBasedGateway: gateways.EventBasedGateway,
    control.BoundaryEventSplit: gateways.BoundaryEventSplit,
    control._EndJoin: gateways.EndJoin,
}
WAITS = (events.IntermediateCatchEvent, events.ReceiveTask, events.BoundaryEvent)
LEVELS = (activities.UserTask, activities.SubProcess, activities.EventSubProcess, activities.CallActivity)


class LevelParser(ProcessParser):  # type: ignore[misc]
    """SpiffWorkflow's parser of one level follows the flows by recursion, which a long diagram overflows. So nodes are
    parsed here from the ends backwards; each then finds what follows it already there."""

    def add_tasks(self) -> None:
        for node in reversed(self._from_start()):
            self.parse_node(node)
        super().add_tasks()

    def _from_start(self) -> list[Node]:
        """The nodes that the start reaches, each after those that lead to it first."""
        todo: list[Node] = list(self.xpath("./bpmn:startEvent"))
        seen = {node.get("id") for node in todo}
        found = []
        while todo:
            node = todo.pop()
            found.append(node)
            following = [self.get_node_by_id(flow.get("targetRef"))
                         for flow in self.get_outgoing_sequence_flows(node.get("id"))]
            for other in [*following, *self.get_boundary_events(node.get("id"))]:
                if other is not None and other.get("id") not in seen:
                    seen.add(other.get("id"))
                    todo.append(other)
        return found


class Parser(BpmnParser):  # type: ignore[misc]
    """SpiffWorkflow's parser; business rule tasks are ours. It sees no coordinates: with them it would order the flows
    of a gateway by their height on the page, without them it keeps the order of the file."""

    PROCESS_PARSER_CLASS = LevelParser
    OVERRIDE_PARSER_CLASSES: ClassVar = {full_tag("businessRuleTask"): (TaskParser, activities.BusinessRuleTask)}

    def _add_diagram_indexes(self, bpmn: Node) -> None:
        self.document_lanes[self._document_key(bpmn)] = {}
        self.document_positions[self._document_key(bpmn)] = {}


def build(roots: Mapping[str, Node], process_id: str, elements: Mapping[str, Element]) -> tuple[Spec, dict[str, Spec]]:
    """The specification of a process and those of all levels below it, by name. `roots` are the files' root nodes."""
    parser = Parser()
    for file, root in roots.items():
        parser.add_bpmn_xml(root, file)
    spec = parser.get_spec(process_id)
    inner = parser.get_subprocess_specs(process_id)
    nodes = {node.get("id"): node for root in roots.values() for node in root.iter() if tag_of(node)}
    levels = {spec.name: spec, **inner}
    for level in levels.values():
        _adapt(level, elements, nodes)
    for level in levels.values():
        _find_triggers(level, levels)
    return spec, inner


def _adapt(level: Spec, elements: Mapping[str, Element], nodes: Mapping[str, Node]) -> None:
    level.data_objects, level.io_specification = {}, None
    for spec in level.task_specs.values():
        spec.__class__ = CLASSES.get(spec.__class__, spec.__class__)
        spec.data_input_associations, spec.data_output_associations, spec.io_specification = [], [], None
        spec.element = elements.get(_element_id(spec) or "")
        spec.notify = parse_notify(spec.element.extensions, spec.element.name) if spec.element is not None else None
        spec.told_when = _told_when(spec)
        _adapt_activity(spec, nodes)
    for spec in level.task_specs.values():
        if isinstance(spec, gateways.EventBasedGateway):
            for child, definition in zip(spec.outputs, spec.event_definition.event_definitions, strict=True):
                child.event_definition = definition
            spec.event_definition = None
        elif isinstance(spec, control.BoundaryEventJoin):
            _unhook(level, spec)
    for spec in level.task_specs.values():
        given = getattr(spec, "event_definition", None)
        if given is not None:
            spec.event_definition = own_definition(given)
        elif hasattr(spec, "event_definition"):
            del spec.event_definition


def _adapt_activity(spec: Any, nodes: Mapping[str, Node]) -> None:
    if isinstance(spec, activities.PassTask):
        spec.manual = False
    elif isinstance(spec, activities.BusinessRuleTask):
        spec.decision = spec.element.extensions.get("calledDecisionId") or called_decision(nodes[spec.bpmn_id])
    elif isinstance(spec, activities.MultiInstance):
        _adapt_multi_instance(spec)
    elif isinstance(spec, activities.StandardLoop):
        spec.condition = (spec.condition or "").strip() or None


def _element_id(spec: Spec) -> str | None:
    """The element that a specification stands for; loops carry their activity's name, their instances its id."""
    if isinstance(spec, activities.Repeated):
        return str(spec.name)  # type: ignore[attr-defined]
    return spec.bpmn_id


def _told_when(spec: Spec) -> frozenset[str]:
    """Which trace entries carry the element's `record` and `notify`: of tasks, subprocesses and called processes when
    they are entered, of events when they fire, of anything else when it is completed."""
    if isinstance(spec, activities.Repeated):
        return frozenset()
    if isinstance(spec, LEVELS):
        return frozenset({"entered"})
    if isinstance(spec, WAITS):
        return frozenset({"fired", "received"})
    return frozenset({"completed"})


def _adapt_multi_instance(spec: Spec) -> None:
    spec.input_expression = (spec.cardinality if spec.data_input is None else spec.data_input.bpmn_id).strip()
    item = spec.input_item
    spec.item_name = (item.bpmn_name or item.bpmn_id) if item is not None else None
    spec.output = spec.data_output.bpmn_id.strip() if spec.data_output is not None else None
    spec.condition = (spec.condition or "").strip() or None


def _unhook(level: Spec, join: Spec) -> None:
    """Takes a boundary join out of the flow: a finished activity ends the waiting of its boundary events itself."""
    for name in join._inputs:
        level.task_specs[name]._outputs.remove(join.name)


def called_decision(node: Node) -> str:
    """The decision that a business rule task names in an extension element, as bpmn-js writes it."""
    found = node.find(".//{http://spiffworkflow.org/bpmn/schema/1.0/core}calledDecisionId")
    return (found.text or "").strip() if found is not None else ""


def _find_triggers(level: Spec, levels: Mapping[str, Spec]) -> None:
    """Event subprocesses of a level: their start event's message moves to them, since they begin when it comes."""
    level.event_subprocesses = []
    for name in level.start.trigger_specs:
        spec = level.task_specs[name]
        start = levels[spec.spec].bpmn_start_events[0]
        spec.__class__ = activities.EventSubProcess  # the parser makes it an ordinary one
        spec.trigger, start.event_definition = start.event_definition, Definition("none")
        spec._inputs.append(level.start.name)
        spec.connect(level.end)
        level.event_subprocesses.append(spec)
