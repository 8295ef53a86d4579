"""Soundness says of a diagram what the engine does: what passes never gets stuck, what gets stuck had been found."""
from __future__ import annotations

import random

import pytest

from tests.sizes import sized, tell
from tests.workflows.diagrams import boundary, declare, diagram, end, event, files, flow, node, start, timer, user, xor
from tests.workflows.play import Play, load
from tests.workflows.test_random_diagrams import Maker
from workflows.reading import read
from workflows.soundness import judge

GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")
DIAGRAMS, ROUNDS, STEPS = sized(40, 2_000), 4, 150


class Wild(Maker):
    """Makes blocks whose joins need not match their forks, with ways out of the middle."""

    def task(self, depth: int) -> tuple[str, str, str]:
        kind = self.chance.random()
        if kind < 0.6:
            return super().task(depth)
        name, other = self.name("t"), self.name("t")
        if kind < 0.8:  # a clock interrupts it; both ways meet again, somehow
            late, join = self.name("b"), self.name("j")
            text = user(name) + user(other) + boundary(late, name, timer("duration", "PT1H"))
            return (text + node(self.join("exclusiveGateway"), join) + flow(name, join) + flow(late, other, join), name,
                    join)
        choice, out = self.name("g"), self.name("e")  # it may be the end of this branch, or of everything
        how = self.chance.choice(("", event("terminate"), event("error", "e_bad")))
        return (user(name) + xor(choice, other) + end(out, how) + user(other) + flow(name, choice, other)
                + flow(choice, out, when="x % 3 == 2"), name, other)

    def branches(self, depth: int, kind: str, conditions: tuple[str, str]) -> tuple[str, str, str]:
        text, opening, closing = super().branches(depth, kind, conditions)
        return text.replace(node(kind, closing), node(self.join(kind), closing)), opening, closing

    def join(self, kind: str) -> str:
        return self.chance.choice(GATEWAYS) if self.chance.random() < 0.2 else kind

    def sub(self, depth: int, inner: str = "") -> tuple[str, str, str]:
        text, name, last = super().sub(depth, inner)
        if self.chance.random() < 0.5:
            return text, name, last
        caught, join = self.name("b"), self.name("j")
        text += boundary(caught, name, event("error", "e_bad")) + node("exclusiveGateway", join)
        return text + flow(name, join) + flow(caught, join), name, join


def wild(seed: int) -> dict[str, str]:
    text, first, last = Wild(seed).block(3)
    return files(diagram(start(), text, end(), flow("start", first), flow(last, "end"),
                         declared=declare(errors=("bad",))))


def played(version: Play, chance: random.Random) -> str:
    """How an instance goes whose people act at random: "ended", "open", or the code of its incident."""
    step = version.start(x=chance.randrange(7))
    for _ in range(STEPS):
        if step.incident is not None:
            return step.incident.code
        if step.ended is not None:
            return "ended"
        if chance.random() < 0.15 or not version.tasks:
            step = version.wake(hours=2)
        else:
            step = version.act("complete", chance.choice(version.tasks).task_id, {"x": chance.randrange(7)})
    return "open"


def test_what_is_found_sound_never_stops_and_what_stops_is_found() -> None:
    sound = stopped = 0
    for seed in range(DIAGRAMS):
        content = wild(seed)
        reading = read("p", content)
        verdict = judge(reading)
        ends = {played(load(content), random.Random(f"{seed}/{number}")) for number in range(ROUNDS)}
        at_fault = ends & {"stuck", "uncaught", "endless"}
        assert ends <= {"ended", "open", "stuck", "uncaught"}, (seed, ends)
        assert not (at_fault and not verdict.problems and not verdict.notes), (seed, ends)
        sound += not verdict.problems
        stopped += bool(at_fault)
    assert sound > DIAGRAMS / 10 and stopped > DIAGRAMS / 20, (sound, stopped)
    tell(f"soundness against the engine: {DIAGRAMS} wild diagrams, {sound} sound and none of them stopped; "
         f"{stopped} stopped and all of them had been found")


@pytest.mark.parametrize("seed", range(30))
def test_well_built_diagrams_are_found_sound(seed: int) -> None:
    text, first, last = Maker(seed).block(4)
    reading = read("p", files(diagram(start(), text, end(), flow("start", first), flow(last, "end"))))
    assert judge(reading).problems == []
