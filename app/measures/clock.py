"""The responsibility clock: of a case's working time, how much lay with which unit, and in which kind.

Every second of working time between the report and the end belongs to exactly one unit and kind, so the parts add up to
the case's age: this is what rankings and disputes rest on.

- What is suspended lies with the unit that suspended it; what a fault of the process has stopped, with nobody.
- While no step of the main road is open, the enterprise has the word.
- Else it lies with the units that hold steps of the main road, in equal parts when there are several (a lead unit and
  its joint units); odd seconds go to the units that have held theirs longest.
- A unit's time counts as sent back while it holds a step that came back to it, as waiting while all that it holds
  waits for another unit's signature, else as working. Steps beside the main road (reading material, deciding about an
  extension, instructing) take it from nobody.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from workflows.calendar import Calendar
from workflows.working_time import worked

ENTERPRISE = "enterprise"
NOBODY = ""
"""the unit of what a fault has stopped"""


class Kind(StrEnum):
    """What a unit's time was."""
    WORKING = "working"
    WAITING = "waiting"
    SENT_BACK = "sent_back"
    SUSPENDED = "suspended"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant up to another; None: it goes on."""
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the main road in a unit's hands. `sent_back`: it came back to it; `waits`: another unit's signature was
    awaited."""
    unit: str
    span: Span
    sent_back: bool = False
    waits: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """A case that stood still, and the unit that it lay with then."""
    unit: str
    span: Span


Shares = Mapping[tuple[str, Kind], int]
"""(unit, kind) → seconds of working time; what is 0 is left out"""


def responsibility(begun: datetime, ended: datetime, steps: Sequence[Step], stops: Sequence[Stop],
                   calendar: Calendar) -> Shares:
    """The shares of a case's working time from `begun` to `ended`, which add up to it."""
    shares: dict[tuple[str, Kind], int] = {}
    order = {id(step): place for place, step in enumerate(sorted(steps, key=lambda step: step.span.since))}
    sweep = _Sweep(begun, ended, steps, stops)
    for since, until, open_steps, open_stops in sweep.stretches():
        seconds = worked(calendar, since, until)
        held = _held_by(sorted(open_steps, key=lambda step: order[id(step)]), open_stops, since)
        for place, holder in enumerate(held):
            part = seconds // len(held) + (place < seconds % len(held))
            if part:
                shares[holder] = shares.get(holder, 0) + part
    return shares


def _held_by(steps: Sequence[Step], stops: Iterable[Stop], at: datetime) -> list[tuple[str, Kind]]:
    """Whose a moment is, each with its kind; the unit that has held its step longest first."""
    for stop in stops:
        return [(stop.unit, Kind.SUSPENDED)]
    if not steps:
        return [(ENTERPRISE, Kind.ENTERPRISE)]
    by_unit: dict[str, list[Step]] = {}
    for step in steps:
        by_unit.setdefault(step.unit, []).append(step)
    return [(unit, _kind(own, at)) for unit, own in by_unit.items()]


def _kind(steps: Sequence[Step], at: datetime) -> Kind:
    if any(step.sent_back for step in steps):
        return Kind.SENT_BACK
    if all(any(_covers(wait, at) for wait in step.waits) for step in steps):
        return Kind.WAITING
    return Kind.WORKING


def _covers(span: Span, at: datetime) -> bool:
    return span.since <= at and (span.until is None or at < span.until)


class _Sweep:
    """The stretches of a case between two changes, with what is open in each."""

    def __init__(self, begun: datetime, ended: datetime, steps: Sequence[Step], stops: Sequence[Stop]) -> None:
        self._begun, self._ended = begun, ended
        self._opening: dict[datetime, list[Step | Stop]] = {}
        self._closing: dict[datetime, list[Step | Stop]] = {}
        for step in steps:
            self._note(step)
        for stop in stops:
            self._note(stop)
        waits = [wait for step in steps for wait in step.waits]
        self._moments = sorted({begun, ended, *self._opening, *self._closing,
                                *(self._clipped(wait.since) for wait in waits),
                                *(self._clipped(wait.until) for wait in waits)})

    def _clipped(self, at: datetime | None) -> datetime:
        return self._ended if at is None else min(max(at, self._begun), self._ended)

    def _note(self, each: Step | Stop) -> None:
        since, until = self._clipped(each.span.since), self._clipped(each.span.until)
        if since < until:
            self._opening.setdefault(since, []).append(each)
            self._closing.setdefault(until, []).append(each)

    def stretches(self) -> Iterable[tuple[datetime, datetime, list[Step], list[Stop]]]:
        """(from, until, steps that are open, stops) in order, without gaps, from the case's begin to its end."""
        now_open: dict[int, Step | Stop] = {}
        for since, until in pairwise(self._moments):
            for each in self._closing.get(since, ()):
                now_open.pop(id(each), None)
            now_open |= {id(each): each for each in self._opening.get(since, ())}
            yield (since, until, [each for each in now_open.values() if isinstance(each, Step)],
                   [each for each in now_open.values() if isinstance(each, Stop)])
