"""The facts of a case from its record, and what it adds to which rollup: pure functions."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.measures.clock import ENTERPRISE, NOBODY, Kind
from app.measures.record import REFUSED, Record
from app.measures.registry import COUNTED, Form, Measure, among_name, hours_name, meets
from workflows.calendar import CITY_ZONE, Calendar
from workflows.working_time import HOUR, worked

Fact = Mapping[str, Any]
"""the columns of a CaseFact"""
Share = Mapping[str, Any]
"""the columns of a CaseShare"""
Key = tuple[int | None, str, str, str, str, str]
"""(leader in charge, month, unit, category, level, what is counted)"""

UNKNOWN = "-"
ENOUGH_RESPONSE = ENOUGH_SATISFACTION = 3
"""“一般” and “基本满意”: from here on an enterprise counts as answered and as content; README of issue-lifecycle,
`dissatisfied_at_most`"""


def month_of(at: datetime) -> str:
    """The city's month of an instant, as 2026-03."""
    return f"{at.astimezone(CITY_ZONE):%Y-%m}"


def fact_of(record: Record, calendar: Calendar) -> dict[str, Any]:
    """The facts of a case, as the columns of its CaseFact."""
    issue, marks = record.issue, Counter(mark for mark, _ in record.marks())
    settled = issue.status == "closed"
    answered = max((entry.at for mark, entry in record.marks() if mark == "replied"), default=None)
    ended = answered or issue.closed_at
    return {
        "issue_id": issue.id, "unit": issue.lead_unit or UNKNOWN, "place": issue.place,
        "category": issue.category or UNKNOWN, "level": issue.level or UNKNOWN, "leader_id": record.leader_id,
        "status": issue.status, "opened_at": issue.registered_at, "opened_month": month_of(issue.registered_at),
        "closed_at": issue.closed_at, "closed_month": month_of(issue.closed_at) if issue.closed_at else None,
        "due_at": issue.due_at, "answered_at": answered,
        "hours": max(0, worked(calendar, issue.registered_at, ended)) // HOUR if settled and ended else None,
        "settled": settled, "on_time": not marks["light_red"] if settled and issue.due_at else None,
        "plan_asked": issue.plan_due_at is not None,
        "plan_breached": bool(marks["plan_breached"]) if issue.plan_due_at else None,
        "rated": issue.satisfaction is not None, "responded": _at_least(issue.response_rating, ENOUGH_RESPONSE),
        "solved": issue.solved, "satisfied": _at_least(issue.satisfaction, ENOUGH_SATISFACTION),
        "reopened": marks["reworked"] > 0 if settled else None, "reworks": marks["reworked"],
        "returns": sum(entry.op == "return_to" for entry in record.history), "refusals": marks[REFUSED]}


def shares_of(record: Record, calendar: Calendar) -> list[dict[str, Any]]:
    """What units had of a case up to its newest entry, as the columns of its CaseShares: their time, and what they sent
    away."""
    shares: dict[str, dict[str, Any]] = {}
    issue = record.issue
    of_case = {"issue_id": issue.id, "opened_month": month_of(issue.registered_at),
               "closed_month": month_of(issue.closed_at) if issue.closed_at else None}

    def of(unit: str) -> dict[str, Any]:
        nothing = {**dict.fromkeys((kind.value for kind in Kind), 0), "returns": 0, "refusals": 0}
        return shares.setdefault(unit, {**of_case, "unit": unit, **nothing})

    for (unit, kind), seconds in record.clock(record.history[-1].at, calendar).items():
        of(unit)[kind.value] += seconds
    for entry in record.history:
        if entry.op == "return_to":
            of(entry.unit_code or NOBODY)["returns"] += 1
    for mark, entry in record.marks():
        if mark == REFUSED:
            of(entry.unit_code or NOBODY)["refusals"] += 1
    return [shares[unit] for unit in sorted(shares)]


def contributions(fact: Fact, shares: Sequence[Share]) -> Counter[Key]:
    """What a case adds to the rollups of its months."""
    found: Counter[Key] = Counter()
    for measure in COUNTED:
        month = fact[f"{measure.month}_month"]
        if month is None:
            continue
        for unit, name, number in _counted(measure, fact, shares):
            if number:
                found[fact["leader_id"], month, unit, fact["category"], fact["level"], name] += number
    return found


def _counted(measure: Measure, fact: Fact, shares: Sequence[Share]) -> list[tuple[str, str, int]]:
    """(unit, what is counted, how many) that a case adds to a measure."""
    unit = fact["unit"]
    if measure.form is Form.RATE:
        among = meets(measure.among, fact)
        return [(unit, among_name(measure.key), among), (unit, measure.key, among and meets(measure.hits, fact))]
    if not meets(measure.hits, fact):
        return []
    if measure.form is Form.COUNT:
        return [(unit, measure.key, 1)]
    if measure.form is Form.HOURS:
        once = measure.percentile == 50 and fact["hours"] is not None  # one histogram serves all percentiles
        return [(unit, hours_name(fact["hours"]), 1)] if once else []
    return [counted for share in shares if share["unit"] not in (ENTERPRISE, NOBODY)
            for counted in _of_share(measure, share)]


def _of_share(measure: Measure, share: Share) -> list[tuple[str, str, int]]:
    total = sum(share[column] for column in measure.sums)
    if measure.form is Form.TIMES:
        return [(share["unit"], measure.key, total)]
    return [(share["unit"], among_name(measure.key), total > 0), (share["unit"], measure.key, total)]


def _at_least(rating: int | None, enough: int) -> bool | None:
    return None if rating is None else rating >= enough
