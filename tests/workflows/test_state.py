"""State holds what the future needs: compacted and uncompacted instances go the same way, at the same cost for ever."""
from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from tests.workflows.diagrams import (
    boundary,
    declare,
    diagram,
    end,
    event,
    files,
    flow,
    multi,
    node,
    start,
    sub,
    timer,
    user,
    xor,
)
from tests.workflows.play import Play, load
from workflows import engine, execution, inputs, state
from workflows.errors import TaskNotReady
from workflows.step import Step

LOOP = diagram(start(), xor("m"), user("a", due="working_days(1)"),
               boundary("remind", "a", timer("duration", "working_days(1)"), False),
               boundary("late", "a", timer("duration", "working_days(5)")), user("b"), xor("g", "m"), end(),
               flow("start", "m", "a", "b", "g"), flow("g", "end", when="x > 5"), flow("g", "m"), flow("late", "m"))

BLOCK_IN_LOOP = diagram(
    start(), xor("m"), sub("s", start("s0"), node("parallelGateway", "f"), user("a"), user("b"),
                           node("parallelGateway", "j"), end("s1"), flow("s0", "f", "a", "j", "s1"),
                           flow("f", "b", "j")),
    boundary("urge", "s", timer("cycle", "every(working_days(1))"), False), user("urged"),
    xor("g", "m"), end(), flow("start", "m", "s", "g"), flow("g", "end", when="x > 6"), flow("g", "m"),
    flow("urge", "urged", "end"))

JOIN_IN_LOOP = diagram(
    start(), xor("m"), node("parallelGateway", "f"), user("a"), user("b"), user("c"), node("parallelGateway", "j"),
    node("inclusiveGateway", "of", attributes='default="f_of_e"'), user("d"), user("e"), node("inclusiveGateway", "oj"),
    xor("g", "m"), end(), flow("start", "m", "f", "a", "j"), flow("f", "b", "c", "j", "of"),
    flow("of", "d", when="x > 3"), flow("of", "e"), flow("d", "oj"), flow("e", "oj", "g"),
    flow("g", "end", when="x > 7"), flow("g", "m"))

INSTANCES = diagram(
    start(), xor("m"), sub("s", start("s0"), xor("sm"), user("a"), boundary("late", "a", timer("duration", "days(3)")),
                           user("b"), xor("sg", "s1"), end("s1"), end("s2", event("escalation", "x_up")),
                           flow("s0", "sm", "a", "b", "sg"), flow("sg", "sm", when="x > 6"), flow("sg", "s1"),
                           flow("late", "s2"), inner=multi("[1, 2, 3]", "item", "answers",
                                                           until="count(answers, 'x', 3) > 1")),
    boundary("added", "s", event("message", "m_added"), False), boundary("up", "s", event("escalation", "x_up"), False),
    boundary("gone", "s", event("message", "m_gone")), user("read"), user("boss"), user("c"), xor("g", "m"), end(),
    flow("start", "m", "s", "c", "g"), flow("added", "read", "end"), flow("up", "boss", "end"), flow("gone", "c"),
    flow("g", "end", when="x > 6"), flow("g", "m"), declared=declare("added", "gone", escalations=("up",)))

COUNTERSIGN = diagram(
    start(), xor("m"), user("a", multi("['x', 'y', 'z']", "joint", "said")),
    boundary("late", "a", timer("duration", "working_days(2)")), user("one", multi("[1, 2]", "n", sequential=True)),
    node("eventBasedGateway", "eg"), node("intermediateCatchEvent", "w", timer("duration", "PT5H")),
    node("intermediateCatchEvent", "ans", event("message", "m_ans")), user("u"), xor("g", "m"), end(),
    flow("start", "m", "a", "one", "eg", "w", "u", "g"), flow("eg", "ans", "u"), flow("late", "u"),
    flow("g", "end", when="x > 7"), flow("g", "m"), declared=declare("ans"))

DIAGRAMS = {"loop": LOOP, "block in loop": BLOCK_IN_LOOP, "join in loop": JOIN_IN_LOOP, "instances": INSTANCES,
            "countersign": COUNTERSIGN}


