"""What should become of an issue's life (tests/faults/life.py), in as few words as it takes: who has what open, what
is due, and what the enterprise may say."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.faults import life
from workflows.calendar import CITY_ZONE, Calendar

CALENDAR = Calendar(version=0)


@dataclass
class Model:
    """What should be so. `step` is the open task's element, "wait" while the enterprise has the word, None after the
    end; `opened_by` the item whose finishing has opened it, `back_to` where it goes straight back to."""
    status: str = "running"
    step: str | None = "collect"
    assignee: str | None = None
    touched: bool = False
    opened_by: int | None = None
    back_to: str | None = None
    due: datetime | None = None
    """the one limit that is armed: of handling, until it has passed, or of silence"""
    reminded: int = 0
    done_by: dict[int, tuple[str, str, str | None]] = field(default_factory=dict)
    """finished item → its element, who finished it, where it was to go back to"""

    def enter(self, step: str | None, now: datetime, **how: object) -> None:
        self.step, self.assignee, self.touched, self.opened_by, self.back_to = step, None, False, None, None
        days = {"handle": life.HANDLE_DAYS, "wait": life.SILENCE_DAYS}.get(step or "")
        self.due = close_of_day(now, days) if days else None
        for name, value in how.items():
            setattr(self, name, value)
        if step is None:
            self.status = "completed"

    def let_pass(self, now: datetime) -> None:
        """What is due by now happens first, whoever acts."""
        if self.status != "running" or self.due is None or self.due > now:
            return
        self.due = None
        if self.step == "handle":
            self.reminded += 1
        else:
            self.enter(None, now)


def close_of_day(now: datetime, working_days: int) -> datetime:
    return Calendar.end_of(CALENDAR.add_working_days(now.astimezone(CITY_ZONE).date(), working_days))
