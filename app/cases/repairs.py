"""Repairs of one instance under the two-person rule: an administrator asks, another one agrees, then it happens.

Nothing else skips an element, writes a variable past the forms or puts a token elsewhere. What was asked and what came
of it is in the history with both names.
"""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import definitions, history, incidents, moving, recorder
from app.cases.errors import AlreadyDone, Blocked, NotFound, NotYours
from app.cases.history import Entry
from app.cases.locking import Held, hold
from app.models import Incident, Repair, User
from app.models.case import UNDER_WAY
from workflows import engine
from workflows.calendar import Calendar
from workflows.forms import value_fields
from workflows.sentence import listed, say
from workflows.step import Step
from workflows.versions import ProcessVersion

Json = Any
OPS: Mapping[str, str] = {"set": "set_variables", "move": "relocate", "skip": "skip"}
"""kind of a repair → the engine's function, which gets the repair's arguments"""


def ask(session: Session, instance_id: int, kind: str, arguments: Mapping[str, Json], reason: str, *, actor: Actor,
        now: datetime, calendar: Calendar) -> Repair:
    """Asks for a repair. `arguments` are {"values": {name: value}} to set, {"task_id", "target"} to move, {} to skip
    what an incident stands at. It is tried in memory first: raises what would stand in its way, and Blocked while
    another one waits."""
    if not reason.strip():
        raise Blocked(say("请写明为什么要这样修复。"))
    held = hold(session, instance_id)
    version = definitions.version_of(session, held.definition_hash)
    if waiting_of(session, instance_id) is not None:
        raise Blocked(say("这件事已经有一项修复在等另一位管理员决定。"))
    given: dict[str, Json] = dict(arguments)
    if kind == "skip":
        incident = engine.inspect(version, held.state).incident
        given = {"task_id": incident.task_id, "element_id": incident.element_id} if incident is not None else {}
    _run(version, held, kind, given, now, calendar)
    repair = Repair(instance_id=instance_id, kind=kind, arguments=given, reason=reason.strip(), status="waiting",
                    asked_at=now, asked_by=_person(actor))
    session.add(repair)
    session.flush()
    text = say("%(name)s提出修复，等另一位管理员同意：%(what)s。原因：%(reason)s", name=actor.name,
               what=described(version, held.state, repair), reason=repair.reason)
    history.note_act(session, held, "repair_asked", actor=actor, now=now, text=text, facts={"repair": repair.id})
    incidents.tell_owners(session, instance_id, text, "inform", now)
    return repair


def agree(session: Session, repair_id: int, *, actor: Actor, now: datetime, calendar: Calendar) -> Step:
    """Another administrator agrees, and it happens. Raises NotYours for the one who asked, AlreadyDone, Blocked when
    the incident is another one by now, and the engine's refusals."""
    repair = _waiting(session, repair_id)
    if repair.asked_by == actor.user_id:
        raise NotYours(say("修复要由另一位管理员同意，不能自己同意自己提出的。"))
    held = hold(session, repair.instance_id)
    version = definitions.version_of(session, held.definition_hash)
    asker = session.get_one(User, repair.asked_by).name
    text = say("%(asker)s提出、%(name)s同意的修复：%(what)s。原因：%(reason)s", asker=asker, name=actor.name,
               what=described(version, held.state, repair), reason=repair.reason)
    step = _run(version, held, repair.kind, repair.arguments, now, calendar)
    recorder.record(session, held, step, Entry("input", OPS[repair.kind], now, actor, text, calendar.version,
                                               _input(repair.kind, repair.arguments)),
                    status=moving.unless_running(held))
    session.execute(update(Incident).where(Incident.instance_id == held.id, Incident.closed_at == now,
                                           Incident.closed_by.is_(None))
                    .values(closed_by=actor.user_id).execution_options(synchronize_session=False))
    _decide(repair, "done", "", actor, now)
    return step


