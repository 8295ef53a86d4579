"""House rule of drawing: whatever people do, wait for or decide by has a name on the diagram."""
from __future__ import annotations

from workflows.flowgraph import ACTIVITIES, Level, Step
from workflows.reading import Reading
from workflows.sentence import say

DECIDING = ("exclusiveGateway", "inclusiveGateway", "eventBasedGateway")


def check_labels(reading: Reading, file: str, level: Level) -> None:
    """Notes the steps of a level that need a name and have none."""
    for step in level.steps.values():
        if not step.name.strip() and _needs_name(step):
            reading.problem(file, step.id, say("没有名称，图上看不出这一步是什么"))


def _needs_name(step: Step) -> bool:
    """Activities, events with a trigger, and gateways that decide; what all branches pass says nothing by a name. Where
    an event subprocess begins is named by the subprocess itself."""
    if step.kind in ACTIVITIES:
        return True
    if step.kind in DECIDING:
        return len(step.leaving) > 1
    return step.trigger != "none" and step.kind != "startEvent"
