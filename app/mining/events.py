"""The log of what happened to tasks, for process-mining tools: an event for each transition, streamed case by case.

Transitions are those of the standard lifecycle of IEEE 1849-2016, annex B. Officers are pseudonyms under the
installation's key, with their unit and position; of the enterprise there is nothing but the case's number.
"""
from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import Actor
from app.db import begin_reading
from app.issues.visibility import visible_issues
from app.mining.asked import Asked
from app.mining.tracing import ACTS
from app.models import CaseRoute, History, Issue, WorkItem

AT_ONCE = 200
"""cases that are read together"""
SCHEDULE, START, REASSIGN, COMPLETE, ABORT, WITHDRAW = (
    "schedule", "start", "reassign", "complete", "ate_abort", "withdraw")
ORDER = (SCHEDULE, START, REASSIGN, COMPLETE, ABORT, WITHDRAW)
"""of what happened at one instant to one task"""
HANDED_ON = ("transfer", "delegate", "give_back")


@dataclass(frozen=True, slots=True)
class Event:
    """A transition of a task. `instance` tells attempts at the same step apart; `resource` is '' for nobody."""
    activity: str
    element: str
    transition: str
    at: datetime
    instance: int
    unit: str
    position: str
    resource: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A case with its events in order."""
    issue: Issue
    route: CaseRoute
    events: Sequence[Event]


def traces(sessions: sessionmaker[Session], actor: Actor, asked: Asked, key: str, only: str = "") -> Iterator[Trace]:
    """The cases that are looked at and that the person may see, in the order of their registration; `only` one
    transition of each task, if any. `key` is what pseudonyms are made under. Some cases are read at a time, each time
    in a transaction of its own, since whoever takes the log may be slow."""
    after: int | None = 0
    while after is not None:
        found, after = _some(sessions, actor, asked, key, after)
        for trace in found:
            yield replace(trace, events=[each for each in trace.events if not only or each.transition == only])


def issue_ids(session: Session, actor: Actor, asked: Asked) -> Sequence[int]:
    """The issues of these cases, for the record of who takes the log."""
    return session.scalars(select(CaseRoute.issue_id).join(Issue, Issue.id == CaseRoute.issue_id)
                           .where(*asked.cases, visible_issues(actor)).order_by(CaseRoute.issue_id)).all()


def _some(sessions: sessionmaker[Session], actor: Actor, asked: Asked, key: str,
          after: int) -> tuple[list[Trace], int | None]:
    """The cases that follow this one, and the last of them; None when there are no more."""
    with sessions.begin() as session:
        begin_reading(session)
        cases = session.execute(
            select(Issue, CaseRoute).join(CaseRoute, CaseRoute.issue_id == Issue.id)
            .where(*asked.cases, visible_issues(actor), Issue.id > after).order_by(Issue.id).limit(AT_ONCE)).all()
        events = _events(session, [issue.id for issue, _ in cases], key) if cases else {}
        return ([Trace(issue, route, events[issue.id]) for issue, route in cases],
                cases[-1][0].id if len(cases) == AT_ONCE else None)


def _events(session: Session, issues: Sequence[int], key: str) -> Mapping[int, list[Event]]:
    items = session.execute(
        select(WorkItem.id, WorkItem.issue_id, WorkItem.instance_id, WorkItem.element_id, WorkItem.name,
               WorkItem.unit_code, WorkItem.position_code, WorkItem.status, WorkItem.opened_at, WorkItem.closed_at,
               WorkItem.closed_by)
        .where(WorkItem.issue_id.in_(issues), WorkItem.kind == "task").order_by(WorkItem.id)).all()
    acts: dict[int, list[Any]] = {}
    for act in session.execute(
            select(History.work_item_id, History.op, History.at, History.actor_id)
            .where(History.instance_id.in_({item.instance_id for item in items}),
                   History.op.in_({*ACTS, *HANDED_ON}), History.work_item_id.is_not(None))
            .order_by(History.instance_id, History.seq)):
        acts.setdefault(act.work_item_id, []).append(act)
    found: dict[int, list[Event]] = {issue: [] for issue in issues}
    for item in items:
        found[item.issue_id] += _of_item(item, acts.get(item.id, ()), key)
    for events in found.values():
        events.sort(key=lambda each: (each.at, each.instance, ORDER.index(each.transition)))
    return found


def _of_item(item: Any, acts: Sequence[Any], key: str) -> Iterator[Event]:
    def event(transition: str, at: datetime, person: int | None) -> Event:
        return Event(item.name, item.element_id, transition, at, item.id, item.unit_code, item.position_code,
                     pseudonym(person, key))

    yield event(SCHEDULE, item.opened_at, None)
    first = next((act for act in acts if act.op in ACTS), None)
    if first is not None:
        yield event(START, first.at, first.actor_id)
    for act in acts:
        if act.op in HANDED_ON:
            yield event(REASSIGN, act.at, act.actor_id)
    if item.closed_at is not None:
        done = COMPLETE if item.status == "done" else ABORT if first is not None else WITHDRAW
        yield event(done, item.closed_at, item.closed_by)


def pseudonym(person: int | None, key: str) -> str:
    """R and twelve hexadecimal digits; the same person's are alike in all logs of an installation."""
    if person is None:
        return ""
    return "R" + hmac.new(key.encode(), f"mining {person}".encode(), hashlib.sha256).hexdigest()[:12]
