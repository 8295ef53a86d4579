"""Replay: the recorded inputs, run again under their versions and calendars, must give the stored states.

An entry names the version that its state belongs to afterwards. So a move to another version names where it leads, and
comes from the version of the input before it; one that is taken back names the version from before the move.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import calendars, definitions
from app.cases.history import CHAINED, digest, is_digest
from app.cases.recorded import erased_before, given, has_erased
from app.models import History, Instance
from workflows import engine
from workflows.calendar import Calendar
from workflows.sentence import Sentence, say
from workflows.step import Step
from workflows.versions import ProcessVersion

Json = Any


@dataclass(slots=True)
class Past:
    """What the inputs so far have led to: the state and its version, and the state before the latest move to another
    version, to which that may have been taken back."""
    state: bytes = b""
    version: ProcessVersion | None = None
    before_move: bytes = b""
    erased_before: int = 0
    """personal data of entries before this place was erased: in its stead the inputs run with `commitments.ERASED`"""
    blinding: bytes | None = None
    is_other: bool = False
    """whether some of that lies behind, so that neither the state nor its blinding is the one that was"""

    def look_up(self, session: Session, instance_id: int) -> None:
        """What of an instance's row a replay needs. Once before its entries are run."""
        self.erased_before = erased_before(session, instance_id)
        self.blinding = session.scalar(select(Instance.blinding).where(Instance.id == instance_id))

    def run(self, session: Session, entry: History) -> Step:
        """Runs an entry's input again, under its version and calendar. Raises what the engine raises when the input
        does not fit."""
        version = definitions.version_of(session, entry.definition_hash)
        calendar = calendars.of_version(session, entry.calendar_version)
        if entry.op == "migrate":
            self.before_move = self.state
        step = RUN[entry.op](version, self, given(entry), entry.at, calendar)
        self.state, self.version = step.state, version
        self.pass_by(entry)
        return step

    def pass_by(self, entry: History) -> None:
        """An entry that the engine does not run may commit to personal data too: once that is erased, nobody can tell
        the hashes of the states after it."""
        self.is_other = self.is_other or has_erased(entry, self.erased_before)

    def leads_to(self, entry: History, step: Step) -> bool:
        """Whether a step came to the state that its entry has the hash of, as far as that can be told."""
        return self.is_other or is_digest(entry.state_hash, step.state, self.blinding)


Run = Callable[[ProcessVersion, Past, Mapping[str, Json], datetime, Calendar], Step]


def _with_state(function: Callable[..., Step]) -> Run:
    """The engine's functions that take an instance on: they get the entry's input as it is."""
    return lambda version, past, put_in, now, calendar: function(version, past.state, **put_in, now=now,
                                                                calendar=calendar)


def _without_calendar(function: Callable[..., Step]) -> Run:
    return lambda version, past, _, now, __: function(version, past.state, now=now)


def _migrate(version: ProcessVersion, past: Past, put_in: Mapping[str, Json], now: datetime,
             calendar: Calendar) -> Step:
    assert past.version is not None
    return engine.migrate(past.version, version, past.state, put_in["mapping"], now=now, calendar=calendar,
                          entered=put_in["entered"])


def _take_back(version: ProcessVersion, past: Past, _: Mapping[str, Json], now: datetime, calendar: Calendar) -> Step:
    assert past.version is not None
    return engine.take_back(past.version, version, past.state, past.before_move, now=now, calendar=calendar)


RUN: Mapping[str, Run] = {
    "start": lambda version, _, put_in, now, calendar: engine.start(version, put_in["variables"], now=now,
                                                                    calendar=calendar),
    **{op: _with_state(getattr(engine, op)) for op in (
        "complete", "deliver", "wake", "return_to", "recall", "assign_variables", "retime", "resume", "retry",
        "skip", "set_variables", "relocate")},
    "suspend": _without_calendar(engine.suspend),
    "cancel": _without_calendar(engine.cancel),
    "migrate": _migrate,
    "take_back": _take_back,
}
"""op of an 'input' entry → the engine's function, given what the entry holds"""


def broken_link(entry: History, place: int, previous: str) -> Sentence | None:
    """What is wrong with an entry as a link of its chain, at this place after the entry with the hash `previous`."""
    if entry.seq != place or entry.prev_hash != previous:
        return say("第%(seq)s条历史与前一条接不上，中间有记录缺失或被插入", seq=entry.seq)
    if digest({name: getattr(entry, name) for name in CHAINED}) != entry.hash:
        return say("第%(seq)s条历史的内容与哈希不符，被改动过", seq=entry.seq)
    return None
