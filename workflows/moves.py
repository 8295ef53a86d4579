"""Going back, being called back and jumping: one move under all of them.

A move cancels the live branch at the level where the target lives (the task, or the subprocess, called process or
multi-instance that it stands in, with its boundary events), and hangs the target's entry under the root of that level.
Nothing is erased: the target is a new attempt with a new id, and its timers are armed afresh by rule.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence

from workflows.activities import CallActivity, EventSubProcess, SubProcess
from workflows.errors import MoveRefused
from workflows.execution import Execution
from workflows.gateways import JOINS
from workflows.regions import Region, Regions
from workflows.spiff import Level, Token
from workflows.step import Trace


def targets(execution: Execution, token: Token) -> tuple[str, ...]:
    """The elements that a task may be returned to: user tasks before it in its level, then in the levels around it."""
    found: list[str] = []
    order = {element_id: number for number, element_id in enumerate(execution.version.elements)}
    for here in _chain(token):
        regions = execution.version.regions[here.workflow.spec.name]
        name = here.task_spec.name
        found += [target for target in sorted(regions.user_tasks_before(name), key=order.__getitem__)
                  if _left(regions.path(name), regions.path(target)) is not None]
        if not _may_leave(here, regions):
            break
    return tuple(dict.fromkeys(found))


def move(execution: Execution, tokens: Sequence[Token], target: str) -> None:
    """Takes these tokens away and puts one on `target`. MoveRefused when it cannot be entered from there."""
    if target not in execution.version.elements:
        raise MoveRefused(f"流程图里没有“{target}”")
    element = execution.version.elements[target]
    holder = next(name for name, specs in execution.version.spec_numbers.items() if target in specs)
    if not execution.version.regions[holder].is_user_task(target):
        raise MoveRefused(f"“{element.name or target}”不是由人办理的一步")
    ways = [_cut(execution, token, target, holder) for token in tokens]
    way = ways[0] if ways else None
    if way is None or any(other != way for other in ways):
        raise MoveRefused(f"不能从这里转到“{element.name or target}”：两者不在同一条路上")
    level, path = way
    level.hang(path)
    execution.trace.append(Trace(target, element.process_id, element.kind, element.name, "moved", tokens[0].id))


def _cut(execution: Execution, token: Token, target: str, holder: str) -> tuple[Level, list[str]] | None:
    """Cancels what must go so that one token on `target` stands for it. The level to hang it in and the way from there:
    the subprocesses to go into, then the target. None when there is no way."""
    for here in _chain(token):
        regions = execution.version.regions[here.workflow.spec.name]
        way_in = _way_in(execution, here.workflow.spec.name, holder)
        if way_in is not None:
            path = [*way_in, target]
            left = _left(regions.path(here.task_spec.name), regions.path(path[0]))
            if left is None:
                return None
            _cancel_branch(here, regions, left)
            return here.workflow, path
        if not _may_leave(here, regions):
            return None
    return None


def _chain(token: Token) -> Iterator[Token]:
    """What stands for this token in its level and in each level around it. An instance stands for its whole loop or
    multi-instance: that is what a move takes away."""
    current: Token | None = token
    while current is not None:
        yield current.repetition or current
        current = current.workflow.parent_token


def _way_in(execution: Execution, level: str, holder: str) -> list[str] | None:
    """The subprocesses and calls that lead from a level down to the level `holder`, [] when it is the same."""
    if level == holder:
        return []
    for spec in execution.version.spec_lists[level]:
        if isinstance(spec, (SubProcess, CallActivity)) and not spec.name.endswith(" [child]"):
            below = _way_in(execution, spec.spec, holder)
            if below is not None:
                return [spec.name, *below]
    return None


def _left(here: tuple[Region, ...], there: tuple[Region, ...]) -> tuple[Region, ...] | None:
    """The regions that a move from `here` leaves, None when it may not: the target must lie around, not beside."""
    left = here[len(there):]
    return left if here[:len(there)] == there and all(region.leavable for region in left) else None


def _may_leave(token: Token, regions: Regions) -> bool:
    """Whether a move from inside this token may lead out of its level."""
    path = regions.path(token.task_spec.name)
    return not isinstance(token.task_spec, EventSubProcess) and all(region.leavable for region in path)


def _cancel_branch(here: Token, regions: Regions, left: tuple[Region, ...]) -> None:
    """Cancels a token with its boundary events and, if the move leaves a fork, all that runs in its branches."""
    here.cancel()
    here.cancel_siblings()
    if not left:
        return
    for token in here.workflow.open_tokens():
        at_join = isinstance(token.task_spec, JOINS)
        path = regions.path(token.internal_data["via"] if at_join else token.task_spec.name)
        if any(region.fork == left[0].fork for region in path):
            token.cancel()
