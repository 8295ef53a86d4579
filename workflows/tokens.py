"""Tokens on a diagram, without data: what can happen next, whatever people, clocks, messages and conditions do.

It goes as the engine goes: what needs nobody runs at once, oldest first; then joins that may fire; only then does
something happen from outside. So a state is what has been queued, and where tokens rest. Inner levels are either
walked through, or taken for what their own search found of them (`Outcome`).
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from workflows.flowgraph import Flow, Level, Step, choices
from workflows.marking import Entry, Move, State, Token, alive, cleared, with_token, without_tokens


@dataclass(slots=True)
class Outcome:
    """What may become of a level, for whoever stands around it: whether it can come to its end, and the errors and
    escalations that leave it, code → the steps that lead to where each is thrown."""
    completes: bool = False
    errors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    escalations: set[str] = field(default_factory=set)


class Machine:
    """All moves of a process. Without `outcomes` it walks into inner levels."""

    def __init__(self, levels: Mapping[str, Level], root: str, outcomes: Mapping[str, Outcome] | None = None):
        self.levels, self.root, self.outcomes = levels, root, outcomes

    # What a walker with data overrides

    def taken(self, step: Step, facts: Hashable) -> Iterator[tuple[Flow, Hashable]]:
        """The flows that an exclusive gateway may take."""
        return ((flow, facts) for flow in step.leaving)

    def begun(self, step: Step, facts: Hashable) -> Hashable:
        """A step has been entered."""
        return facts

    def done(self, step: Step, facts: Hashable) -> Iterable[Hashable]:
        """A step has been done, or an event has fired."""
        return (facts,)

    def begin(self, name: str | None = None, facts: Hashable = None) -> State:
        """At the start of the root level, or behind one of its boundary events."""
        level = self.levels[self.root]
        if name is None:
            return State((Entry((), level.start),), (), facts=facts)
        return State(tuple(Entry((), flow.target, name, flow.id) for flow in level.steps[name].leaving), (),
                     facts=facts)

    def moves(self, state: State) -> list[Move]:
        """What can come next: nothing in a state that is final, or stuck."""
        return [move for moves in self.groups(state) for move in moves]

    def only(self, state: State) -> Move | None:
        """What follows by itself, if that is one thing and no more."""
        found = list(islice(self._run(state), 2)) if state.pending else []
        return found[0] if len(found) == 1 else None

    def groups(self, state: State) -> Iterator[list[Move]]:
        """Likewise, apart for each token that something from outside can happen to."""
        if state.final:
            return
        if state.pending:
            yield list(self._run(state))
            return
        for path, name in dict.fromkeys((token.path, token.step) for token in state.tokens if token.kind == "join"):
            step = self._step(path, name)
            fired = self._inclusive(state, path, step) if step.kind == "inclusiveGateway" else None
            if fired is not None:
                yield list(self._fork(fired, path, step))
                return
        ended = self._ended(state)
        if ended is not None:
            yield ended
            return
        yield from (moves for token in state.tokens if (moves := list(self._happen(state, token))))

    def level(self, path: tuple[str, ...]) -> Level:
        if not path:
            return self.levels[self.root]
        return self.levels[self._step(path[:-1], path[-1]).inner or ""]

    def _step(self, path: tuple[str, ...], name: str) -> Step:
        return self.level(path).steps[name]

    # What runs by itself

    def _run(self, state: State) -> Iterator[Move]:
        entry = state.pending[0]
        step = self._step(entry.path, entry.step)
        begun = state._replace(pending=state.pending[1:], facts=self.begun(step, state.facts))
        return self._enter(begun, entry, step)

    def _enter(self, state: State, entry: Entry, step: Step) -> Iterator[Move]:
        path = entry.path
        if step.kind == "exclusiveGateway":
            for flow, facts in self.taken(step, state.facts):
                yield self._along(state._replace(facts=facts), path, step.id, (flow,))
        elif step.is_join:
            waiting = with_token(state, Token(path, "join", step.id, (entry.source,)))
            fired = self._parallel(waiting, path, step) if step.kind == "parallelGateway" else \
                self._inclusive(waiting, path, step)
            if fired is None:
                yield Move(waiting, (step.id,))
            else:
                yield from self._fork(fired, path, step)
        elif step.kind == "endEvent":
            yield from self._end(state, entry, step)
        elif step.waits:
            yield from self._rest(state, path, step)
        else:
            if step.trigger == "escalation":
                state = self._escalate(state, path, step.code)
            if alive(state, path):
                yield from self._leave(state, path, step)
            else:
                yield Move(state, (step.id,))

    def _rest(self, state: State, path: tuple[str, ...], step: Step) -> Iterator[Move]:
        resting = with_token(state, Token(path, "at", step.id))
        if step.inner is None or self.outcomes is not None:
            yield Move(resting, (step.id,))
            return
        inner = (*path, step.id)
        entry = Entry(inner, self.level(inner).start)
        yield Move(resting._replace(pending=(*resting.pending, entry)), (step.id,))
        if step.repeated:
            yield from self._leave(state, path, step)  # no item at all

    def _leave(self, state: State, path: tuple[str, ...], step: Step) -> Iterator[Move]:
        for facts in self.done(step, state.facts):
            yield self._along(state._replace(facts=facts), path, step.id, step.leaving)

    def _along(self, state: State, path: tuple[str, ...], name: str, flows: Iterable[Flow]) -> Move:
        entries = tuple(Entry(path, flow.target, name, flow.id) for flow in flows)
        return Move(state._replace(pending=state.pending + entries), (name,))

    def _parallel(self, state: State, path: tuple[str, ...], step: Step) -> State | None:
        """The state after the join has taken one token from each flow, None if some are missing."""
        here = Counter(token for token in state.tokens if token[:3] == (path, "join", step.id))
        needed = Counter(Token(path, "join", step.id, (flow.source,)) for flow in step.entering)
        return without_tokens(state, needed.elements()) if needed <= here else None

    def _inclusive(self, state: State, path: tuple[str, ...], step: Step) -> State | None:
        """Likewise for an inclusive join: None while a token can still come by a flow that has none."""
        here = {token for token in state.tokens if token[:3] == (path, "join", step.id)}
        filled = {token.more[0] for token in here}
        inputs = {flow.source for flow in step.entering}
        if filled < inputs:
            level = self.level(path)
            others = [entry.step for entry in state.pending if entry.path == path]
            others += [token.step for token in state.tokens
                       if token.path == path and token.kind != "end" and token.step != step.id]
            for other in others:
                reached = level.reached(other, without=step.id) & inputs
                if reached - filled and not reached & filled:
                    return None
        return without_tokens(state, here)

    def _fork(self, state: State, path: tuple[str, ...], step: Step) -> Iterator[Move]:
        if len(step.leaving) > 1:
            behind = self.level(path).reached(step.id)
            state = state._replace(tokens=tuple(token for token in state.tokens if not (
                token.kind == "end" and token.path == path and token.step in behind)))
        for facts in self.done(step, state.facts):
            for flows in choices(step):
                yield self._along(state._replace(facts=facts), path, step.id, flows)

    def _end(self, state: State, entry: Entry, step: Step) -> Iterator[Move]:
        path = entry.path
        for facts in self.done(step, state.facts):
            now = state._replace(facts=facts)
            if step.trigger == "terminate":
                yield from self._close(now, path, step.id, "terminated")
            elif step.trigger == "error":
                yield self._throw(now, path, step.code or "", step.id)
            else:
                if step.trigger == "escalation":
                    now = self._escalate(now, path, step.code)
                ended = with_token(now, Token(path, "end", step.id, (entry.flow,))) if alive(now, path) else now
                yield Move(ended, (step.id,))

    def _close(self, state: State, path: tuple[str, ...], name: str, how: str) -> Iterator[Move]:
        """A level has come to its end: the activity around it is done, and outside all there is nothing more."""
        if not path:
            yield Move(State((), (), how, state.facts), (name,) if name else ())
            return
        activity = self._step(path[:-1], path[-1])
        for move in self._leave(cleared(state, path), path[:-1], activity):
            yield Move(move.state, (name, *move.passed) if name else move.passed)

    def _ended(self, state: State) -> list[Move] | None:
        """The innermost level in which nothing is under way any more, closed."""
        alive = {token.path for token in state.tokens if token.kind != "end"}
        inside = [(*token.path, token.step) for token in state.tokens if token.kind == "at"
                  and self.outcomes is None and self._step(token.path, token.step).inner is not None]
        for path in sorted([*inside, ()], key=len, reverse=True):
            if path not in alive:
                return list(self._close(state, path, "", "completed"))
        return None

    # What happens from outside

    def _happen(self, state: State, token: Token) -> Iterator[Move]:
        path, step = token.path, self._step(token.path, token.step)
        if token.kind != "at":
            return
        gone = without_tokens(state, [token])
        if step.kind == "eventBasedGateway":
            for name in self.level(path).following(step.id):
                yield from self._leave(gone, path, self._step(path, name))
        elif step.inner is None:
            yield from self._leave(gone, path, step)
        elif self.outcomes is not None:
            yield from self._from_inside(state, gone, token, step)
        for name in step.boundary:
            yield from self._over_edge(state, token, self._step(path, name))

    def _from_inside(self, state: State, gone: State, token: Token, step: Step) -> Iterator[Move]:
        assert self.outcomes is not None
        outcome = self.outcomes[step.inner or ""]
        if outcome.completes:
            yield from self._leave(gone, token.path, step)
        for code in outcome.errors:
            if self._catching(token.path, step, "error", code) is None:
                yield Move(State((), (), "error", state.facts), (step.id,))

    def _over_edge(self, state: State, token: Token, event: Step) -> Iterator[Move]:
        """A boundary event may fire."""
        if event.id in token.more or (not event.interrupting and event.id in self.level(token.path).beside):
            return
        if event.trigger in ("error", "escalation") and not self._is_thrown(token, event):
            return
        yield from self._fire(state, token, event)

    def _is_thrown(self, token: Token, event: Step) -> bool:
        """Whether the activity under a boundary event can throw what it catches, to it first. Where inner levels are
        walked through, it is fired by what throws."""
        host = self._step(token.path, token.step)
        if self.outcomes is None or host.inner is None:
            return False
        outcome = self.outcomes[host.inner]
        codes = outcome.errors if event.trigger == "error" else outcome.escalations
        return any(self._catching(token.path, host, event.trigger, code) is event for code in codes)

    def _fire(self, state: State, token: Token, event: Step) -> Iterator[Move]:
        if event.interrupting:
            state = cleared(state, (*token.path, token.step))
        elif not event.repeats:
            fired = token._replace(more=tuple(sorted((*token.more, event.id))))
            state = with_token(without_tokens(state, [token]), fired)
        yield from self._leave(state, token.path, event)

    def _catching(self, path: tuple[str, ...], host: Step, kind: str, code: str) -> Step | None:
        events = [self._step(path, name) for name in host.boundary]
        return next((event for event in events if event.trigger == kind and event.code in (None, code)), None)

    def _catcher(self, path: tuple[str, ...], kind: str, code: str) -> tuple[tuple[str, ...], Step] | None:
        """The boundary event that catches what is thrown inside `path`, with the path it stands on."""
        for depth in range(len(path) - 1, -1, -1):
            event = self._catching(path[:depth], self._step(path[:depth], path[depth]), kind, code)
            if event is not None:
                return path[:depth], event
        return None

    def _throw(self, state: State, path: tuple[str, ...], code: str, name: str) -> Move:
        caught = self._catcher(path, "error", code)
        if caught is None:
            return Move(State((), (), "error", state.facts), (name,))
        outer, event = caught
        [move] = self._caught(state, outer, event)
        return Move(move.state, (name, *move.passed))

    def _escalate(self, state: State, path: tuple[str, ...], code: str | None) -> State:
        caught = self._catcher(path, "escalation", code or "")
        if caught is None or (not caught[1].interrupting and caught[1].id in self.level(caught[0]).beside):
            return state
        [move] = self._caught(state, *caught)
        return move.state

    def _caught(self, state: State, path: tuple[str, ...], event: Step) -> list[Move]:
        host = next(token for token in state.tokens
                    if (token.path, token.kind, token.step) == (path, "at", event.attached))
        return list(self._fire(state, host, event))[:1]
