"""The levels of a diagram as graphs: what the checks that walk every path need to know of nodes and flows.

A level is a process or a subprocess, known by its id. Unlike the engine's specifications these are made from the
diagram itself, so that what is found can be shown on it.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from workflows.diagram import FLOW_NODES, NAMESPACES, Node, Process, tag_of
from workflows.events import REPEATING
from workflows.reading import Reading

DEFINITION = "EventDefinition"
ACTIVITIES = frozenset({"task", "userTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask", "callActivity",
                        "subProcess"})
MANY_FLOWS = 6
"""Flows of an inclusive fork up to which every combination is tried; beyond it each alone, and all together."""
PATIENT = frozenset({"userTask", "receiveTask", "callActivity", "subProcess"})
"""Activities that do not pass at once."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; `condition` is None where none is asked, `default` says that the gateway falls back on it."""
    id: str
    source: str
    target: str
    condition: str | None
    default: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A flow node. `trigger` is what an event waits for or throws ("none" for other nodes), `code` that of an error or
    escalation (None catches all); `inner` the level that an activity opens; `boundary` the events on its edge."""
    id: str
    kind: str
    name: str
    node: Node
    leaving: tuple[Flow, ...]
    entering: tuple[Flow, ...]
    trigger: str = "none"
    code: str | None = None
    attached: str | None = None
    interrupting: bool = True
    repeats: bool = False
    repeated: bool = False
    inner: str | None = None
    boundary: tuple[str, ...] = ()
    begins_by_event: bool = False

    @property
    def waits(self) -> bool:
        """Whether a token can rest here: until a person, a clock or a message moves it."""
        return self.kind in PATIENT or bool(self.boundary) or self.kind in ("intermediateCatchEvent",
                                                                            "eventBasedGateway")

    @property
    def is_join(self) -> bool:
        return self.kind in ("parallelGateway", "inclusiveGateway")


@dataclass(frozen=True)
class Level:
    """A process or subprocess: its steps in the order of the file, and where it starts."""
    id: str
    steps: Mapping[str, Step]
    start: str
    _reached: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    def following(self, name: str) -> Iterable[str]:
        """The steps after one, behind its flows."""
        return (flow.target for flow in self.steps[name].leaving)

    def reached(self, name: str, without: str = "") -> frozenset[str]:
        """The steps on some way along flows from `name`, itself included, never entering `without`."""
        if (name, without) not in self._reached:
            self._reached[name, without] = self._walk(name, without, over_edges=False)
        return self._reached[name, without]

    def thread(self, name: str) -> frozenset[str]:
        """What one token beginning at `name` can come to: along flows and over interrupting boundary events."""
        return self._walk(name, "", over_edges=True)

    def _walk(self, name: str, without: str, over_edges: bool) -> frozenset[str]:
        seen, todo = {name}, [name]
        for each in todo:
            after = list(self.following(each))
            if over_edges:
                after += [other for other in self.steps[each].boundary if self.steps[other].interrupting]
            for other in after:
                if other not in seen and other != without:
                    seen.add(other)
                    todo.append(other)
        return frozenset(seen)

    @cached_property
    def beside(self) -> frozenset[str]:
        """The non-interrupting boundary events whose flow never meets another's but at ends: whatever they set going
        lives on its own, so it can be judged on its own."""
        origins = [self.start, *(name for name, step in self.steps.items() if step.attached and not step.interrupting)]
        threads = {origin: self.thread(origin) for origin in origins}
        return frozenset(origin for origin in origins[1:] if not any(
            self._entangled(threads[origin] & thread, other == self.start)
            for other, thread in threads.items() if other != origin))

    def _entangled(self, shared: frozenset[str], with_main: bool) -> bool:
        return any(self.steps[name].kind != "endEvent" and (with_main or self.steps[name].is_join) for name in shared)


def choices(step: Step) -> Iterator[tuple[Flow, ...]]:
    """What a fork may take: all of a parallel one; of an inclusive one any flows with a condition, or the default."""
    asked = [flow for flow in step.leaving if flow.condition is not None and not flow.default]
    if step.kind == "parallelGateway" or not asked:
        yield step.leaving
        return
    yield from ((flow,) for flow in step.leaving if flow.default)
    sizes = range(1, len(asked) + 1) if len(asked) <= MANY_FLOWS else (1, len(asked))
    for size in sizes:
        yield from combinations(asked, size)


def levels_of(process: Process) -> list[Level]:
    """The levels of a process that has passed the checks of its flows, the outermost first."""
    containers = [process.node]
    for container in containers:
        containers += container.findall("bpmn:subProcess", NAMESPACES)
    return [_level(container) for container in containers]


def all_levels(reading: Reading) -> dict[str, Level]:
    """The levels of all processes of a reading, by id."""
    return {level.id: level for process in reading.processes.values() for level in levels_of(process)}


def _level(container: Node) -> Level:
    nodes = [node for node in container if tag_of(node) in FLOW_NODES]
    defaults = {node.get("default") for node in nodes}
    flows = [Flow(flow.get("id"), flow.get("sourceRef"), flow.get("targetRef"), _condition(flow, defaults),
                  flow.get("id") in defaults)
             for flow in container.findall("bpmn:sequenceFlow", NAMESPACES)]
    leaving: dict[str, list[Flow]] = {}
    entering: dict[str, list[Flow]] = {}
    boundary: dict[str, list[str]] = {}
    for flow in flows:
        leaving.setdefault(flow.source, []).append(flow)
        entering.setdefault(flow.target, []).append(flow)
    for node in nodes:
        if node.get("attachedToRef"):
            boundary.setdefault(node.get("attachedToRef"), []).append(node.get("id"))
    steps = {node.get("id"): _step(node, leaving, entering, boundary) for node in nodes}
    return Level(container.get("id"), steps, next(name for name, step in steps.items() if step.kind == "startEvent"))


def _condition(flow: Node, defaults: set[str | None]) -> str | None:
    text = (flow.findtext("bpmn:conditionExpression", "", NAMESPACES) or "").strip()
    return text if text and flow.get("id") not in defaults else None


def _step(node: Node, leaving: dict[str, list[Flow]], entering: dict[str, list[Flow]],
          boundary: dict[str, list[str]]) -> Step:
    name, kind = node.get("id"), tag_of(node)
    trigger, code, cycle = "none", None, False
    for child in node:
        if tag_of(child).endswith(DEFINITION):
            trigger = tag_of(child).removesuffix(DEFINITION)
            code = _code(child, trigger)
            cycle = child.find("bpmn:timeCycle", NAMESPACES) is not None
    inner = name if kind == "subProcess" else node.get("calledElement") if kind == "callActivity" else None
    return Step(
        id=name, kind=kind, name=node.get("name") or "", node=node, leaving=tuple(leaving.get(name, ())),
        entering=tuple(entering.get(name, ())), trigger=trigger, code=code, attached=node.get("attachedToRef"),
        interrupting=node.get("cancelActivity", "true") == "true", repeats=trigger in REPEATING or cycle,
        repeated=any(tag_of(child).endswith("LoopCharacteristics") for child in node), inner=inner,
        boundary=tuple(boundary.get(name, ())), begins_by_event=node.get("triggeredByEvent") == "true")


def _code(definition: Node, trigger: str) -> str | None:
    """The code that an error or escalation has in its file."""
    if trigger not in ("error", "escalation"):
        return None
    reference = definition.get(f"{trigger}Ref")
    for declared in definition.getroottree().getroot().findall(f"bpmn:{trigger}", NAMESPACES):
        if declared.get("id") == reference:
            return str(declared.get(f"{trigger}Code"))
    return None
