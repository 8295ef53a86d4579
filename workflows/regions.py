"""How a level of a diagram is built: what comes before what, and what runs beside what.

A *region* is a part that only one branch passes: a branch of a parallel or inclusive fork, or the flow that a
non-interrupting boundary event sets going beside its activity. Returning may leave branches of a fork, all of them
together, and may enter a branch from behind its join; it never goes from one branch to another, nor into a boundary
event's flow, nor out of it: that would leave two tokens.
"""
from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from workflows.activities import CallActivity, Repeated, SubProcess, UserTask
from workflows.events import BoundaryEvent
from workflows.gateways import InclusiveGateway, ParallelGateway

Spec = Any


@dataclass(frozen=True, slots=True)
class Region:
    """A branch: the fork or boundary event that it begins at, and its number there. `leavable` says whether a move may
    lead out of it, which then ends all branches of its fork."""
    fork: str
    branch: int
    leavable: bool


class Regions:
    """The structure of one level, by specification names."""

    def __init__(self, level: Spec):
        self._specs = level.task_specs
        self._start = level.start.name

    def entry(self, element_id: str) -> Spec:
        """The specification that a token enters an element by: the split over it if it has boundary events."""
        return self._specs.get(f"{element_id}.BoundaryEventSplit") or self._specs[element_id]

    def is_user_task(self, element_id: str) -> bool:
        """Whether a person does this element of this level, once or several times."""
        spec = self._specs.get(element_id)
        if isinstance(spec, Repeated):
            spec = self._specs[spec.task_spec]
        return isinstance(spec, UserTask)

    def inner_level(self, element_id: str) -> str | None:
        """The level that an element of this level opens, once, when it is a subprocess or calls a process."""
        spec = self._specs.get(element_id)
        return str(spec.spec) if isinstance(spec, (SubProcess, CallActivity)) else None

    def activities(self) -> list[str]:
        """The user tasks, subprocesses and calls of this level that no event has to set going."""
        return [name for name in self._specs if not name.endswith(" [child]")
                and (self.is_user_task(name) or self.inner_level(name) is not None)
                and all(region.leavable for region in self.path(name))]

    def activities_before(self, name: str) -> list[str]:
        """Those from which some path leads to `name`, itself not among them."""
        return [each for each in self.activities()
                if each != name and name in self._reached_from([self.entry(each).name])]

    def path(self, name: str) -> tuple[Region, ...]:
        """The regions around a specification, the outermost first."""
        return self._paths.get(name, ())

    def leads(self, first: str, last: str, without: str) -> bool:
        """Whether some path leads from one specification to another and does not go on from `without`."""
        return last in self._reached_from([first], without=without)

    def path_of_arrival(self, via: str, join: str) -> tuple[Region, ...]:
        """The regions around what has come to a join from `via`, which may be the fork itself."""
        fork = self._specs[via]
        if isinstance(fork, (ParallelGateway, InclusiveGateway)) and len(fork._outputs) > 1:
            return (*self.path(via), Region(via, fork._outputs.index(join), True))
        return self.path(via)

    def branches(self, fork: str) -> int:
        """How many branches a parallel fork sets going; 0 for what decides in passing."""
        spec = self._specs[fork]
        return len(spec._outputs) if isinstance(spec, ParallelGateway) else 0

    def beginnings(self, region: Region) -> list[tuple[str, str]]:
        """Where the branches beside this one begin: (specification, the fork that they come from). Which branches an
        inclusive fork takes is decided in passing it; behind it nobody waits for the others."""
        fork = self._specs[region.fork]
        if not isinstance(fork, ParallelGateway):
            return []
        return [(name, fork.name) for number, name in enumerate(fork._outputs) if number != region.branch]

    def arrivals(self, region: Region) -> list[tuple[str, str]]:
        """What the branches beside this one leave at the parallel joins behind them: (join, what they come there from).
        An inclusive join asks for nobody who cannot come any more."""
        fork = self._specs[region.fork]
        beside = [(name, names) for number, (name, (_, names)) in
                  enumerate(zip(fork._outputs, self._regions_of(fork), strict=True)) if number != region.branch]
        joins = [spec for spec in self._specs.values() if isinstance(spec, ParallelGateway) and len(spec._inputs) > 1]
        return [(join.name, via) for first, names in beside for join in joins if join.name not in names
                for via in join._inputs if via in names or (via == fork.name and first == join.name)]

    @cached_property
    def _paths(self) -> dict[str, tuple[Region, ...]]:
        found: dict[str, list[tuple[int, Region]]] = {}
        for spec in self._specs.values():
            for region, names in self._regions_of(spec):
                for name in names:
                    found.setdefault(name, []).append((-len(names), region))
        return {name: tuple(region for _, region in sorted(regions, key=lambda pair: pair[0]))
                for name, regions in found.items()}

    def _regions_of(self, spec: Spec) -> list[tuple[Region, set[str]]]:
        if isinstance(spec, BoundaryEvent) and not spec.cancel_activity:
            elsewhere = self._reached_from([self._start], without=spec.name)
            return [(Region(spec.name, 0, False), self._reached_from([spec.name]) - elsewhere)]
        if isinstance(spec, (ParallelGateway, InclusiveGateway)) and len(spec._outputs) > 1:
            before = self._reached_from([self._start], without=spec.name)
            reached = [self._reached_from([name], without=spec.name) for name in spec._outputs]
            return [(Region(spec.name, number, True),
                     names - before - {spec.name}.union(*(other for other in reached if other is not names)))
                    for number, names in enumerate(reached)]
        return []

    def _reached_from(self, names: Collection[str], without: str | None = None) -> set[str]:
        """The specifications on some path from `names`, themselves included, never passing `without`."""
        seen = set(names)
        todo = list(names)
        for name in todo:
            for following in self._specs[name]._outputs if name != without else ():
                if following not in seen:
                    seen.add(following)
                    todo.append(following)
        return seen
