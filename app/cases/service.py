"""What people, clocks and messages do to an instance: lock it, judge, run the engine, give its step to the recorder.

Every function takes the request's session and never commits. `now` is the request's one instant.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import calendars, definitions, idempotency, items, recorder, sentences
from app.cases.errors import AlreadyDone, Blocked
from app.cases.history import Entry
from app.cases.items import Item
from app.cases.locking import Held, hold
from app.models import Instance, Issue, Timer, WorkItem
from workflows import engine
from workflows.calendar import Calendar
from workflows.errors import InstanceStopped, TaskNotReady
from workflows.sentence import say
from workflows.step import Step
from workflows.versions import ProcessVersion

Json = Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act led to: the work items that it opened, and whether the task itself is finished. `held`: it waits
    for signatures that were asked for after it."""
    instance_id: int
    opened: tuple[int, ...] = ()
    ended: bool = False
    incident: str | None = None
    held: bool = False


def start_case(session: Session, key: str, variables: Mapping[str, Json], *, actor: Actor, now: datetime,
               calendar: Calendar, issue: Issue | None = None) -> Held:
    """Starts an instance of the current version of `key`, for an issue if one is given; one that is not yet flushed is
    entered in one go with its instance. Raises NotFound."""
    began = perf_counter()
    held = recorder.create_instance(session, key, now)
    held.began = began
    version, calendar = definitions.version_of(session, held.definition_hash), calendars.newest(session, calendar, held)
    step = engine.start(version, variables, now=now, calendar=calendar)
    if issue is not None:
        issue.instance_id = held.id
        session.add(issue)
        session.flush()
        held.issue_id = issue.id
    entry = Entry("input", "start", now, actor, sentences.started(version, actor), calendar.version,
                  {"variables": dict(variables)})
    recorder.record(session, held, step, entry)
    if issue is not None:
        session.expire(issue)
    return held


def complete_item(session: Session, item_id: int, answers: Mapping[str, Json], *, actor: Actor, now: datetime,
                  calendar: Calendar, idempotency_key: str | None = None) -> Outcome:
    """办结: finishes a task with answers that its form accepted.

    Raises NotYours, AlreadyDone, Blocked (signatures asked for before it are open) and the engine's own refusals. If
    signatures were asked for after it, the answers are kept and the task waits for them. The same person's second
    submit with the same `idempotency_key` changes nothing and returns what the first one did.
    """
    key = idempotency.bound(idempotency_key, actor, f"complete/{item_id}") if idempotency_key else None
    try:
        item, held = items.hold_open(session, item_id, actor)
    except (AlreadyDone, Blocked):
        if key is None or (earlier := idempotency.earlier(session, key)) is None:
            raise
        return Outcome(**{**earlier, "opened": tuple(earlier["opened"])})
    if item.signatures_open:
        raise Blocked(say("前加签的人还没有都给出意见，请等他们答复，或先减签。"))
    if items.keep_for_signatures(session, item, held, answers, actor=actor, now=now):
        outcome = Outcome(held.id, held=True)
    else:
        principal = actor.principal_for(item.unit_code, item.position_code, item.assignee_id)
        outcome = _complete(session, item, held, answers, actor=actor, principal=principal, now=now, calendar=calendar)
    if key is not None:
        idempotency.remember(session, key, asdict(outcome), now)
    return outcome


def complete_held(session: Session, item_id: int, *, actor: Actor, now: datetime, calendar: Calendar) -> Outcome:
    """Finishes a task whose answers waited for signatures, in the name of the person who gave them."""
    item, held = items.hold_waiting(session, item_id)
    answers = item.answer or {}
    owner = items.holder_of(session, item)
    return _complete(session, item, held, answers, actor=owner or actor, principal=item.on_behalf_of, now=now,
                     calendar=calendar)


def _complete(session: Session, item: Item, held: Held, answers: Mapping[str, Json], *, actor: Actor,
              principal: int | None, now: datetime, calendar: Calendar) -> Outcome:
    version, calendar = definitions.version_of(session, held.definition_hash), calendars.newest(session, calendar, held)
    step = engine.complete(version, held.state, item.task_id, answers, now=now, calendar=calendar)
    jump_to = items.jump_target(session, item, held, step)
    if jump_to is not None:
        step = engine.complete(version, held.state, item.task_id, answers, now=now, calendar=calendar, jump_to=jump_to)
    entry = Entry("input", "complete", now, actor, sentences.completed(version, item, step), calendar.version,
                  {"task_id": item.task_id, "answers": dict(answers), "jump_to": jump_to},
                  (item.unit_code, item.position_code), principal, item.id, item.element_id)
    opened = recorder.record(session, held, step, entry, closing={
        "closed_by": actor.user_id, "on_behalf_of": principal, "answer": dict(answers)})
    return _outcome(held, step, opened)


