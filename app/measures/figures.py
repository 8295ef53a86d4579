"""What the rollups say: each measure's figure for a question, as a whole, by unit, category, month or leader."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.measures.cells import ALL, summed
from app.measures.question import Months, Question
from app.measures.registry import COUNTED, Form, Measure, among_name
from app.models import LeaderCell, MeasureCell
from workflows.working_time import HOUR

By = Literal["month", "unit", "category", "leader_id"]
Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure's number: a count, a share from 0 to 1, or whole hours; None where nothing was to be counted. `hits` of
    `among` cases stand behind it."""
    measure: Measure
    value: float | None
    hits: int
    among: int


def figures(counts: Counts) -> dict[str, Figure]:
    """Every counted measure's figure, by its key."""
    hours = {int(name[1:]): number for name, number in counts.items() if name[0] == "h" and name[1:].isdigit()}
    return {measure.key: _figure(measure, counts, hours) for measure in COUNTED}


def whole(session: Session, question: Question) -> dict[str, Figure]:
    """The figures of all that the question asks for."""
    return figures(summed(counts for _, counts in _cells(session, question, question.months, "month")))


def grouped(session: Session, question: Question, by: By) -> dict[Any, dict[str, Figure]]:
    """The figures by unit, category, month or leader in charge, for those that have any; of months all of them."""
    found: dict[Any, list[Counts]] = defaultdict(list)
    for key, counts in _cells(session, question, question.months, by):
        found[key].append(counts)
    keys: Iterable[Any] = question.months.all if by == "month" else sorted(found)
    return {key: figures(summed(found[key])) for key in keys}


def percentile(hours: Mapping[int, int], percent: int) -> int | None:
    """By nearest rank: the smallest value that at least so many percent of the cases do not exceed."""
    total = sum(hours.values())
    rank = -(-percent * total // 100)
    passed = 0
    for value in sorted(hours):
        passed += hours[value]
        if passed >= rank:
            return value
    return None


def _figure(measure: Measure, counts: Counts, hours: Mapping[int, int]) -> Figure:
    hits, among = counts.get(measure.key, 0), counts.get(among_name(measure.key), 0)
    if measure.form is Form.RATE:
        return Figure(measure, hits / among if among else None, hits, among)
    if measure.form is Form.MEAN:
        return Figure(measure, hits / HOUR / among if among else None, hits, among)
    if measure.form is Form.HOURS:
        total = sum(hours.values())
        return Figure(measure, percentile(hours, measure.percentile), total, total)
    return Figure(measure, hits, hits, hits)


def _cells(session: Session, question: Question, months: Months, by: By) -> list[tuple[Any, Counts]]:
    """(what it is grouped by, counts) of each cell that the question asks for. Those that came back to nothing, since
    their cases are another leader's or unit's now, are left out."""
    cell = LeaderCell if question.leader is not None or by == "leader_id" else MeasureCell
    each_unit = by == "unit" or question.units is not None
    units = cell.unit == ALL if not each_unit else (
        cell.unit != ALL if question.units is None else cell.unit.in_(question.units))
    category = (cell.category == (question.category or ALL) if by != "category" or question.category
                else cell.category != ALL)
    wanted = [cell.month.between(months.first, months.last), units, category, cell.level == (question.level or ALL)]
    if question.leader is not None:
        wanted.append(LeaderCell.leader_id == question.leader)
    rows = session.execute(select(getattr(cell, by), cell.counts).where(*wanted))
    return [(key, counts) for key, counts in rows if counts]
