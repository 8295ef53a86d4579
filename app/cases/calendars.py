"""The working-day calendar in force: the State Council's notices by library, the city's own days by table."""
from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import CalendarVersion
from workflows.calendar import Calendar

_loaded: dict[int, Calendar] = {}
"""by version: a version never changes"""


def current(session: Session) -> Calendar:
    """The newest version; version 0, without the city's own days, when none was ever saved."""
    newest = session.scalar(select(CalendarVersion.id).order_by(CalendarVersion.id.desc()).limit(1))
    return of_version(session, newest or 0)


def of_version(session: Session, version: int) -> Calendar:
    """The calendar as it was in this version, for replay."""
    if version == 0:
        return Calendar(version=0)
    if version not in _loaded:
        row = session.get_one(CalendarVersion, version)
        days = {date.fromisoformat(day): values for day, values in row.overrides.items()}
        _loaded[version] = Calendar(
            overrides={day: bool(values["working"]) for day, values in days.items()},
            names={day: values["name"] for day, values in days.items() if values.get("name")},
            noticed_years=tuple(row.noticed_years), version=version)
    return _loaded[version]
