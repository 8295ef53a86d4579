"""A case's responsibility clock as its page shows it: a row for each unit, and how each kind of time adds up."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.measures.clock import ENTERPRISE, NOBODY, Kind, Shares
from app.measures.record import read
from app.models import Issue
from workflows.calendar import Calendar
from workflows.sentence import say
from workflows.working_time import DAY, HOUR

KINDS: Mapping[Kind, str] = {
    Kind.WORKING: say("办理"), Kind.WAITING: say("等待其他单位"), Kind.SENT_BACK: say("退回后重办"),
    Kind.SUSPENDED: say("暂停"), Kind.ENTERPRISE: say("等企业")}
_NAMES = {ENTERPRISE: say("企业"), NOBODY: say("流程故障，不计单位")}


@dataclass(frozen=True, slots=True)
class Row:
    """What lay with a unit, in seconds of working time by kind."""
    unit: str
    seconds: Mapping[Kind, int]

    @property
    def total(self) -> int:
        return sum(self.seconds.values())


@dataclass(frozen=True, slots=True)
class Lying:
    """The rows, the longest first, and the case's age, which they add up to."""
    rows: Sequence[Row]
    total: int

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of time that there were."""
        return [kind for kind in Kind if any(kind in row.seconds for row in self.rows)]

    def of(self, kind: Kind) -> int:
        return sum(row.seconds.get(kind, 0) for row in self.rows)


def of_issue(session: Session, issue: Issue, units: Mapping[str, str], *, now: datetime,
             calendar: Calendar) -> Lying | None:
    """The clock of an issue that the caller was allowed to find; None for one without an instance."""
    records = read(session, [issue.instance_id]) if issue.instance_id else []
    return laid_out(records[0].clock(now, calendar), units) if records else None


def laid_out(shares: Shares, units: Mapping[str, str]) -> Lying:
    """The shares by unit. What two units of one name held stays two rows."""
    by_unit: dict[str, dict[Kind, int]] = {}
    for (unit, kind), seconds in shares.items():
        by_unit.setdefault(unit, {})[kind] = seconds
    rows = [Row(name_of(unit, units), held) for unit, held in by_unit.items()]
    return Lying(sorted(rows, key=lambda row: -row.total), sum(shares.values()))


def name_of(unit: str, units: Mapping[str, str]) -> str:
    """What a unit of the clock is called, the enterprise and nobody included."""
    return _NAMES.get(unit) or units.get(unit, unit)


def in_words(seconds: int) -> str:
    """3个工作日2小时05分; what there is none of is left out, days at the front and the rest behind them."""
    days, rest = divmod(seconds, DAY)
    hours, minutes = rest // HOUR, f"{rest % HOUR // 60:02d}"
    if days and not rest:
        return say("%(days)s个工作日", days=days)
    if days:
        return say("%(days)s个工作日%(hours)s小时%(minutes)s分", days=days, hours=hours, minutes=minutes)
    return say("%(hours)s小时%(minutes)s分", hours=hours, minutes=minutes)