def refuse(session: Session, repair_id: int, note: str, *, actor: Actor, now: datetime) -> None:
    """Another administrator does not agree, or the one who asked takes it back; nothing happens to the instance."""
    repair = _waiting(session, repair_id)
    own = repair.asked_by == actor.user_id
    _decide(repair, "withdrawn" if own else "refused", note.strip(), actor, now)
    text = (say("%(name)s撤回了提出的修复", name=actor.name) if own else
            say("%(name)s没有同意提出的修复：%(note)s", name=actor.name, note=note.strip()))
    session.flush()
    history.note_act(session, repair.instance_id, "repair_refused", actor=actor, now=now, text=text,
                     facts={"repair": repair.id})


def waiting_of(session: Session, instance_id: int) -> Repair | None:
    """The repair of an instance that waits for a second administrator."""
    return session.scalar(select(Repair).where(Repair.instance_id == instance_id, Repair.status == "waiting"))


def described(version: ProcessVersion, state: bytes | None, repair: Repair) -> str:
    """What a repair does, in words; with the state that it is to change also what was there before."""
    given, label = repair.arguments, labels(version)
    if repair.kind == "skip":
        return say("跳过“%(name)s”", name=name_of(version, given["element_id"]))
    if repair.kind == "move":
        return say("把办理转到“%(target)s”", target=name_of(version, given["target"]))
    if state is None:
        return listed([say("“%(variable)s”改为%(after)s", variable=label.get(name, name),
                           after=_told(version, name, value)) for name, value in given["values"].items()])
    before = engine.inspect(version, state).variables
    return listed([say("“%(variable)s”由%(before)s改为%(after)s", variable=label.get(name, name),
                       before=_told(version, name, before.get(name)), after=_told(version, name, value))
                   for name, value in given["values"].items()])


def name_of(version: ProcessVersion, element_id: str) -> str:
    """An element as the diagram calls it."""
    element = version.elements.get(element_id)
    return element.name or element.id if element is not None else say("流程之外")


def labels(version: ProcessVersion) -> dict[str, str]:
    """What the forms of a version call the variables that they ask for."""
    return {field.key: field.label for form in version.forms.values() for field in value_fields(form.fields)
            if field.label}


def _run(version: ProcessVersion, held: Held, kind: str, arguments: Mapping[str, Json], now: datetime,
         calendar: Calendar) -> Step:
    """What a repair would come to. Raises what stands in its way."""
    incident = engine.inspect(version, held.state).incident
    if held.status == "incident" and incident is None:
        raise Blocked(say("流程停在图外的故障上，请先重试。"))
    if kind == "skip" and (incident is None or incident.task_id != arguments["task_id"]):
        raise Blocked(say("流程已经不停在提出时的那处故障上。"))
    if held.status not in UNDER_WAY:
        raise Blocked(say("流程已经办结。"))
    function = getattr(engine, OPS[kind])
    step: Step = function(version, held.state, **_input(kind, arguments), now=now, calendar=calendar)
    if step.incident is not None and incident is None:
        raise Blocked(say("这样修复以后流程会停在故障上：%(why)s", why=step.incident.message))
    return step


def _input(kind: str, arguments: Mapping[str, Json]) -> dict[str, Json]:
    """The engine's arguments, which the history keeps."""
    return {} if kind == "skip" else dict(arguments)


def _waiting(session: Session, repair_id: int) -> Repair:
    repair = session.scalar(select(Repair).where(Repair.id == repair_id).with_for_update()
                            .execution_options(populate_existing=True))
    if repair is None:
        raise NotFound(say("没有这项修复。"))
    if repair.status != "waiting":
        raise AlreadyDone(say("这项修复已经有人决定过了。"))
    return repair


def _decide(repair: Repair, status: str, note: str, actor: Actor, now: datetime) -> None:
    repair.status, repair.decision_note, repair.decided_at, repair.decided_by = status, note, now, actor.user_id


def _person(actor: Actor) -> int:
    assert actor.user_id is not None
    return actor.user_id


def _told(version: ProcessVersion, name: str, value: Json) -> str:
    """A value for a sentence of the history, which cannot be erased: of personal data it says only whether there is
    any."""
    known = any(each.split(".")[0] == name for each in version.personal)
    return say("（个人信息）") if known and value else _shown(value)


def _shown(value: Json) -> str:
    if value is None:
        return say("空")
    return say("“%(value)s”", value=value) if isinstance(value, str) else orjson.dumps(value).decode()
