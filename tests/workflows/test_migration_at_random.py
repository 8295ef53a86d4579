"""Random diagrams: moved to a copy an instance goes on as if it had not, moved to a grown one it comes to its end."""
from __future__ import annotations

import random
import re
from typing import Any

import pytest

from tests.workflows.diagrams import (
    diagram,
    end,
    files,
    flow,
    start,
    user,
)
from tests.workflows.migrating import move, play, version
from tests.workflows.play import Play
from tests.workflows.test_random_diagrams import Maker
from tests.workflows.test_state import DIAGRAMS
from workflows.step import Step
from workflows.versions import load_version


def made(seed: int) -> dict[str, str]:
    text, first, last = Maker(seed).block(4)
    return files(diagram(start(), text, end(), flow("start", first), flow(last, "end")))


@pytest.mark.parametrize("content", [*map(made, range(30)), *(files(text) for text in DIAGRAMS.values())])
def test_a_copy_with_other_white_space_goes_the_same_way(content: dict[str, str]) -> None:
    """Two instances get the same inputs; one of them moves between two copies of its version every now and then."""
    copy = {path: text.replace("<bpmn:userTask", "\n  <bpmn:userTask") for path, text in content.items()}
    versions = [load_version("p", content), load_version("p", copy)]
    stays, moves, chance = Play(versions[0]), Play(versions[0]), random.Random(len(content[next(iter(content))]))
    steps = [stays.start(x=1), moves.start(x=1)]
    for _ in range(60):
        if steps[0].ended:
            break
        if chance.random() < 0.4:
            other = versions[1 - versions.index(moves.version)]
            told = move(moves, other)
            assert not (told.opened or told.closed or told.redated or told.rewritten or told.armed or told.disarmed)
        later, task = chance.choice([0, 1, 5]), chance.randrange(10**6)
        answer = chance.randrange(9)
        steps = [_go(each, later, task, answer) for each in (stays, moves)]
        assert _told(steps[0]) == _told(steps[1])
    assert stays.open == moves.open and stays.timers == moves.timers


def _go(p: Play, hours: int, which: int, x: int) -> Step:
    step = p.wake(hours=hours)
    if step.ended or not p.tasks:
        return step
    return p.act("complete", p.tasks[which % len(p.tasks)].task_id, {"x": x})


def _told(step: Step) -> tuple[Any, ...]:
    return (step.variables, step.opened, step.closed, step.armed, step.disarmed, step.trace, step.ended, step.incident,
            step.waiting_messages)


FLOW = re.compile(r'(<bpmn:sequenceFlow id="f_(\w+?)_(\w+?)" sourceRef="\2" )targetRef="\3">(.*?)</bpmn:sequenceFlow>')


def grown(text: str, chance: random.Random) -> str:
    """The same diagram with another task on some of its flows, and other limits."""
    def insert(found: re.Match[str]) -> str:
        head, first, last, condition = found.groups()
        if chance.random() < 0.7:
            return found[0]
        more = f"more_{first}_{last}"
        return (f'{head}targetRef="{more}">{condition}</bpmn:sequenceFlow>' + user(more) + flow(more, last))

    return FLOW.sub(insert, text).replace("PT3H", "PT1H")


@pytest.mark.parametrize("seed", range(60))
def test_an_instance_that_has_moved_to_a_grown_diagram_comes_to_its_end(seed: int) -> None:
    """Wherever a move is not refused, nothing waits in vain afterwards and nothing is done by two tokens at once."""
    chance = random.Random(seed)
    text, first, last = Maker(seed).block(4)
    ends = start(), end(), flow("start", first), flow(last, "end")
    p, to = play(text, *ends), version(grown(text, chance), *ends)
    step = p.start(x=1)
    for number in range(600):
        if step.ended:
            break
        if number == 1 + seed % 7:
            move(p, to)
        if chance.random() < 0.1:
            step = p.wake(hours=2)
        step = p.act("complete", chance.choice(p.tasks).task_id, {"x": chance.randrange(7)})
        assert step.incident is None, step.incident
    assert step.ended == "completed"
    assert p.tasks == [] and p.timers == []
