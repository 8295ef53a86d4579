"""The search of one level of a diagram: all states that its tokens can come to, and which of them are faults."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from workflows.flowgraph import Level, Step
from workflows.marking import Move, State, Token
from workflows.sentence import say
from workflows.tokens import Machine, Outcome

OUTSIDE = ("timer", "message", "signal", "conditional")
"""Triggers that do not come from inside the activity."""
FEW_STATES = 500
"""up to which a search tries everything; beyond it, it saves what it can"""
WORK_A_STATE, TOKENS_A_WORK = 10, 8
"""units of work that a state may cost; a move costs one, and one more for so many tokens"""
HURRY = 100
"""steps that are taken as one, where there is no choice; and tokens on their way beyond which none are"""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a step, and the way there from the start of the level."""
    step: str
    reason: str
    path: tuple[str, ...]


@dataclass(slots=True)
class Search:
    """The states found from a first one, in the order of their distance: how each was come to first, and what follows
    it. `ways` is the shortest way to each step; `stopped` the states that are not searched further, with the step at
    fault; `complete` is False when there were more states than allowed."""
    states: list[State] = field(default_factory=list)
    came: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    following: list[list[int]] = field(default_factory=list)
    ways: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stopped: dict[int, str] = field(default_factory=dict)
    complete: bool = True

    def steps(self, number: int) -> tuple[str, ...]:
        """All that was passed on the way to a state."""
        parts: list[tuple[str, ...]] = []
        while number >= 0:
            number, passed = self.came[number]
            parts.append(passed)
        return tuple(name for passed in reversed(parts) for name in passed)

    def path(self, number: int) -> tuple[str, ...]:
        """The way to a state."""
        return trail(self.steps(number))

    def leading_to(self, targets: Iterable[int]) -> set[int]:
        """The states from which one of `targets` can be reached, themselves included."""
        before: dict[int, list[int]] = {}
        for number, following in enumerate(self.following):
            for other in following:
                before.setdefault(other, []).append(number)
        seen = set(targets)
        todo = list(seen)
        for number in todo:
            for other in before.get(number, ()):
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
        return seen


def trail(names: Iterable[str]) -> tuple[str, ...]:
    """A way without standing still: a step that is entered and then done is told once."""
    return tuple(name for name, _ in groupby(names))


def search(machine: Machine, first: State, limit: int, one_by_one: bool = False,
           stops: Callable[[Machine, State], str | None] | None = None) -> Search:
    """All states that `first` leads to, up to `limit`, or to as much work as that many states may cost.

    `one_by_one`: where tokens cannot disturb each other, it is enough to let one of several go on at a time (a stubborn
    set), as long as that leads to something new: what is stuck or circles is found all the same. `stops` names the step
    at fault in a state, by itself one that has two tokens.
    """
    found, numbers, work_left = Search(), {first: 0}, limit * WORK_A_STATE
    found.states.append(first)
    found.came.append((-1, ()))
    for number, state in enumerate(found.states):
        found.following.append([])
        fault = (stops or doubled)(machine, state)
        if fault is not None:
            found.stopped[number] = fault
            continue
        for move in _next(machine, state, numbers if one_by_one else None):
            work_left -= 1 + (len(state.tokens) + len(state.pending)) // TOKENS_A_WORK
            for place, step in enumerate(move.passed):
                if step not in found.ways:
                    found.ways[step] = trail((*found.path(number), *move.passed[:place + 1]))
            if move.state not in numbers:
                if len(numbers) >= limit:
                    found.complete = False
                    continue
                numbers[move.state] = len(numbers)
                found.states.append(move.state)
                found.came.append((number, move.passed))
            found.following[number].append(numbers[move.state])
        if work_left < 0:
            found.complete = False
            break
    return found


