"""Moving one running instance to another version of its process, and taking that back until its next step."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import SYSTEM, Actor
from app.cases import definitions, recorder, sentences
from app.cases.errors import Blocked
from app.cases.history import Entry
from app.cases.locking import Held, hold
from app.models import History
from app.models.case import UNDER_WAY
from workflows import engine
from workflows.calendar import Calendar
from workflows.sentence import say
from workflows.step import Step
from workflows.versions import ProcessVersion

Json = Any


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was made: the version and state before it, and the entry of the history that tells it."""
    from_hash: str
    from_state: bytes
    seq: int


@dataclass(frozen=True, slots=True)
class Standing:
    """An instance as it stands: what a trial reads of its row."""
    id: int
    definition_hash: str
    status: str
    state: bytes


@dataclass(frozen=True, slots=True)
class Tried:
    """What a move would come to: its step, and whether something is overdue by the new rules straight away."""
    step: Step
    fires: bool


def migrate(session: Session, instance_id: int, to: str, mapping: Mapping[str, str], note: str, *, actor: Actor,
            now: datetime, calendar: Calendar) -> Moved:
    """Moves an instance to the version with the hash `to`. What is due by the old rules fires first, in a step of its
    own; what is due by the new ones is left to the worker. Raises MoveRefused, Blocked, NotFound."""
    held = hold(session, instance_id)
    old, new = definitions.version_of(session, held.definition_hash), definitions.version_of(session, to)
    _require_movable(held.status, held.state, old, new)
    _refuse_detour(old, new, mapping)
    if held.status == "running":
        woken = engine.wake(old, held.state, now=now, calendar=calendar)
        if woken.state != held.state:
            recorder.record(session, held, woken, Entry("input", "wake", now, SYSTEM, sentences.woken(woken),
                                                        calendar.version))
            held = hold(session, instance_id)
            _require_movable(held.status, held.state, old, new)
    entered = when_entered(session, instance_id, held.state, old, new, mapping)
    step = engine.migrate(old, new, held.state, mapping, now=now, calendar=calendar, entered=entered)
    moved = Moved(old.hash, held.state, held.history_length + 1)
    text = sentences.migrated(definitions.number_of(session, old.hash), definitions.number_of(session, to), note)
    recorder.record(session, held, step, Entry("input", "migrate", now, actor, text, calendar.version, {
        "from": old.hash, "mapping": dict(mapping), "entered": entered}), version=to, status=unless_running(held))
    return moved


def take_back(session: Session, instance_id: int, moved: Moved, *, actor: Actor, now: datetime,
              calendar: Calendar) -> None:
    """Puts an instance back to where it was before a move. Raises Blocked once it has taken another step."""
    held = hold(session, instance_id)
    if not is_latest_step(session, instance_id, moved.seq):
        raise Blocked(say("移动之后流程已经往前走了，不能再收回。"))
    old = definitions.version_of(session, moved.from_hash)
    new = definitions.version_of(session, held.definition_hash)
    step = engine.take_back(new, old, held.state, moved.from_state, now=now, calendar=calendar)
    text = sentences.taken_back(definitions.number_of(session, new.hash), definitions.number_of(session, old.hash))
    recorder.record(session, held, step, Entry("input", "take_back", now, actor, text, calendar.version, {
        "from": new.hash, "seq": moved.seq}), version=old.hash, status=unless_running(held))


def unless_running(held: Held) -> str | None:
    """The status that an instance keeps which is suspended, for the recorder."""
    return "suspended" if held.status == "suspended" else None


def is_latest_step(session: Session, instance_id: int, seq: int) -> bool:
    """Whether an instance has taken no step since this entry of its history."""
    return session.scalar(select(History.seq).where(
        History.instance_id == instance_id, History.kind == "input", History.seq > seq).limit(1)) is None


def tried(session: Session, instance: Standing, new: ProcessVersion, mapping: Mapping[str, str], *, now: datetime,
          calendar: Calendar) -> Tried:
    """What `migrate` would do, without doing it. Raises as it does."""
    old, state = definitions.version_of(session, instance.definition_hash), instance.state
    _require_movable(instance.status, state, old, new)
    _refuse_detour(old, new, mapping)
    if instance.status == "running":
        woken = engine.wake(old, state, now=now, calendar=calendar)
        if woken.ended or woken.incident:
            raise Blocked(say("有时限刚刚到期，请等系统处理后再移。"))
        state = woken.state
    step = engine.migrate(old, new, state, mapping, now=now, calendar=calendar,
                          entered=when_entered(session, instance.id, state, old, new, mapping))
    return Tried(step, any(timer.due_at <= now for timer in step.armed))


def when_entered(session: Session, instance_id: int, state: bytes, old: ProcessVersion, new: ProcessVersion,
                 mapping: Mapping[str, str]) -> dict[str, str]:
    """Since when what is under way is so, task id → ISO 8601, where the new version asks for it."""
    if not engine.asks_when_entered(old, new, mapping):
        return {}
    live = engine.under_way(old, state)
    rows = session.execute(select(History.at, History.trace).where(History.instance_id == instance_id)
                           .order_by(History.seq))
    return {task_id: at.isoformat() for at, trace in rows for _, _, _, _, what, task_id, *_ in trace
            if what == "entered" and task_id in live}


def _require_movable(status: str, state: bytes, old: ProcessVersion, new: ProcessVersion) -> None:
    if status not in UNDER_WAY:
        raise Blocked(say("流程已经办结。"))
    if old.hash == new.hash:
        raise Blocked(say("已经在这一版上。"))
    if status == "incident" and engine.inspect(old, state).incident is None:
        raise Blocked(say("流程停在图外的故障上，请先在故障页重试。"))


def _refuse_detour(old: ProcessVersion, new: ProcessVersion, mapping: Mapping[str, str]) -> None:
    """A name is for a step that is gone. A step that is still there is not passed over by a move, which one person
    makes: that is a repair, which takes two."""
    for element_id, target in mapping.items():
        before, after = old.elements.get(element_id), new.elements.get(element_id)
        if before is not None and after is not None and target != element_id and (
                (before.kind, before.process_id) == (after.kind, after.process_id)):
            raise Blocked(say("“%(name)s”在新版本里还在，移动时不能换成别的步骤；要把办理转到别处，请用修复。",
                              name=before.name or element_id))