def deliver_message(session: Session, instance_id: int, message: str, payload: Mapping[str, Json], *, actor: Actor,
                    now: datetime, calendar: Calendar, text: str | None = None,
                    personal: frozenset[str] = frozenset()) -> Outcome:
    """A message from outside: from an enterprise, a supervisor, another system. `personal` are the names in its payload
    that hold personal data, besides those that the process's forms call so. Raises MessageNotExpected."""
    return _input(session, instance_id, "deliver", {"message": message, "payload": dict(payload)},
                  lambda version, state, cal: engine.deliver(version, state, message, payload, now=now, calendar=cal),
                  text or sentences.delivered(message), actor=actor, now=now, calendar=calendar, personal=personal)


def wake_instance(session: Session, instance_id: int, *, actor: Actor, now: datetime, calendar: Calendar) -> Outcome:
    """Fires what is due in an instance."""
    return _input(session, instance_id, "wake", {},
                  lambda version, state, cal: engine.wake(version, state, now=now, calendar=cal),
                  sentences.woken, actor=actor, now=now, calendar=calendar)


def wake_together(session: Session, found: Sequence[Held], *, actor: Actor, now: datetime, calendar: Calendar) -> None:
    """Fires what is due in several instances that are held (hold_running), read and written together."""
    steps = [(held, engine.wake(definitions.version_of(session, held.definition_hash), held.state, now=now,
                                calendar=calendar)) for held in found]
    recorder.record_together(session, [
        (held, step, Entry("input", "wake", now, actor, sentences.woken(step), calendar.version))
        for held, step in steps])


def return_item(session: Session, item_id: int, target_element: str, reason: str, *, jump_back: bool, actor: Actor,
                now: datetime, calendar: Calendar) -> Outcome:
    """退回: sends a task back to one of its `return_targets`. `jump_back`: whoever gets it sends it straight back here
    afterwards, else it walks through the steps between again. Raises NotYours, AlreadyDone, Blocked."""
    item, held = items.hold_open(session, item_id, actor)
    if not reason.strip():
        raise Blocked(say("请写明退回的原因。"))
    if target_element not in dict(return_targets(session, item_id)):
        raise Blocked(say("只能退回到前面已经办过的步骤。"))
    version, calendar = definitions.version_of(session, held.definition_hash), calendars.newest(session, calendar, held)
    step = engine.return_to(version, held.state, item.task_id, target_element, now=now, calendar=calendar)
    principal = actor.principal_for(item.unit_code, item.position_code, item.assignee_id)
    entry = Entry("input", "return_to", now, actor, sentences.returned(version, target_element, reason, jump_back),
                  calendar.version, {"task_id": item.task_id, "target_element": target_element},
                  (item.unit_code, item.position_code), principal, item.id, item.element_id)
    opened = recorder.record(
        session, held, step, entry,
        closing={"closed_by": actor.user_id, "on_behalf_of": principal},
        opening={target_element: {"returned_by_item": item.id, "return_reason": reason, "jump_back": jump_back,
                                  "assignee_id": items.last_doer(session, held, target_element, step.opened)}})
    return _outcome(held, step, opened)


def return_targets(session: Session, item_id: int) -> list[tuple[str, str]]:
    """Where a task may go back to: (element id, name) of the earlier steps that somebody has really done, newest
    first, as far as the diagram allows."""
    row = session.execute(
        select(WorkItem.task_id, WorkItem.element_id, Instance.id, Instance.definition_hash, Instance.state)
        .join(Instance, Instance.id == WorkItem.instance_id)
        .where(WorkItem.id == item_id, WorkItem.status == "open", WorkItem.kind == "task")).one_or_none()
    if row is None:
        return []
    version = definitions.version_of(session, row.definition_hash)
    try:
        allowed = engine.return_targets(version, row.state, row.task_id)
    except TaskNotReady:
        return []
    done = session.execute(
        select(WorkItem.element_id, WorkItem.name).where(
            WorkItem.instance_id == row.id, WorkItem.kind == "task", WorkItem.status == "done",
            WorkItem.element_id.in_(allowed), WorkItem.element_id != row.element_id)
        .order_by(WorkItem.closed_at.desc(), WorkItem.id.desc())).all()
    return list(dict.fromkeys((element, name) for element, name in done))


def recall_item(session: Session, item_id: int, *, actor: Actor, now: datetime, calendar: Calendar) -> Outcome:
    """撤回: takes back what one has just finished, while nobody has begun the next. Raises Blocked, NotYours."""
    item, held = items.hold_done(session, item_id, actor)
    following = items.untouched_successors(session, item, held)
    version, calendar = definitions.version_of(session, held.definition_hash), calendars.newest(session, calendar, held)
    step = engine.recall(version, held.state, following, item.element_id, now=now, calendar=calendar)
    entry = Entry("input", "recall", now, actor, sentences.recalled(item.name), calendar.version,
                  {"task_ids": following, "target_element": item.element_id},
                  (item.unit_code, item.position_code), item.on_behalf_of, item.id, item.element_id)
    opened = recorder.record(session, held, step, entry, opening={
        item.element_id: {"assignee_id": item.on_behalf_of or actor.user_id, **items.as_it_came(session, item)}})
    items.restore_draft(session, item, opened, actor, now)
    return _outcome(held, step, opened)