def _next(machine: Machine, state: State, known: Collection[State] | None) -> list[Move]:
    """The moves from a state; if `known` states are given, those of one token alone where all of them are new."""
    moves: list[Move] = []
    for slow in machine.groups(state):
        group = [_hurried(machine, move) for move in slow]
        if known is not None and all(move.state not in known for move in group):
            return group
        moves += group
    return moves


def _hurried(machine: Machine, move: Move) -> Move:
    """A move, and all that follows by itself in one way only."""
    state, passed = move
    for _ in range(HURRY):
        following = machine.only(state) if len(state.pending) <= HURRY else None
        if following is None:
            break
        state, passed = following.state, passed + following.passed
    return Move(state, passed)


def doubled(machine: Machine, state: State) -> str | None:
    """A step that two tokens are at or about to enter, or that two have ended at by the same flow, or that has more
    arrivals than it has flows for them."""
    here = Counter(token[:3] if token.kind == "at" else token for token in state.tokens)
    for entry in state.pending:
        step = machine.level(entry.path).steps[entry.step]
        here[Token(entry.path, "join", step.id, (entry.source,)) if step.is_join else
             Token(entry.path, "end", step.id, (entry.flow,)) if step.kind == "endEvent" else
             (entry.path, "at", step.id)] += 1
    for token, times in here.items():
        if times > 1:
            path, kind, name = token[:3]
            if kind != "join":
                return name
            entering = machine.level(path).steps[name].entering
            if times > sum(flow.source in Token(*token).more for flow in entering):
                return name
    return None


