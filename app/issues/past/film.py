"""A case's life as a film: every entry of its history with what it changed, for the page that redraws any moment.

The inputs are run again by the engine, once each, in slices. A frame says only what is different after its entry, in
words where there are any; the page adds them up to the moment that is asked for. Instants are milliseconds since 1970
(UTC), `worked` are seconds of working time since the first entry, by one calendar, so that they can be subtracted.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import definitions, sentences
from app.cases.replay import Past
from app.dates import city_day, city_minute
from app.issues.answers import Names, in_words
from app.issues.past.fields import fields_of
from app.issues.past.holders import Holders
from app.models import History
from app.repeated import occasion
from workflows import form_texts
from workflows.calendar import Calendar
from workflows.forms import Field
from workflows.sentence import Sentence, say, sentence_of
from workflows.step import OpenedTask, Step
from workflows.working_time import worked

Json = Any
SLICE = 200
"""entries that one request replays: about a quarter of a second"""
_LONGEST = 2_000
"""characters of a value that are shown"""


@dataclass(slots=True)
class Reel:
    """How far a case has been replayed, and what the next frame needs. `stopped` says why it goes no further."""
    seq: int = 0
    past: Past = field(default_factory=Past)
    at: datetime | None = None
    worked: int = 0
    differs_from: int | None = None
    """the first entry whose state is not what was stored"""
    stopped: Sentence | None = None
    owners: dict[int, int] = field(default_factory=dict)
    """who has delegated a work item that has not come back"""


def go_on(session: Session, instance_id: int, reel: Reel, holders: Holders, units: Mapping[str, str],
          calendar: Calendar, *, most: int = SLICE) -> list[dict[str, Json]]:
    """The frames of the next entries, `most` at most."""
    asked: dict[str, Mapping[str, Field]] = {}
    reel.past.look_up(session, instance_id)
    rows = session.scalars(select(History).where(History.instance_id == instance_id, History.seq > reel.seq)
                           .order_by(History.seq).limit(most))
    frames = []
    for entry in rows:
        if entry.definition_hash not in asked:
            asked[entry.definition_hash] = fields_of(definitions.version_of(session, entry.definition_hash))
        frame = _Frame(session, entry, reel, holders, units, calendar, asked[entry.definition_hash])
        try:
            frames.append(frame.told())
        except Exception as error:  # noqa: BLE001 - what was put into a record by hand may break anything
            reel.stopped = say("第%(seq)s条按记录重演不下去：%(why)s", seq=entry.seq, why=sentence_of(error))
            break
        reel.seq, reel.at = entry.seq, entry.at
    return frames


@dataclass(slots=True)
class _Frame:
    session: Session
    entry: History
    reel: Reel
    holders: Holders
    units: Mapping[str, str]
    calendar: Calendar
    asked: Mapping[str, Field]
    """the fields of the version's forms, by key"""

    def told(self) -> dict[str, Json]:
        """{seq, at, day, when, text, who, version, worked} of every entry; of inputs also what they changed; `holders`
        {task: name or None} and `held` {task: whether it waits for signatures}."""
        entry, reel = self.entry, self.reel
        if reel.at is not None:
            reel.worked += worked(self.calendar, reel.at, entry.at)
        frame: dict[str, Json] = {
            "seq": entry.seq, "at": _milliseconds(entry.at), "day": city_day(entry.at).isoformat(),
            "when": city_minute(entry.at), "text": entry.text or sentences.QUIET, "who": self.holders.doer(entry),
            "version": entry.definition_hash, "worked": reel.worked, **self.holders.changed(entry, reel.owners)}
        if entry.kind == "input":
            step = reel.past.run(self.session, entry)
            if reel.differs_from is None and not reel.past.leads_to(entry, step):
                reel.differs_from = entry.seq
            frame |= self._of_step(step)
        else:
            reel.past.pass_by(entry)
        return frame

    def _of_step(self, step: Step) -> dict[str, Json]:
        elements = definitions.version_of(self.session, self.entry.definition_hash).elements
        return {
            "moved": self.entry.op in ("migrate", "take_back"),
            "opened": [self._task(task) | {"holder": self.holders.first(self.session, task, self.entry)}
                       for task in step.opened],
            "closed": [[task.task_id, task.how] for task in step.closed],
            "rewritten": [self._task(each.task) | {"elsewhere": each.elsewhere} for each in step.rewritten],
            "redated": [[task.task_id, self._due(task.due_at)] for task in step.redated],
            "armed": [[timer.task_id, timer.element_id, elements[timer.element_id].name, self._due(timer.due_at)]
                      for timer in step.armed],
            "disarmed": list(step.disarmed),
            "set": list(self._variables(step)),
            "trace": [[each.element_id, each.process_id, each.name, each.what, each.task_id, each.mark]
                      for each in step.trace],
            "ended": step.ended is not None,
            "incident": [step.incident.element_id, step.incident.message] if step.incident is not None else None}

    def _task(self, task: OpenedTask) -> dict[str, Json]:
        item = occasion(task.local)
        return {"id": task.task_id, "element": task.element_id, "process": task.process_id, "name": task.name,
                "occasion": item.title if item else "", "post": self.holders.post(task.unit, task.position),
                "due": self._due(task.due_at)}

    def _due(self, due: datetime | None) -> dict[str, Json] | None:
        """A limit: when, in words, and at how much working time it falls."""
        if due is None:
            return None
        return {"at": _milliseconds(due), "when": city_minute(due),
                "worked": self.reel.worked + worked(self.calendar, self.entry.at, due)}

    def _variables(self, step: Step) -> Iterator[list[Json]]:
        """[name, label, value in words, whether that is none] of what changed; None for one that is gone."""
        names = Names(self.units, self.holders.people)
        for name in sorted(step.changed):
            if name not in step.variables:
                yield [name, "", None, True]
                continue
            value, known = step.variables[name], self.asked.get(name)
            known = form_texts.told_field(known, step.variables) if known else None
            text = _in_words_or_plain(known, value, names) if known else _plain(value)
            yield [name, known.label if known else "", text[:_LONGEST], value in (None, "", [])]


def _in_words_or_plain(known: Field, value: Json, names: Names) -> str:
    """A variable may hold what its field would not: a diagram has written it too."""
    try:
        return in_words(known, value, names) or _plain(value)
    except (AttributeError, TypeError):
        return _plain(value)


def _plain(value: Json) -> str:
    words = {True: say("是"), False: say("否"), None: say("空")}
    if value is None or isinstance(value, bool):
        return words[value]
    return value if isinstance(value, str) and value else orjson.dumps(value).decode()


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
