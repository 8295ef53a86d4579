"""Going back, being called back and jumping: one move under all of them.

A move cancels the live branch at the level where the target lives (the task, or the subprocess, called process or
multi-instance that it stands in, with its boundary events), and hangs the target's entry under the root of that level.
It may lead into a subprocess or called process that has ended or been left, which is then under way again. Nothing is
erased: the target is a new attempt with a new id, and its timers are armed afresh by rule.

Where a target lies in a branch of a fork that the move comes into from outside, somebody must stand for the branches
beside it, or their join would wait for ever. Going back they are done, as they were. Jumping forward again to who
returned it they begin as well, since the return had ended them unfinished.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from workflows.activities import EventSubProcess
from workflows.diagram import Element
from workflows.errors import MoveRefused
from workflows.execution import Execution
from workflows.gateways import JOINS
from workflows.regions import Region, Regions
from workflows.sentence import say
from workflows.spiff import Level, Token
from workflows.step import Trace

STAGE = "stage"
"""the variable in which a process keeps how far it has come, and the property of an element that says the same"""


def targets(execution: Execution, token: Token) -> tuple[str, ...]:
    """The elements that a task may be returned to: user tasks before it in its level, then in the levels around it,
    with those in the subprocesses and called processes before it. Where a loop leads back into the subprocess that the
    task stands in, what comes after the task in there is not before it."""
    found: list[str] = []
    order = {element_id: number for number, element_id in enumerate(execution.version.elements)}
    for here in _chain(token):
        regions = execution.version.regions[here.workflow.spec.name]
        name = here.task_spec.name
        before = [each for each in regions.activities_before(name)
                  if _left(regions.path(name), regions.path(each)) is not None
                  and (each != name or regions.inner_level(name) is None)]
        found += sorted(_user_tasks(execution, regions, before, set()), key=order.__getitem__)
        if not _may_leave(here, regions):
            break
    return tuple(dict.fromkeys(found))


def _user_tasks(execution: Execution, regions: Regions, activities: Sequence[str], seen: set[str]) -> Iterator[str]:
    """The user tasks among the activities of a level and inside them; of a process that is called in several places
    once. `seen` are the levels that were gone through."""
    for name in activities:
        inner = regions.inner_level(name)
        if inner is None:
            yield name
        elif inner not in seen:
            seen.add(inner)
            level = execution.version.regions[inner]
            yield from _user_tasks(execution, level, level.activities(), seen)


def move(execution: Execution, tokens: Sequence[Token], target: str, beside: Literal["done", "begin"]) -> None:
    """Takes these tokens away and puts one on `target`. MoveRefused when it cannot be entered from there. `beside` says
    what becomes of the branches beside the target, where the move comes into a fork."""
    if target not in execution.version.elements:
        raise MoveRefused(say("流程图里没有“%(target)s”", target=target))
    element = execution.version.elements[target]
    holder = next(name for name, specs in execution.version.spec_numbers.items() if target in specs)
    if not execution.version.regions[holder].is_user_task(target):
        raise MoveRefused(say("“%(name)s”不是由人办理的一步", name=element.name or target))
    ways = [_cut(execution, token, target, holder) for token in tokens]
    way = ways[0] if ways else None
    if way is None or any(other != way for other in ways):
        raise MoveRefused(say("不能从这里转到“%(name)s”：两者不在同一条路上", name=element.name or target))
    _keep_stage(execution, way.level, element)
    way.level.hang([beside, *way.path], way.inside)
    execution.trace.append(Trace(target, element.process_id, element.kind, element.name, "moved", tokens[0].id))


def _keep_stage(execution: Execution, level: Level, element: Element) -> None:
    """Where a process keeps its stage in a variable, the scripts that write it lie beside the way of a move: the step
    that is moved to says it."""
    if element.stage and STAGE in level.scope.names():
        execution.write(level.scope, {STAGE: element.stage})


@dataclass(frozen=True, slots=True)
class _Way:
    """The level to hang a token in and the way from there: the subprocesses to go into, then the target. `inside`
    counts the regions around it that something is under way in."""
    level: Level
    path: tuple[str, ...]
    inside: int


def _cut(execution: Execution, token: Token, target: str, holder: str) -> _Way | None:
    """Cancels what must go so that one token on `target` stands for it, and tells the way. None when there is none."""
    for here in _chain(token):
        regions = execution.version.regions[here.workflow.spec.name]
        way_in = _way_in(execution, here.workflow.spec.name, target, holder, set())
        if way_in is not None:
            around, there = regions.path(here.task_spec.name), regions.path(way_in[0])
            left = _left(around, there)
            if left is None:
                return None
            _cancel_branch(here, regions, left)
            return _Way(here.workflow, tuple(way_in), len(around) - len(left))
        if not _may_leave(here, regions):
            return None
    return None


def _chain(token: Token) -> Iterator[Token]:
    """What stands for this token in its level and in each level around it. An instance stands for its whole loop or
    multi-instance: that is what a move takes away. What an event subprocess has begun stays within it."""
    current: Token | None = token
    while current is not None and not isinstance(current.task_spec, EventSubProcess):
        yield current.repetition or current
        current = current.workflow.parent_token


def _way_in(execution: Execution, level: str, target: str, holder: str, seen: set[str]) -> list[str] | None:
    """The subprocesses and calls that lead from a level down to the level `holder`, then the target. `seen` are the
    levels that were looked into; none of them leads there."""
    if level == holder:
        return [target]
    if level in seen:
        return None
    seen.add(level)
    regions = execution.version.regions[level]
    for name in regions.activities():
        inner = regions.inner_level(name)
        below = _way_in(execution, inner, target, holder, seen) if inner is not None else None
        if below is not None:
            return [name, *below]
    return None


def _left(here: tuple[Region, ...], there: tuple[Region, ...]) -> tuple[Region, ...] | None:
    """The regions that a move from `here` to `there` leaves. None when it may not: out of or into a boundary event's
    flow, or from one branch of a fork to another."""
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(here, there, strict=False)))
    left, entered = here[shared:], there[shared:]
    beside = bool(left and entered) and left[0].fork == entered[0].fork
    return None if beside or not all(region.leavable for region in left + entered) else left


def _may_leave(token: Token, regions: Regions) -> bool:
    """Whether a move from inside this token may lead out of its level."""
    return all(region.leavable for region in regions.path(token.task_spec.name))


def _cancel_branch(here: Token, regions: Regions, left: tuple[Region, ...]) -> None:
    """Cancels a token with its boundary events and, if the move leaves a fork, all that runs in its branches."""
    here.cancel()
    here.cancel_siblings()
    if not left:
        return
    for token in here.workflow.open_tokens():
        place = token.internal_data["via"] if isinstance(token.task_spec, JOINS) else token.task_spec.name
        if place == left[0].fork or any(region.fork == left[0].fork for region in regions.path(place)):
            token.cancel()
