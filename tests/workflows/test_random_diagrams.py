"""Diagrams made at random from nested blocks run to their end, whoever acts in whatever order."""
from __future__ import annotations

import random
from itertools import count

import pytest

from tests.workflows.diagrams import boundary, diagram, end, files, flow, multi, node, start, sub, timer, user, xor
from tests.workflows.play import Play, load
from workflows import engine


class Maker:
    """Makes a block: its nodes and flows as text, its first and its last element."""

    def __init__(self, seed: int):
        self.chance, self.numbers = random.Random(seed), count()

    def name(self, kind: str) -> str:
        return f"{kind}{next(self.numbers)}"

    def block(self, depth: int) -> tuple[str, str, str]:
        kinds = ["task"] if depth == 0 else ["task", "row", "row", "fork", "either", "some", "loop", "sub", "many"]
        return getattr(self, self.chance.choice(kinds))(depth)  # type: ignore[no-any-return]

    def task(self, depth: int) -> tuple[str, str, str]:
        name = self.name("t")
        text = user(name)
        if self.chance.random() < 0.3:
            text += boundary(self.name("b"), name, timer("duration", "PT3H"), False)
        return text, name, name

    def row(self, depth: int) -> tuple[str, str, str]:
        (text1, first, middle), (text2, after, last) = self.block(depth - 1), self.block(depth - 1)
        return text1 + text2 + flow(middle, after), first, last

    def fork(self, depth: int) -> tuple[str, str, str]:
        return self.branches(depth, "parallelGateway", ("", ""))

    def some(self, depth: int) -> tuple[str, str, str]:
        return self.branches(depth, "inclusiveGateway", ("x % 2 == 0", "x % 3 == 0"))

    def either(self, depth: int) -> tuple[str, str, str]:
        return self.branches(depth, "exclusiveGateway", ("x % 2 == 0", "x % 3 == 0"))

    def branches(self, depth: int, kind: str, conditions: tuple[str, str]) -> tuple[str, str, str]:
        opening, closing = self.name("g"), self.name("g")
        default, text = "", ""
        for condition in (*conditions, None):
            inner, first, last = self.block(depth - 1)
            text += inner + flow(opening, first, when=condition or None) + flow(last, closing)
            if condition is None and kind != "parallelGateway":
                default = f'default="f_{opening}_{first}"'
        return node(kind, opening, attributes=default) + node(kind, closing) + text, opening, closing

    def loop(self, depth: int) -> tuple[str, str, str]:
        inner, first, last = self.block(depth - 1)
        merge, ask, again, after = self.name("m"), self.name("t"), self.name("g"), self.name("t")
        text = xor(merge) + user(ask) + xor(again, after) + user(after) + inner
        text += flow(merge, first) + flow(last, ask, again, after) + flow(again, merge, when="x % 3 == 1")
        return text, merge, after

    def sub(self, depth: int, inner: str = "") -> tuple[str, str, str]:
        text, first, last = self.block(depth - 1)
        name = self.name("s")
        body = start(f"{name}a") + text + end(f"{name}z") + flow(f"{name}a", first) + flow(last, f"{name}z")
        return sub(name, body, inner=inner), name, name

    def many(self, depth: int) -> tuple[str, str, str]:
        sequential = self.chance.random() < 0.3
        return self.sub(depth, inner=multi("[1, 2]", self.name("i"), self.name("o"), sequential=sequential))


def made(seed: int) -> Play:
    text, first, last = Maker(seed).block(4)
    return load(files(diagram(start(), text, end(), flow("start", first), flow(last, "end"))))


@pytest.mark.parametrize("seed", range(80))
def test_every_structured_diagram_comes_to_its_end(seed: int) -> None:
    p, chance = made(seed), random.Random(seed)
    step = p.start(x=1)
    for number in range(600):
        assert step.incident is None, step.incident
        if step.ended is not None:
            break
        if chance.random() < 0.1:
            step = p.wake(hours=2)
        task = chance.choice(p.tasks)
        targets = engine.return_targets(p.version, p.state, task.task_id)
        if targets and number < 100 and chance.random() < 0.2:
            step = p.act("return_to", task.task_id, chance.choice(targets))
        else:
            step = p.act("complete", task.task_id, {"x": chance.randrange(7)})
    assert step.ended == "completed"
    assert p.tasks == [] and p.timers == []
