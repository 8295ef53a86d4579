"""The live tokens of one version as rows of another: each on the element of the same id, or of the one named for it.

What finished is not looked at: only where something is under way has the new version to fit. Boundary events that are
gone fall away, and a join's arrivals keep the flow that they came by, or the one that stands in its place.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.util.task import TaskState

from workflows.activities import CallActivity, MultiInstance, Repeated, SubProcess, UserTask
from workflows.errors import MoveRefused, StepsGone
from workflows.events import BoundaryEvent, IntermediateCatchEvent, ReceiveTask
from workflows.execution import Execution
from workflows.gateways import JOINS, EndJoin, ParallelGateway
from workflows.sentence import say
from workflows.spiff import OPEN, Level, Spec, Token
from workflows.versions import ProcessVersion

Json = Any
SUFFIXES = (" [child]", ".BoundaryEventSplit", ".BoundaryEventJoin")
ALIKE = ((IntermediateCatchEvent, ReceiveTask), (SubProcess, CallActivity))
"""classes that stand in for each other: what waits waits, what is a level of its own is one"""


def renamed(name: str, mapping: Mapping[str, str]) -> str:
    """What a specification of the old version is called in the new one."""
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            base = name.removesuffix(suffix)
            return mapping.get(base, base) + suffix
    return mapping.get(name, name)


def called(token: Token) -> str:
    """A token's element in words."""
    element = token.task_spec.element
    return str(element.name or element.id) if element is not None else say("汇合处")


def refuse(token: Token, reason: str) -> NoReturn:
    raise MoveRefused(say("“%(name)s”%(reason)s", name=called(token), reason=reason))


@dataclass(frozen=True, slots=True)
class Placed:
    """A level of the old version on one of the new: what each token that stays is on there, by its id."""
    level: Level
    spec: Spec
    on: dict[str, Spec]


