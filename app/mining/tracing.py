"""A case's record as rows: attempts at steps, events passed, what came back, its route. Pure functions."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.measures.clock import Span
from app.measures.facting import UNKNOWN, month_of
from app.measures.record import Record
from app.mining.routes import Token, collapsed, variant_of
from workflows.calendar import Calendar
from workflows.diagram import EVENTS
from workflows.working_time import worked

Item = Row[Any]
Values = dict[str, Any]
"""the columns of a row"""
ACTS = ("claim", "transfer", "delegate", "complete", "return_to", "hold", "add_signers", "consult")
"""what its post does first with a task: from here on it is worked on"""
RETURNED, FLOWED = "returned", "flowed"
_PASSED = ("completed", "fired", "received", "thrown")


def attempts(record: Record) -> list[Item]:
    """The work items that were made from user tasks, in the order in which they came."""
    return sorted((item for item in record.items if item.kind == "task"), key=lambda item: (item.opened_at, item.id))


def first_acts(record: Record) -> dict[int, datetime]:
    """When a post first acted on each work item that it acted on."""
    found: dict[int, datetime] = {}
    for entry in record.history:
        if entry.work_item_id is not None and entry.op in ACTS:
            found.setdefault(entry.work_item_id, entry.at)
    return found


def steps_of(record: Record, calendar: Calendar) -> Iterator[Values]:
    """The columns of the case's CaseSteps."""
    acted, stops = first_acts(record), _joined([stop.span for stop in record.stops()])
    tried: set[str] = set()
    for item in attempts(record):
        waiting = working = None
        if item.closed_at is not None:
            first = min(acted.get(item.id, item.closed_at), item.closed_at)
            waiting = _worked(calendar, item.opened_at, first, stops)
            working = _worked(calendar, first, item.closed_at, stops)
        yield {"work_item_id": item.id, "issue_id": record.issue.id, "element_id": item.element_id,
               "unit": item.unit_code, "position": item.position_code, "opened_at": item.opened_at,
               "first": item.element_id not in tried, "waiting": waiting, "working": working}
        tried.add(item.element_id)


def passes_of(record: Record) -> list[Values]:
    """The columns of the case's CasePasses: of events that have a name, since the others are part of the drawing."""
    passed = Counter(element for entry in record.history for element, _, kind, name, what, _, _ in entry.trace
                     if kind in EVENTS and name and what in _PASSED)
    return [{"issue_id": record.issue.id, "element_id": element, "times": times}
            for element, times in sorted(passed.items())]


def backs_of(record: Record) -> Iterator[Values]:
    """The columns of the case's CaseBacks: returns, and steps done before that are opened again by a step which lies
    after them along the road. What its own doer has recalled did not come back."""
    tried = attempts(record)
    by_id = {item.id: item for item in tried}
    recalled = {(entry.element_id, entry.at) for entry in record.history if entry.op == "recall"}
    done: dict[str, datetime] = {}
    for item in tried:
        if item.closed_at is not None:
            done[item.element_id] = min(item.closed_at, done.get(item.element_id, item.closed_at))
    for item in tried:
        if (item.element_id, item.opened_at) in recalled:
            continue
        origin = by_id.get(item.returned_by_item or item.opened_by_item or 0)
        if origin is None:
            continue
        again = item.element_id in done and done[item.element_id] <= item.opened_at
        target, source = record.along.get(item.element_id), record.along.get(origin.element_id)
        before = target is not None and source is not None and target < source
        if item.returned_by_item is not None or (again and before):
            yield {"work_item_id": item.id, "issue_id": record.issue.id, "origin": origin.element_id,
                   "kind": RETURNED if item.returned_by_item is not None else FLOWED, "target": item.element_id,
                   "unit": origin.unit_code, "position": origin.position_code, "origin_item_id": origin.id,
                   "at": item.opened_at}


def route_of(record: Record) -> tuple[tuple[Token, ...], int]:
    """The case's route over the main road, and how many attempts it was. Steps that nobody began before the press that
    opened them was recalled are none of it."""
    steps = [item.element_id for item in attempts(record)
             if item.element_id not in record.beside and item.status != "recalled"]
    return collapsed(steps), len(steps)


def case_of(record: Record, calendar: Calendar, variant: str, steps: int) -> Values:
    """The columns of its CaseRoute."""
    issue = record.issue
    seconds = worked(calendar, issue.registered_at, issue.closed_at) if issue.closed_at is not None else None
    return {"issue_id": issue.id, "month": month_of(issue.registered_at), "unit": issue.lead_unit or UNKNOWN,
            "category": issue.category or UNKNOWN, "level": issue.level or UNKNOWN, "version": record.definition_hash,
            "ended": issue.closed_at is not None, "variant": variant, "steps": steps,
            "seconds": None if seconds is None else max(0, seconds)}


def rows_of(record: Record, calendar: Calendar) -> Mapping[str, Any]:
    """Everything of a case: {case, route, steps, passes, backs}."""
    route, steps = route_of(record)
    variant = variant_of(route)
    return {"case": case_of(record, calendar, variant, steps), "route": {"variant": variant, "steps": route},
            "steps": list(steps_of(record, calendar)), "passes": passes_of(record), "backs": list(backs_of(record))}


def _worked(calendar: Calendar, since: datetime, until: datetime, stops: Sequence[Span]) -> int:
    """Working time from one instant to another, without what lies in stops."""
    lost = sum(worked(calendar, max(since, stop.since), min(until, stop.until or until)) for stop in stops
               if stop.since < until and (stop.until is None or since < stop.until))
    return worked(calendar, since, until) - lost


def _joined(spans: Sequence[Span]) -> list[Span]:
    """The same time, without overlaps."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: span.since):
        last = found[-1] if found else None
        if last is None or (last.until is not None and last.until < span.since):
            found.append(span)
        elif last.until is not None and (span.until is None or span.until > last.until):
            found[-1] = Span(last.since, span.until)
    return found
