"""What the rollups say: each measure's figure for a question, as a whole, by unit, by category or by month."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.measures.cells import ALL, summed
from app.measures.question import Months, Question
from app.measures.registry import COUNTED, Form, Measure, among_name
from app.models import MeasureCell
from workflows.working_time import HOUR

By = Literal["month", "unit", "category"]
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


def grouped(session: Session, question: Question, by: By) -> dict[str, dict[str, Figure]]:
    """The figures by unit, by category or by month, for those that have any; of months all of them."""
    found: dict[str, list[Counts]] = defaultdict(list)
    for key, counts in _cells(session, question, question.months, by):
        found[key].append(counts)
    keys: Iterable[str] = question.months.all if by == "month" else sorted(found)
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


def _cells(session: Session, question: Question, months: Months, by: By) -> list[tuple[str, Counts]]:
    """(what it is grouped by, counts) of each cell that the question asks for."""
    each_unit = by == "unit" or question.units is not None
    units = MeasureCell.unit == ALL if not each_unit else (
        MeasureCell.unit != ALL if question.units is None else MeasureCell.unit.in_(question.units))
    category = (MeasureCell.category == (question.category or ALL) if by != "category" or question.category
                else MeasureCell.category != ALL)
    rows = session.execute(
        select(getattr(MeasureCell, by), MeasureCell.counts)
        .where(MeasureCell.month.between(months.first, months.last), units, category,
               MeasureCell.level == (question.level or ALL)))
    return [(key, counts) for key, counts in rows]
