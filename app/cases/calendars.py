"""The working-day calendar in force: the State Council's notices by library, the city's own days by table."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases.errors import Blocked
from app.cases.locking import Held
from app.models import CalendarVersion
from workflows.calendar import Calendar
from workflows.sentence import say

Json = Any
_NEWEST = (select(CalendarVersion.id, CalendarVersion.overrides, CalendarVersion.noticed_years)
           .order_by(CalendarVersion.id.desc()).limit(1))


def current(session: Session) -> Calendar:
    """The newest version; version 0, without the city's own days, when none was ever saved."""
    newest = session.execute(_NEWEST).one_or_none()
    return _calendar_of(newest) if newest is not None else Calendar(version=0)


def of_version(session: Session, version: int) -> Calendar:
    """The calendar as it was in this version, for replay."""
    return _calendar_of(session.get_one(CalendarVersion, version)) if version else Calendar(version=0)


def newest(session: Session, calendar: Calendar, held: Held) -> Calendar:
    """The calendar to step a held instance by: the one that the request has read, unless another has come into force
    before the lock was had. `retiming.retime_all` has passed by then, or waits for this lock."""
    if held.calendar_version in (None, calendar.version):
        return calendar
    return of_version(session, held.calendar_version or 0)


def save(session: Session, overrides: Mapping[str, Mapping[str, Json]], noticed_years: Iterable[int], note: str, *,
         actor: Actor, now: datetime) -> CalendarVersion:
    """Saves a new version, in force from its commit on; `retiming.retime_all` then moves the open deadlines.

    `overrides` are all of the city's own days: {"2027-02-06": {"working": True, "name": "春节调休"}}; `noticed_years`
    the years whose notice is entered among them. Raises Blocked for what is not a date.
    """
    days = {_iso(day): {"working": bool(values["working"]), "name": str(values.get("name", ""))}
            for day, values in overrides.items()}
    saved = CalendarVersion(overrides=days, noticed_years=sorted(set(noticed_years)), note=note, created_at=now,
                            created_by=actor.user_id)
    session.add(saved)
    session.flush()
    return saved


def _iso(day: str) -> str:
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError:
        raise Blocked(say("“%(day)s”不是日期，应形如 2027-02-06。", day=day)) from None


def _calendar_of(row: Row[Any] | CalendarVersion) -> Calendar:
    return _calendar(row.id, orjson.dumps(row.overrides, option=orjson.OPT_SORT_KEYS), tuple(row.noticed_years))


@lru_cache(maxsize=64)
def _calendar(version: int, overrides: bytes, noticed_years: tuple[int, ...]) -> Calendar:
    """Kept by content: a number whose transaction was rolled back may be given again."""
    days = {date.fromisoformat(day): values for day, values in orjson.loads(overrides).items()}
    return Calendar(overrides={day: bool(values["working"]) for day, values in days.items()},
                    names={day: values["name"] for day, values in days.items() if values.get("name")},
                    noticed_years=noticed_years, version=version)
