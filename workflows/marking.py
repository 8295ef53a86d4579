"""Where the tokens of a process are, as values that can be compared and kept."""
from __future__ import annotations

from bisect import insort
from collections.abc import Hashable, Iterable
from typing import NamedTuple


class Entry(NamedTuple):
    """A token about to enter a step. `path` are the activities that it is inside of, `flow` how it comes."""
    path: tuple[str, ...]
    step: str
    source: str = ""
    flow: str = ""


class Token(NamedTuple):
    """A token at rest: "at" a step, in a "join" (`more` is where from), or arrived at an "end" (`more` is the flow).
    At an activity `more` are its single boundary events that have fired already."""
    path: tuple[str, ...]
    kind: str
    step: str
    more: tuple[str, ...] = ()


class State(NamedTuple):
    """`final` is how it has ended: "" not yet, "completed", "terminated" or "error". `facts` are the walker's own."""
    pending: tuple[Entry, ...]
    tokens: tuple[Token, ...]
    final: str = ""
    facts: Hashable = None


class Move(NamedTuple):
    """What can come next, and the steps that it passes."""
    state: State
    passed: tuple[str, ...]


def alive(state: State, path: tuple[str, ...]) -> bool:
    """Whether a level is still under way: what it has thrown may have ended it."""
    return not path or any(token[:3] == (path[:-1], "at", path[-1]) for token in state.tokens)


def with_token(state: State, token: Token) -> State:
    tokens = list(state.tokens)
    insort(tokens, token)
    return state._replace(tokens=tuple(tokens))


def without_tokens(state: State, gone: Iterable[Token]) -> State:
    tokens = list(state.tokens)
    for token in gone:
        tokens.remove(token)
    return state._replace(tokens=tuple(tokens))


def cleared(state: State, path: tuple[str, ...]) -> State:
    """Without an activity's token and everything inside it."""
    depth = len(path)
    return state._replace(
        pending=tuple(entry for entry in state.pending if entry.path[:depth] != path),
        tokens=tuple(token for token in state.tokens if token.path[:depth] != path and not (
            token.kind == "at" and (*token.path, token.step) == path)))
