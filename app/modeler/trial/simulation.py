"""Trying a process by hand with the real engine: what was done so far, as a value that replays to where it stands.

A simulation is its start and its moves; nothing else is kept, and nothing is written to cases. Each look at it plays
the moves again, so that one step back is one move less.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Literal

from app.cases.errors import Blocked
from app.modeler.trial.lives import Life, Task
from workflows import engine
from workflows.calendar import Calendar
from workflows.sentence import say
from workflows.step import Step
from workflows.versions import ProcessVersion

Json = Any
MOST_MOVES = 200
MOST_FALLS = 300
"""limits that may fall in one move of the clock"""
MOST_HAPPENED = 1_000
"""steps of the engine in one trial: each look at it plays them all again"""
MOST_SECONDS = 10.0
"""that one playing may take; a draft's expressions may be slow"""
FURTHEST = timedelta(days=3 * 366)
"""that the clock may be moved at once"""


@dataclass(frozen=True, slots=True)
class Move:
    """What the person who tries did: an answer to a task, a message from outside, or a later time of the clock."""
    op: Literal["complete", "deliver", "clock"]
    at: datetime
    what: str = ""
    """the task's id, or the message's name"""
    values: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Simulation:
    """A trial of the files with this hash; `what` is 'draft' or the version's hash."""
    key: str
    what: str
    hash: str
    began_at: datetime
    variables: Mapping[str, Json]
    moves: tuple[Move, ...] = ()

    def with_move(self, move: Move) -> Simulation:
        """One move more. Raises Blocked when there are too many."""
        if len(self.moves) >= MOST_MOVES:
            raise Blocked(say("这次试走已经有%(most)s步，请从头再来。", most=MOST_MOVES))
        return replace(self, moves=(*self.moves, move))

    def back(self) -> Simulation:
        """One move less."""
        return replace(self, moves=self.moves[:-1])

    def as_json(self) -> dict[str, Json]:
        return {"key": self.key, "what": self.what, "hash": self.hash, "began_at": self.began_at.isoformat(),
                "variables": dict(self.variables),
                "moves": [[move.op, move.at.isoformat(), move.what, dict(move.values)] for move in self.moves]}

    @classmethod
    def from_json(cls, kept: Mapping[str, Json]) -> Simulation:
        moves = tuple(Move(op, datetime.fromisoformat(at), what, values) for op, at, what, values in kept["moves"])
        return cls(kept["key"], kept["what"], kept["hash"], datetime.fromisoformat(kept["began_at"]),
                   kept["variables"], moves)


@dataclass(frozen=True, slots=True)
class Happened:
    """One step of the engine, and what led to it: the start, a move, or a limit that fell while the clock was moved.
    `about` is the task that was finished, or the message's name."""
    why: Literal["start", "complete", "deliver", "fell"]
    at: datetime
    step: Step
    closed: Sequence[Task]
    about: str = ""


@dataclass(slots=True)
class Played:
    """Where a simulation stands: its life, its clock, and all that happened, oldest first."""
    life: Life
    now: datetime
    happened: list[Happened] = field(default_factory=list)

    def task(self, task_id: str) -> Task | None:
        """An open task by the engine's id."""
        return self.life.find_open(self.life.key_of(task_id))


def play(simulation: Simulation, version: ProcessVersion, calendar: Calendar) -> Played:
    """Plays a simulation from its start. Raises the engine's refusals, for a move that is not possible (any more)."""
    played = Played(Life(), simulation.began_at)
    step = engine.start(version, simulation.variables, now=played.now, calendar=calendar)
    _take(played, "start", step)
    begun = perf_counter()
    for move in simulation.moves:
        _move(played, move, version, calendar)
        if perf_counter() - begun > MOST_SECONDS:
            raise Blocked(say("这次试走算得太慢，请从头再来，少走几步。"))
    return played


def _move(played: Played, move: Move, version: ProcessVersion, calendar: Calendar) -> None:
    if move.op == "clock":
        _run_clock(played, move.at, version, calendar)
        return
    played.now = move.at
    if move.op == "complete":
        task = played.task(move.what)
        step = engine.complete(version, played.life.state, move.what, move.values, now=move.at, calendar=calendar)
        _take(played, "complete", step, task.opened.name if task else "")
    else:
        step = engine.deliver(version, played.life.state, move.what, move.values, now=move.at, calendar=calendar)
        _take(played, "deliver", step, move.what)


def _run_clock(played: Played, until: datetime, version: ProcessVersion, calendar: Calendar) -> None:
    """Every limit falls to the second, as with a worker that is never late."""
    for _ in range(MOST_FALLS):
        due = played.life.next_fall({})
        if due is None or due > until:
            played.now = max(played.now, until)
            return
        played.now = max(played.now, due)
        _take(played, "fell", engine.wake(version, played.life.state, now=played.now, calendar=calendar))
    raise Blocked(say("这段时间里时限触发了%(most)s次还没有完，请把时间移近一些。", most=MOST_FALLS))


def _take(played: Played, why: Literal["start", "complete", "deliver", "fell"], step: Step, about: str = "") -> None:
    if len(played.happened) >= MOST_HAPPENED:
        raise Blocked(say("这次试走里发生的事太多（最多%(most)s件），请从头再来。", most=MOST_HAPPENED))
    keys = [played.life.key_of(closed.task_id) for closed in step.closed]
    closed = [played.life.tasks[key] for key in keys if key is not None]
    played.life.take(step, played.now)
    played.happened.append(Happened(why, played.now, step, closed, about))
