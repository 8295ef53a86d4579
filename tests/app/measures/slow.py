"""Measures worked out the slow and obvious way: every case by itself, from its raw history, minute by minute."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from statistics import median_low
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import service
from app.models import History, Instance, WorkItem
from workflows.calendar import CITY_ZONE, Calendar

MAIN = {"collect", "sort", "judge", "dispatch", "accept_assignment", "handle", "draft_reply", "approve_reply",
        "review_rework", "settle_lead", "phone_follow_up", "order_rework", "final_decision"}
MINUTE = timedelta(minutes=1)


@dataclass
class Told:
    """What a case's history tells, and who is in charge of its enterprise now."""
    unit: str
    opened: str
    leader: int | None = None
    closed: str | None = None
    settled: bool = False
    rating: dict[str, Any] | None = None
    minutes_to_answer: int = 0
    red: bool = False
    reworked: bool = False
    returns: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    """minutes by unit, without what was suspended"""


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether an office is at work in this minute."""
    local = at.astimezone(CITY_ZONE)
    if not calendar.is_working_day(local.date()):
        return False
    return time(8, 30) <= local.time() < time(12) or time(13, 30) <= local.time() < time(18)


def minutes(calendar: Calendar, since: datetime, until: datetime) -> list[datetime]:
    """Each minute of work from one instant to another."""
    whole = int((until - since) / MINUTE)
    return [at for number in range(whole) if is_open(calendar, at := since + number * MINUTE)]


def tell(session: Session, instance: Instance, calendar: Calendar) -> Told:
    rows = session.scalars(select(History).where(History.instance_id == instance.id).order_by(History.seq)).all()
    told = Told(service.variables(session, instance.id)["lead_unit"] or "-", _month(rows[0].at))
    ended = answered = None
    for row in rows:
        marks = {trace[6] for trace in row.trace}
        answers = row.input.get("answers", {}) if row.op == "complete" else {}
        if marks & {"closed", "withdrawn"} and ended is None:
            ended, told.settled = row.at, "closed" in marks
        if "replied" in marks:
            answered = row.at
        if row.input.get("message") == "rated":
            told.rating = row.input["payload"]
        if "satisfaction" in answers:
            told.rating = answers
        told.red |= "light_red" in marks
        told.reworked |= "rework_instruction" in answers
        # who was only asked again, and whose step leads straight back, sends nothing back by answering no
        asked = "g_accepted" in {trace[0] for trace in row.trace}
        told.refusals[row.unit_code] += asked and answers.get("accepted") is False
        told.returns[row.unit_code] += row.op == "return_to"
    if ended is not None:
        told.closed = _month(ended)
        told.minutes_to_answer = len(minutes(calendar, rows[0].at, answered or ended))
        told.held = _held(session, instance, rows, ended, calendar)
    return told


def _held(session: Session, instance: Instance, rows: Iterable[History], ended: datetime,
          calendar: Calendar) -> Counter[str]:
    items = [item for item in session.scalars(select(WorkItem).where(WorkItem.instance_id == instance.id))
             if item.element_id in MAIN]
    pauses = []
    for row in rows:
        if row.op == "suspend":
            pauses.append([row.at, ended])
        elif row.op == "resume":
            pauses[-1][1] = row.at
    held: Counter[str] = Counter()
    for at in minutes(calendar, min(item.opened_at for item in items), ended):
        if any(since <= at < until for since, until in pauses):
            continue
        units = {item.unit_code for item in items
                 if item.opened_at <= at and (item.closed_at is None or at < item.closed_at)}
        assert len(units) <= 1, "a general issue of one banner lies in one place"
        held.update(units)
    return held


def values(cases: Iterable[Told], first: str, last: str, unit: str | None = None,
           leader: int | None = None) -> dict[str, Any]:
    """Every measure's value over these months, of a unit and of a leader, or of all."""
    of_all = [case for case in cases if leader in (None, case.leader)]
    own = [case for case in of_all if unit in (None, case.unit)]
    opened = [case for case in own if first <= case.opened <= last]
    closed = [case for case in own if case.settled and case.closed and first <= case.closed <= last]
    ratings = [case.rating for case in closed if case.rating]
    hours = sorted(case.minutes_to_answer // 60 for case in closed)
    sent = [case for case in of_all if first <= case.opened <= last]
    held = [number for case in of_all if case.settled and case.closed and first <= case.closed <= last
            for each, number in case.held.items() if unit in (None, each)]
    return {
        "registered": len(opened), "settled": len(closed),
        "response": _share([rating["response_rating"] >= 3 for rating in ratings]),
        "solution": _share([rating["solved"] for rating in ratings]),
        "satisfaction": _share([rating["satisfaction"] >= 3 for rating in ratings]),
        "on_time": _share([not case.red for case in closed]), "plan_breach": None,
        "median": median_low(hours) if hours else None, "p90": hours[-(-9 * len(hours) // 10) - 1] if hours else None,
        "held": sum(held) / 60 / len(held) if held else None,
        "returns": sum(number for case in sent for each, number in case.returns.items() if unit in (None, each)),
        "refusals": sum(number for case in sent for each, number in case.refusals.items() if unit in (None, each)),
        "reopened": _share([case.reworked for case in closed])}


def _share(found: list[bool]) -> float | None:
    return sum(found) / len(found) if found else None


def _month(at: datetime) -> str:
    return f"{at.astimezone(CITY_ZONE):%Y-%m}"
