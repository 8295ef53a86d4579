"""What a measures page is asked for, by the address bar, and how far the person may look."""
from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

from sqlalchemy import ColumnElement

from app.actor import Actor
from app.issues.categories import CATEGORIES, LEVELS
from app.issues.visibility import sees_all
from app.measures.facting import UNKNOWN
from app.measures.registry import COUNTED
from app.models import CaseFact
from app.numbers import whole
from workflows.calendar import CITY_ZONE
from workflows.sentence import say

CHOICES: Mapping[str, Mapping[str, str]] = {"category": {**CATEGORIES, UNKNOWN: say("尚未研判")},
                                            "level": {**LEVELS, UNKNOWN: say("尚未研判")}}
"""the categories and levels that may be chosen"""
MOST_MONTHS = 60
DEFAULT_MONTHS = 12
DEFAULT_MEASURE = "solution"


@dataclass(frozen=True, slots=True)
class Months:
    """From one month to another, both counted, as 2026-03."""
    first: str
    last: str

    def __post_init__(self) -> None:
        assert self.first <= self.last

    @property
    def all(self) -> list[str]:
        return [_named(number) for number in range(_number(self.first), _number(self.last) + 1)]

    @property
    def before(self) -> Months:
        """As many months just before these."""
        length = _number(self.last) - _number(self.first) + 1
        return Months(_named(_number(self.first) - length), _named(_number(self.first) - 1))

    @classmethod
    def up_to(cls, last: str, length: int) -> Self:
        return cls(_named(_number(last) - length + 1), last)


@dataclass(frozen=True, slots=True)
class Question:
    """`units` are the units that are counted, None for all of them; `unit`, `category`, `level` what was chosen, ''
    for all; `leader` the leader in charge of the enterprise, None for all and none. `measure` is the one that the trend
    and the ranking show."""
    months: Months
    units: frozenset[str] | None = None
    unit: str = ""
    category: str = ""
    level: str = ""
    measure: str = DEFAULT_MEASURE
    leader: int | None = None

    @property
    def previous(self) -> Question:
        return self.of(self.months.before)

    def of(self, months: Months) -> Question:
        """The same of other months."""
        return replace(self, months=months)

    def address(self, **different: str) -> dict[str, str]:
        """The question as it stands in an address."""
        given = {"from": self.months.first, "to": self.months.last, "unit": self.unit, "category": self.category,
                 "level": self.level, "leader": str(self.leader or ""), "measure": self.measure, **different}
        return {name: value for name, value in given.items() if value}


def scope(actor: Actor, positions: Collection[str]) -> frozenset[str] | None:
    """The units whose measures the person may see; None: all. A leader, supervisor, auditor or administrator of the
    city sees the city's, others those of the units where they hold one of the `positions` that see measures."""
    if sees_all(actor):
        return None
    return frozenset(unit for unit, position in actor.posts if position in positions)


def chosen(question: Question) -> list[ColumnElement[bool]]:
    """The facts of the category, level and leader that were chosen."""
    return [column == value for column, value in ((CaseFact.category, question.category), (
        CaseFact.level, question.level), (CaseFact.leader_id, question.leader)) if value]


def parse(args: Mapping[str, str], known_units: Collection[str], leaders: Collection[int],
          within: frozenset[str] | None, now: datetime) -> Question:
    """The question of an address, within a person's scope. What is unknown or out of it is left out."""
    leader = whole(args.get("leader"))
    unit = args.get("unit", "")
    if unit not in known_units or (within is not None and unit not in within):
        unit = ""
    return Question(_months(args, now), frozenset({unit}) if unit else within, unit,
                    category=_known(args, "category", CHOICES["category"]),
                    level=_known(args, "level", CHOICES["level"]),
                    measure=_known(args, "measure", [each.key for each in COUNTED]) or DEFAULT_MEASURE,
                    leader=leader if leader in leaders else None)


def _known(args: Mapping[str, str], name: str, among: Collection[str]) -> str:
    value = args.get(name, "")
    return value if value in among else ""


def _months(args: Mapping[str, str], now: datetime) -> Months:
    today = f"{now.astimezone(CITY_ZONE):%Y-%m}"
    last = _month(args.get("to", "")) or today
    first = _month(args.get("from", "")) or _named(_number(last) - DEFAULT_MONTHS + 1)
    if first > last:
        first, last = last, first
    return Months(max(first, _named(_number(last) - MOST_MONTHS + 1)), last)


def _month(text: str) -> str | None:
    try:
        day = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return text if 2001 < day.year < 2099 else None


def _number(month: str) -> int:
    year, of_year = month.split("-")
    return int(year) * 12 + int(of_year) - 1


def _named(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