def random_play(text: str, seed: int, length: int = 40) -> list[Step]:
    """The steps of a play in which people, clocks and messages act at random, without their state bytes."""
    chance, p, steps = random.Random(seed), load(files(text)), []
    step = p.start(x=0)
    while step.ended is None and len(steps) < length:
        assert step.incident is None, step.incident
        step = random_act(p, chance)
        steps.append(replace(step, state=b""))
    return steps


def random_act(p: Play, chance: random.Random) -> Step:
    tasks = p.tasks
    act = chance.random()
    if act < 0.25 or not tasks:
        messages = p.steps[-1].waiting_messages
        if messages and chance.random() < 0.5:
            return p.deliver(chance.choice(messages), note=chance.randrange(9))
        return p.wake(hours=chance.choice((1, 9, 30, 80)))
    task = chance.choice(tasks)
    if act < 0.4:
        targets = engine.return_targets(p.version, p.state, task.task_id)
        if targets:
            return p.act("return_to", task.task_id, chance.choice(targets))
    return p.act("complete", task.task_id, {"x": chance.randrange(9)})


@pytest.mark.parametrize("name", DIAGRAMS)
def test_compacted_and_uncompacted_instances_take_the_same_steps(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compacted = [random_play(DIAGRAMS[name], seed) for seed in range(60)]

    def keep_all(instance: Any) -> None:
        """No compaction."""

    monkeypatch.setattr(inputs, "compact", keep_all)
    monkeypatch.setattr(execution, "compact", keep_all)
    for seed, steps in enumerate(compacted):
        assert random_play(DIAGRAMS[name], seed) == steps, f"seed {seed}"
    assert any(steps[-1].ended for steps in compacted)


def test_no_play_leaves_an_instance_with_nothing_to_wait_for() -> None:
    for text in DIAGRAMS.values():
        for seed in range(60, 80):
            p, chance = load(files(text)), random.Random(seed)
            step = p.start(x=0)
            for _ in range(40):
                if step.ended is not None:
                    break
                assert p.tasks or p.timers or step.waiting_messages
                step = random_act(p, chance)


def test_state_and_work_stay_the_same_after_five_thousand_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    p = load(files(LOOP))
    step = p.start(x=0)
    sizes, tokens = {}, {}
    for number in range(1, 5_001):
        step = engine.complete(p.version, p.state, step.opened[0].task_id, {"x": 0}, now=p.now, calendar=p.calendar)
        p.state = step.state
        if number in (50, 5_000):
            sizes[number] = len(step.state)
            tokens[number] = len(state.load(p.version, p.state, now=p.now, calendar=p.calendar).instance.tasks)
    assert abs(sizes[5_000] - sizes[50]) <= 30 and sizes[5_000] < 1_000
    assert tokens[5_000] == tokens[50]
    assert p.open in (["a"], ["b"])


def test_a_task_of_the_same_element_never_has_the_same_id_again() -> None:
    p = load(files(LOOP))
    seen = set()
    step = p.start(x=0)
    for _ in range(50):
        task_id = step.opened[0].task_id
        assert task_id not in seen
        seen.add(task_id)
        step = p.act("complete", task_id, {"x": 0})
    with pytest.raises(TaskNotReady):
        p.act("complete", min(seen, key=int), {})


def test_a_large_state_is_compressed_and_read_again() -> None:
    p = load(files(LOOP))
    step = p.start(x=0, text="办理" * 30_000)
    assert len(step.state) < 20_000
    assert engine.inspect(p.version, step.state).variables["text"] == "办理" * 30_000


def test_threads_share_a_version_without_meeting() -> None:
    alone = [random_play(INSTANCES, seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda seed: random_play(INSTANCES, seed), range(8))) == alone


def test_joins_inside_a_loop_never_double_or_lose_a_branch() -> None:
    for seed in range(40):
        p, chance = load(files(JOIN_IN_LOOP)), random.Random(seed)
        step = p.start(x=0)
        for _ in range(60):
            if step.ended is not None:
                break
            assert p.open in (["a", "b"], ["a", "c"], ["a"], ["b"], ["c"], ["d"], ["e"], ["d", "e"]), (seed, p.open)
            step = random_act(p, chance)