def assign_variables(session: Session, instance_id: int, values: Mapping[str, Json], *, actor: Actor, now: datetime,
                     calendar: Calendar, text: str) -> Outcome:
    """A decision from outside the diagram changes variables; deadlines that rest on them move."""
    return _input(session, instance_id, "assign_variables", {"values": dict(values)},
                  lambda version, state, cal: engine.assign_variables(version, state, values, now=now, calendar=cal),
                  text, actor=actor, now=now, calendar=calendar)


def retime(session: Session, instance_id: int, *, actor: Actor, now: datetime, calendar: Calendar) -> Outcome:
    """The calendar has changed: works every open deadline of the instance out again, with an entry in its history."""
    return _input(session, instance_id, "retime", {},
                  lambda version, state, cal: engine.retime(version, state, now=now, calendar=cal),
                  sentences.retimed, actor=actor, now=now, calendar=calendar)


def suspend(session: Session, instance_id: int, reason: str, *, actor: Actor, now: datetime,
            calendar: Calendar) -> Outcome:
    """挂起: nothing moves and no timer fires until `resume`."""
    return _input(session, instance_id, "suspend", {},
                  lambda version, state, _: engine.suspend(version, state, now=now), say("暂停办理：%(reason)s",
                                                                                      reason=reason),
                  actor=actor, now=now, calendar=calendar, status="suspended")


def resume(session: Session, instance_id: int, *, actor: Actor, now: datetime, calendar: Calendar) -> Outcome:
    """恢复: goes on; what fell due meanwhile fires at once."""
    return _input(session, instance_id, "resume", {},
                  lambda version, state, cal: engine.resume(version, state, now=now, calendar=cal), say("恢复办理"),
                  actor=actor, now=now, calendar=calendar, status="running")


def cancel(session: Session, instance_id: int, reason: str, *, actor: Actor, now: datetime,
           calendar: Calendar) -> Outcome:
    """Ends an instance in whatever state."""
    return _input(session, instance_id, "cancel", {},
                  lambda version, state, _: engine.cancel(version, state, now=now), say("终止办理：%(reason)s",
                                                                                     reason=reason),
                  actor=actor, now=now, calendar=calendar, lifts=True)


def retry_incident(session: Session, instance_id: int, *, actor: Actor, now: datetime, calendar: Calendar) -> Outcome:
    """After an incident: goes on where the instance stopped, or stops there again. An instance that was stopped from
    outside (its timers failed three times) is tried anew. Either way its deadlines are worked out again."""
    held = hold(session, instance_id)
    if held.status != "incident":
        raise Blocked(say("流程没有停在故障上，不需要重试。"))
    version = definitions.version_of(session, held.definition_hash)
    inside = engine.inspect(version, held.state).incident is not None
    run = engine.retry if inside else engine.retime
    session.execute(update(Timer).where(Timer.instance_id == instance_id).values(attempts=0, not_before=None)
                    .execution_options(synchronize_session=False))
    return _input(session, instance_id, "retry" if inside else "retime", {},
                  lambda version, state, cal: run(version, state, now=now, calendar=cal), say("管理员重试了停下的步骤"),
                  actor=actor, now=now, calendar=calendar, lifts=True)


def _input(session: Session, instance_id: int, op: str, arguments: Mapping[str, Json],
           run: Callable[[ProcessVersion, bytes, Calendar], Step], text: str | Callable[[Step], str], *, actor: Actor,
           now: datetime, calendar: Calendar, status: str | None = None, lifts: bool = False,
           personal: frozenset[str] = frozenset()) -> Outcome:
    """`lifts`: an input that an instance takes while it stops at an incident, from its diagram or from outside."""
    held = hold(session, instance_id)
    if held.status == "incident" and not lifts:
        raise InstanceStopped(say("流程停在一处故障上，管理员处理好之前不能继续。"))
    calendar = calendars.newest(session, calendar, held)
    step = run(definitions.version_of(session, held.definition_hash), held.state, calendar)
    sentence = text if isinstance(text, str) else text(step)
    entry = Entry("input", op, now, actor, sentence, calendar.version, arguments, personal=personal)
    return _outcome(held, step, recorder.record(session, held, step, entry, status=status))


def _outcome(held: Held, step: Step, opened: list[int]) -> Outcome:
    return Outcome(held.id, tuple(opened), step.ended is not None, step.incident.message if step.incident else None)


def state_of(session: Session, instance_id: int) -> tuple[ProcessVersion, bytes]:
    """The version and the stored state of an instance, for reading."""
    row = session.execute(select(Instance.definition_hash, Instance.state).where(Instance.id == instance_id)).one()
    return definitions.version_of(session, row.definition_hash), row.state


def variables(session: Session, instance_id: int) -> dict[str, Json]:
    """The instance's variables as they stand, for forms and pages."""
    return engine.inspect(*state_of(session, instance_id)).variables


def waiting_messages(session: Session, instance_id: int) -> frozenset[str]:
    """The messages that the instance would take now."""
    return frozenset(session.scalar(select(Instance.waiting_messages).where(Instance.id == instance_id)) or ())


def is_suspended(session: Session, instance_id: int) -> bool:
    return session.scalar(select(Instance.status).where(Instance.id == instance_id)) == "suspended"
