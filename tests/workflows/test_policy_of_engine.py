"""What a policy rule is told to be kept, the engine never breaks, whoever acts in whatever order."""
from __future__ import annotations

import random
from collections.abc import Iterable

import yaml

from tests.sizes import sized, tell
from tests.workflows.diagrams import declare, diagram, end, files, flow, start
from tests.workflows.play import Play, load
from tests.workflows.test_random_diagrams import Maker
from tests.workflows.test_soundness_of_engine import Wild
from workflows.policy import broken
from workflows.reading import read
from workflows.step import Trace

DIAGRAMS, RULES, ROUNDS, STEPS = sized(20, 400), 4, 4, 60


def made(seed: int) -> dict[str, str]:
    """A diagram without multi-instances, in which a rule would be about each item on its own."""
    kind = Maker if seed % 2 else Wild
    while True:
        text, first, last = kind(seed).block(3)
        if "multiInstance" not in text and text.count("<bpmn:userTask") > 3:
            return files(diagram(start(), text, end(), flow("start", first), flow(last, "end"),
                                 declared=declare(errors=("bad",))))
        seed += 1_000_000


def played(play: Play, chance: random.Random) -> list[Trace]:
    """The trace of an instance whose people act at random."""
    step = play.start(x=chance.randrange(7))
    trace = list(step.trace)
    for _ in range(STEPS):
        if step.incident is not None or step.ended is not None:
            break
        if chance.random() < 0.1 or not play.tasks:
            step = play.wake(hours=2)
        else:
            step = play.act("complete", chance.choice(play.tasks).task_id, {"x": chance.randrange(7)})
        trace += step.trace
    return trace


def breaks(trace: Iterable[Trace], after: str | None, comes: str, before: str) -> bool:
    """Whether an instance went against a rule."""
    owed = after is None
    for entry in trace:
        if entry.what == "entered" and entry.element_id == before and owed:
            return True
        if entry.what == "completed":
            owed = (owed and entry.element_id != comes) or entry.element_id == after
    return False


def test_a_rule_that_is_kept_on_every_way_is_never_broken_by_an_instance() -> None:
    kept = told = gone_against = 0
    for seed in range(DIAGRAMS):
        content, chance = made(seed), random.Random(seed)
        reading = read("p", content)
        tasks = [name for name, element in reading.elements.items() if element.kind == "userTask"]
        traces = [played(load(content), random.Random(f"{seed}/{number}")) for number in range(ROUNDS)]
        for _ in range(RULES):
            after, comes, before = chance.sample(tasks, 3)
            never = chance.random() < 0.5
            rule = {"never": before, "before": comes} if never else {"after": after, "comes": comes, "before": before}
            policy = yaml.safe_dump({"rules": [{"clause": "C", "says": "so", **rule}]})
            found = broken("p", {**content, "p/policy.yaml": policy})
            against = any(breaks(trace, None if never else after, comes, before) for trace in traces)
            assert found or not against, (seed, rule)
            kept, told, gone_against = kept + (not found), told + bool(found), gone_against + against
    assert min(kept, told, gone_against) > DIAGRAMS // 4, (kept, told, gone_against)
    tell(f"policy against the engine: {kept + told} rules on {DIAGRAMS} random diagrams; {kept} kept, and no instance "
         f"broke one; {gone_against} broken by an instance, and all of them had been told")
