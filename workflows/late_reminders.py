"""Reminders that come when the limit that they remind of has passed: a hint, for three days of notice before a limit of
three days remind nobody."""
from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from workflows.diagram import NAMESPACES, Node, properties_of, tag_of
from workflows.limits_compared import Limits, told
from workflows.policy_limits import rule_text
from workflows.reading import Reading
from workflows.sentence import Sentence, say

_STOPS = frozenset({"userTask", "receiveTask", "subProcess", "callActivity", "intermediateCatchEvent",
                    "eventBasedGateway"})
"""what somebody has to do or wait for: notices behind it belong to it"""


def late_reminders(reading: Reading) -> Iterator[tuple[str, Sentence]]:
    """(element, why) for each timer that reminds of an activity's limit at or after that limit, by the parameters. The
    limit is another timer on the activity, one that interrupts it, urges or escalates."""
    limits = Limits(reading)
    for process in reading.processes.values():
        on: dict[str, list[Node]] = {}
        for event in process.node.iterfind(".//bpmn:boundaryEvent", NAMESPACES):
            if event.find("bpmn:timerEventDefinition", NAMESPACES) is not None:
                on.setdefault(event.get("attachedToRef", ""), []).append(event)
        for events in on.values():
            kinds = {event.get("id", ""): _tells(event, process.node) for event in events}
            reminders = [each for each in events if kinds[each.get("id", "")] == {"remind"} and not _interrupts(each)]
            ends = [each for each in events if _interrupts(each) or kinds[each.get("id", "")] & {"urge", "escalate"}]
            for reminder, limit in product(reminders, ends):
                if why := _late(limits, reminder, limit):
                    yield reminder.get("id", ""), why


def _late(limits: Limits, reminder: Node, limit: Node) -> Sentence | None:
    lengths = [limits.lengths(rule_text(each, None) or "") for each in (reminder, limit)]
    late = [(first, then) for start, first in lengths[0].items() if (then := lengths[1].get(start))
            and (first[0].days >= then[0].days or first[-1].days >= then[-1].days)]
    if not late:
        return None
    first, then = late[0]
    return say("提醒“%(reminder)s”（%(first)s）不早于“%(limit)s”（%(then)s），提醒的时候已经到期",
               reminder=reminder.get("name") or reminder.get("id"), first=told(first),
               limit=limit.get("name") or limit.get("id"), then=told(then))


def _interrupts(event: Node) -> bool:
    return event.get("cancelActivity", "true") == "true"


def _tells(event: Node, process: Node) -> set[str]:
    """The kinds of notices that follow an event before anybody has to do something."""
    nodes = {node.get("id", ""): node for node in process.iter("{*}*") if tag_of(node) and node.get("id")}
    ways: dict[str, list[str]] = {}
    for flow in process.iterfind(".//bpmn:sequenceFlow", NAMESPACES):
        ways.setdefault(flow.get("sourceRef", ""), []).append(flow.get("targetRef", ""))
    kinds: set[str] = set()
    seen, todo = set[str](), [event.get("id", "")]
    for id in todo:
        if id in seen or id not in nodes or tag_of(nodes[id]) in _STOPS:
            continue
        seen.add(id)
        own = properties_of(nodes[id])
        if own.get("notify"):
            kinds.add(own.get("notify_kind") or "inform")
        todo += ways.get(id, ())
    return kinds - {"inform"}