@dataclass(slots=True)
class Carrier:
    """Carries what an execution of the old version holds over to the new one. MoveRefused when it cannot."""
    execution: Execution
    new: ProcessVersion
    mapping: Mapping[str, str]
    placed: dict[str, Placed] = field(default_factory=dict)
    """by the id of the token that the level runs under, '' for the outermost"""

    def levels(self) -> list[list[Json]]:
        """The levels as a state's document holds them."""
        gone: dict[str, str] = {}
        for level in self.execution.instance.levels():
            place = self._place(level)
            if place is not None:
                self.placed[level.parent_token.id if level.parent_token is not None else ""] = place
                for token in _at_work(level):
                    if token.id not in place.on and not self._falls_away(token, place):
                        gone[_element_id(token)] = called(token)
        if gone:
            raise StepsGone(tuple(gone), say("正停在新版本没有的步骤上：%(names)s", names=list(gone.values())))
        for place in self.placed.values():
            self._compare(place)
        return [self._rows(place) for place in self.placed.values()]

    def _place(self, level: Level) -> Placed | None:
        """None for a level whose own element is gone: that is told, not what stands in it."""
        parent = level.parent_token
        spec = self.new.spec
        if parent is not None:
            around = self.placed.get(parent.workflow.parent_token.id if parent.workflow.parent_token else "")
            if around is None or parent.id not in around.on:
                return None
            own = around.on[parent.id]
            if not hasattr(own, "spec"):
                refuse(parent, say("在新版本里不再有内部的步骤"))
            spec = self.new.subprocess_specs[own.spec]
        found = Placed(level, spec, {})
        for token in level.tasks.values():
            if token is not level.task_tree and (there := self._there(token, spec)) is not None:
                found.on[token.id] = there
        return found

    def _there(self, token: Token, specs: Spec) -> Spec | None:
        """The specification that a token is to be on; None when there is none."""
        old = token.task_spec
        if isinstance(old, EndJoin):
            return next(spec for spec in specs.task_specs.values() if isinstance(spec, EndJoin))
        there = specs.task_specs.get(renamed(old.name, self.mapping))
        if token._state == TaskState.FUTURE and there is not None and token.split is None:
            there = specs.task_specs.get(f"{there.name}.BoundaryEventSplit", there)
        elif there is None and token._state == TaskState.FUTURE and isinstance(old, BoundaryEventSplit):
            base = old.name.removesuffix(".BoundaryEventSplit")
            there = specs.task_specs.get(self.mapping.get(base, base))
        if there is None or (isinstance(old, BoundaryEvent) and not self._still_beside(token, there)):
            return None
        if token._state != TaskState.FUTURE:
            _fit(token, there)
        return there

    def _still_beside(self, token: Token, there: Spec) -> bool:
        """Whether a boundary event is beside the same activity."""
        split = token.split
        return isinstance(there, BoundaryEvent) and (
            split is None or any(spec.name == renamed(split.task_spec.name, self.mapping) for spec in there.inputs))

    @staticmethod
    def _falls_away(token: Token, place: Placed) -> bool:
        """Boundary events that only wait, and those of several awaited events that are not the last."""
        if token._state != TaskState.WAITING:
            return False
        gate = token.internal_data.get("gate")
        return isinstance(token.task_spec, BoundaryEvent) or (gate is not None and any(
            other.internal_data.get("gate") == gate and other.id in place.on for other in place.level.open_tokens()))

    def _compare(self, place: Placed) -> None:
        """MoveRefused when something runs in other branches than it would in the new version: then one branch would be
        waited for in vain, or done twice."""
        old = self.execution.version.regions[place.level.spec.name]
        new = self.new.regions[place.spec.name]
        there: dict[tuple[str, int], int] = {}
        back: dict[tuple[str, int], int] = {}
        for token in _at_work(place.level):
            waits_beside = isinstance(token.task_spec, BoundaryEvent) and token._state == TaskState.WAITING
            if (waits_beside or token.id not in place.on or token.repetition is not None
                    or isinstance(token.task_spec, EndJoin)):
                continue
            to = place.on[token.id]
            if isinstance(token.task_spec, JOINS):
                self._compare_join(token, to)
                here = old.path_of_arrival(token.internal_data["via"], token.task_spec.name)
                path = new.path_of_arrival(self._via(token, to, place), to.name)
            else:
                here, path = old.path(token.task_spec.name), new.path(to.name)
            around = {renamed(each.fork, self.mapping): each for each in here}
            around_there = {each.fork: each for each in path}
            if around.keys() != around_there.keys():
                refuse(token, say("在新版本里的并行分支与原来不同"))
            for fork, region in around.items():
                branch, other = region.branch, around_there[fork].branch
                if there.setdefault((fork, branch), other) != other or back.setdefault((fork, other), branch) != branch:
                    refuse(token, say("在新版本里换了并行的分支"))
                if old.branches(region.fork) != new.branches(fork):
                    refuse(token, say("所在的并行分支，新版本里路数不同"))

    def _compare_join(self, token: Token, to: Spec) -> None:
        if isinstance(to, ParallelGateway) and len(to._inputs) != len(token.task_spec._inputs):
            refuse(token, say("已有分支到达，新版本里汇合的路数不同"))

    def _via(self, token: Token, to: Spec, place: Placed) -> str:
        """By which flow of the new version a token has come to its join: a finished step may have changed."""
        came = token.internal_data.get("via")
        if came is None:
            refuse(token, say("在新版本里要等别的分支，原来不用"))
        via = renamed(came, self.mapping)
        if via in to._inputs or isinstance(to, EndJoin):
            return via
        known = {renamed(name, self.mapping) for name in token.task_spec._inputs}
        fresh = [name for name in to._inputs if name not in known]
        new = self.new.regions[place.spec.name]
        if via in place.spec.task_specs:
            fresh = [name for name in fresh if new.leads(via, name, without=to.name)]
        if len(fresh) > 1:
            path = self.execution.version.regions[place.level.spec.name].path_of_arrival(came, token.task_spec.name)
            wanted = {(renamed(each.fork, self.mapping), each.branch) for each in path}
            fresh = [name for name in fresh if wanted == {
                (each.fork, each.branch) for each in new.path_of_arrival(name, to.name)}]
        if len(fresh) != 1:
            refuse(token, say("已有分支到达，新版本里看不出它对应哪一路"))
        return fresh[0]

    def _rows(self, place: Placed) -> list[Json]:
        level, numbers = place.level, self.new.spec_numbers[place.spec.name]
        scopes = {id(scope): number for number, scope in enumerate(self.execution.instance.scopes())}
        positions: dict[str, int] = {}
        rows: list[list[Json]] = []
        for token in level.tasks.values():
            if token is level.task_tree or token.id not in place.on:
                continue
            to, kept = place.on[token.id], dict(token.internal_data)
            if getattr(to, "counts_arrivals", False) and token._state & OPEN:
                kept["via"] = self._via(token, to, place)
            positions[token.id] = len(rows)
            rows.append([int(token.id), numbers[to.name], token._state, positions.get(token._parent, -1),
                         scopes[id(token.scope)], kept or 0])
        parent = level.parent_token
        return [place.spec.name, int(parent.id) if parent is not None else 0, int(level.task_tree.id),
                level.task_tree._state, rows]


def _element_id(token: Token) -> str:
    return str(token.task_spec.element.id) if token.task_spec.element is not None else str(token.task_spec.name)


def _at_work(level: Level) -> Iterator[Token]:
    """The tokens of a level that something is under way at."""
    return (token for token in level.open_tokens() if token is not level.task_tree)


def _fit(token: Token, there: Spec) -> None:
    """MoveRefused when a token that is under way cannot go on as what its element has become."""
    old = token.task_spec
    both = (type(old), type(there))
    if both[0] is not both[1] and not any(both[0] in alike and both[1] in alike for alike in ALIKE):
        refuse(token, say("在新版本里不再由人办理，或在一人与多人分别办理之间变了") if isinstance(
            old, (UserTask, Repeated)) else say("在新版本里换了种类"))
    if isinstance(old, Repeated) and _shape(token.workflow.spec, old) != _shape(there._wf_spec, there):
        refuse(token, say("正由多人分别办理，新版本里办理的方式不同"))


def _shape(level: Spec, spec: Spec) -> tuple[Json, ...]:
    own = (spec.item_name, spec.output) if isinstance(spec, MultiInstance) else ()
    return (*own, type(level.task_specs[spec.task_spec]))
