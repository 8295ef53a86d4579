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
from app.cases.history import CHAINED, digest, state_digest
from app.models import History, Instance
from workflows import engine
from workflows.calendar import Calendar
from workflows.sentence import say
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

    def run(self, entry: History, version: ProcessVersion, calendar: Calendar) -> None:
        """Runs an entry's input again."""
        if entry.op == "migrate":
            self.before_move = self.state
        self.state = RUN[entry.op](version, self, entry.input, entry.at, calendar).state
        self.version = version


Run = Callable[[ProcessVersion, Past, Mapping[str, Json], datetime, Calendar], Step]


def _with_state(function: Callable[..., Step]) -> Run:
    """The engine's functions that take an instance on: they get the entry's input as it is."""
    return lambda version, past, given, now, calendar: function(version, past.state, **given, now=now,
                                                                calendar=calendar)


def _without_calendar(function: Callable[..., Step]) -> Run:
    return lambda version, past, _, now, __: function(version, past.state, now=now)


def _migrate(version: ProcessVersion, past: Past, given: Mapping[str, Json], now: datetime, calendar: Calendar) -> Step:
    assert past.version is not None
    return engine.migrate(past.version, version, past.state, given["mapping"], now=now, calendar=calendar,
                          entered=given["entered"])


def _take_back(version: ProcessVersion, past: Past, _: Mapping[str, Json], now: datetime, calendar: Calendar) -> Step:
    assert past.version is not None
    return engine.take_back(past.version, version, past.state, past.before_move, now=now, calendar=calendar)


RUN: Mapping[str, Run] = {
    "start": lambda version, _, given, now, calendar: engine.start(version, given["variables"], now=now,
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


def faults(session: Session, instance: Instance) -> list[str]:
    """What does not follow in an instance's history, in words; the chain stops at its first fault."""
    past, previous, count = Past(), "", 0
    for count, entry in enumerate(session.scalars(select(History).where(History.instance_id == instance.id)
                                                  .order_by(History.seq)
                                                  .execution_options(populate_existing=True)), start=1):
        where = say("第%(seq)s条历史", seq=entry.seq)
        if entry.seq != count or entry.prev_hash != previous:
            return [say("%(where)s与前一条接不上，中间有记录缺失或被插入", where=where)]
        if digest({name: getattr(entry, name) for name in CHAINED}) != entry.hash:
            return [say("%(where)s的内容与哈希不符，被改动过", where=where)]
        previous = entry.hash
        if entry.kind == "input":
            version = definitions.version_of(session, entry.definition_hash)
            calendar = calendars.of_version(session, entry.calendar_version)
            past.run(entry, version, calendar)
            if state_digest(past.state) != entry.state_hash:
                return [say("%(where)s（%(op)s）重演后的状态与当时不同", where=where, op=entry.op)]
    if (count, previous) != (instance.history_length, instance.history_head):
        return [say("历史的末尾与流程记下的不一致，有记录缺失")]
    return [] if past.state == instance.state else [say("重演得到的状态与保存的状态不同")]