class LevelSearch:
    """Searches a level: its main flow, and apart from it everything that lives on its own.

    `outcome` is what the level does to the one around it; `ways` the shortest way to each step; `leavable` says that
    something outside can end the level, so that turning in circles in it is no fault.
    """

    def __init__(self, level: Level, outcomes: Mapping[str, Outcome], leavable: bool, limit: int):
        self.outcome, self.count, self.complete = Outcome(), 0, True
        self.faults: list[Fault] = []
        self.ways: dict[str, tuple[str, ...]] = {}
        self._level, self._outcomes, self._leavable, self._limit = level, outcomes, leavable, limit
        self._machine = Machine({level.id: level}, level.id, outcomes)
        self._threads: list[tuple[tuple[str, ...], Search]] = []

    def run(self, faulty: Collection[str]) -> None:
        """`faulty` are the activities inside which something is wrong already: what follows from it is not told."""
        self._search_from(None, ())
        waiting = set(self._level.beside)
        while begun := {name for name in waiting if self._level.steps[name].attached in self.ways
                        and self._may_fire(self._level.steps[name])}:
            waiting -= begun
            for name in sorted(begun):
                self._search_from(name, (*self.ways[self._level.steps[name].attached or ""], name))
        for step in self._level.steps.values():
            if step.begins_by_event:
                self.ways[step.id] = (step.id,)
        self._note_what_leaves()
        for before, found in self._threads:
            self._judge(before, found)
        if self.complete and not any(found.stopped for _, found in self._threads):
            self._judge_dead(faulty)
        self.outcome.completes |= not self.complete

    def _search_from(self, event: str | None, before: tuple[str, ...]) -> None:
        first, limit = self._machine.begin(event), max(1, self._limit - self.count)
        found = search(self._machine, first, min(limit, FEW_STATES))
        if not found.complete:
            found = search(self._machine, first, limit, one_by_one=self._undisturbed())
        self.count += len(found.states)
        self.complete = self.complete and found.complete
        if event is not None:
            self.ways.setdefault(event, before)
        for step, way in found.ways.items():
            self.ways.setdefault(step, before + way)
        ends = {state.final for state in found.states} - {""}
        self.outcome.completes |= bool(ends & {"completed", "terminated"} if event is None else ends & {"terminated"})
        self._leavable |= event is not None and bool(ends - {"completed"})
        self._threads.append((before, found))

    def _undisturbed(self) -> bool:
        """Whether no token of the level can end another, or decide when another goes on."""
        for step in self._level.steps.values():
            if step.kind == "endEvent" and step.trigger in ("terminate", "error"):
                return False
            if step.kind == "inclusiveGateway" and len(step.entering) > 1:
                return False
            if self._errors_out_of(step):
                return False
        return True

    def _errors_out_of(self, step: Step) -> dict[str, tuple[str, ...]]:
        """The errors that come out of an activity and that no event on its edge catches."""
        caught = [self._level.steps[each] for each in step.boundary]
        return {code: path for code, path in self._outcomes.get(step.inner or "", Outcome()).errors.items()
                if not any(event.trigger == "error" and event.code in (None, code) for event in caught)}

    def _may_fire(self, event: Step) -> bool:
        """Whether something inside an activity throws what an event on its edge catches; outside, something may."""
        if event.trigger in OUTSIDE:
            return True
        outcome = self._outcomes.get(self._level.steps[event.attached or ""].inner or "", Outcome())
        codes: Iterable[str] = outcome.errors if event.trigger == "error" else outcome.escalations
        return any(event.code in (None, code) for code in codes)

    def _note_what_leaves(self) -> None:
        """The errors and escalations that come out of the level."""
        for name, way in self.ways.items():
            step = self._level.steps[name]
            thrown = {code: (*way, *path) for code, path in self._errors_out_of(step).items()}
            if step.kind == "endEvent" and step.trigger == "error":
                thrown[step.code or ""] = way
            self.outcome.errors = thrown | self.outcome.errors
            self.outcome.escalations |= self._outcomes.get(step.inner or "", Outcome()).escalations
            if step.trigger == "escalation" and step.attached is None:
                self.outcome.escalations.add(step.code or "")

    def _judge(self, before: tuple[str, ...], found: Search) -> None:
        """States with two tokens at a step, those that nothing moves on, and those that only lead in circles."""
        for number, name in found.stopped.items():
            if any(name in self._level.reached(fault.step) for fault in self.faults):
                continue  # what has been done twice goes on so
            self._fault(name, say("分成几路的流程没有先汇合就都走到这里，这一步会重复办"), before + found.path(number))
        ends = {number for number, state in enumerate(found.states) if state.final}
        stuck = {number for number, following in enumerate(found.following)
                 if not following and number not in ends and number not in found.stopped and found.complete}
        for number in sorted(stuck):
            for token in found.states[number].tokens:
                if token.kind == "join":
                    self._fault(token.step, say("在这里要等别的分支，可是有的分支到不了，流程会卡住"),
                                before + found.path(number))
                    break
        leading = found.leading_to(ends | stuck | found.stopped.keys())
        circling = [number for number in range(len(found.states)) if number not in leading]
        if circling and found.complete and not self._leavable:
            way, state = before + found.path(circling[0]), found.states[circling[0]]
            name = state.pending[0].step if state.pending else way[-1]
            self._fault(name, say("到了这里就再也走不到结束，只能一直绕圈"), way)

    def _judge_dead(self, faulty: Collection[str]) -> None:
        """Steps that no way leads to; not those that only follow from another fault."""
        known = {fault.step for fault in self.faults} | set(faulty)
        explained = {name for fault in known for name in self._level.reached(fault)} - set(self.ways)
        for name, step in self._level.steps.items():
            if name in self.ways or name in explained:
                continue
            before = [flow.source for flow in step.entering] + [step.attached] * bool(step.attached)
            alive = next((each for each in before if each in self.ways), None)
            if alive is not None:
                self._fault(name, _why_dead(step), (*self.ways[alive], name))

    def _fault(self, name: str, reason: str, path: tuple[str, ...]) -> None:
        if all((fault.step, fault.reason) != (name, reason) for fault in self.faults):
            self.faults.append(Fault(name, reason, trail((*path, name))))


def _why_dead(step: Step) -> str:
    if step.attached is not None and step.trigger in ("error", "escalation"):
        return say("里面没有哪一步会抛出它要接的，这个边界事件永远不会发生")
    return say("没有一种走法能办到这一步")
