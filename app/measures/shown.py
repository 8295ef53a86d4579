"""Figures in words: what the page and the workbook both show."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.measures import overdue
from app.measures.figures import Figure, grouped, whole
from app.measures.overdue import Overdue
from app.measures.question import Question
from app.measures.registry import BY_KEY, COUNTED, MEASURES, Form, Measure
from app.models import Unit
from workflows.calendar import Calendar
from workflows.sentence import say

NOTHING = "—"
SAME = say("持平")
ENOUGH = 5
"""cases from which on a unit is ranked (policy/benchmarks: n < 5 is not ranked)"""
RANKED_KINDS: Mapping[str, str] = {"department": say("市直部门"), "banner": say("旗区"), "zone": say("园区"),
                                   "agency": say("驻市机构"), "city": say("市级"), "leader": say("市领导")}
"""ranked apart, since their work differs"""


@dataclass(frozen=True, slots=True)
class Line:
    """A measure's line: this period, what stands behind it, the period before and the change; `good` tells whether the
    change is one for the better, None where neither can be said."""
    measure: Measure
    text: str
    behind: str
    before: str = ""
    change: str = ""
    good: bool | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A unit's place among its kind by the chosen measure; None: too few cases, or none. Equal figures share one."""
    unit: str
    name: str
    place: int | None
    figures: Mapping[str, Figure]
    overdue: Overdue


@dataclass(frozen=True, slots=True)
class Shown:
    """A measures page: the lines, the trend by month, units by kind, categories, leaders in charge by their ids."""
    lines: Sequence[Line]
    months: Mapping[str, Mapping[str, Figure]]
    units: Mapping[str, Sequence[Ranked]]
    categories: Mapping[str, Mapping[str, Figure]]
    leaders: Mapping[int, Mapping[str, Figure]]


def look(session: Session, question: Question, now: datetime, calendar: Calendar) -> Shown:
    """Everything that a question's page shows, from the rollups and what is overdue now."""
    late, late_by_unit = overdue.by_unit(session, question, now, calendar)
    chosen = BY_KEY[question.measure]
    return Shown(_lines(whole(session, question), whole(session, question.previous), late),
                 grouped(session, question, "month"),
                 _ranked(session, chosen, grouped(session, question, "unit"), late_by_unit),
                 grouped(session, question, "category"), grouped(session, question, "leader_id"))


def in_words(figure: Figure) -> str:
    """A figure's number: 98.5%, 66, 123小时; '—' where nothing was to be counted."""
    if figure.value is None:
        return NOTHING
    if figure.measure.form is Form.RATE:
        return f"{figure.value:.1%}"
    if figure.measure.form is Form.HOURS:
        return say("%(hours)s小时", hours=int(figure.value))
    if figure.measure.form is Form.MEAN:
        return say("%(hours)s小时", hours=f"{figure.value:.1f}")
    return str(int(figure.value))


def behind(figure: Figure) -> str:
    """What stands behind it: 65/66, or how many cases."""
    if figure.measure.form is Form.RATE:
        return f"{figure.hits}/{figure.among}"
    if figure.measure.form in (Form.HOURS, Form.MEAN):
        return say("%(cases)s件", cases=figure.among)
    return ""


def late_in_words(late: Overdue) -> str:
    """The age of what is overdue: in the middle and at the most."""
    if not late.number:
        return ""
    return say("龄期中位数%(median)s个工作日，最长%(oldest)s个", median=late.median, oldest=late.oldest)


def _lines(now: Mapping[str, Figure], before: Mapping[str, Figure], late: Overdue) -> list[Line]:
    lines = []
    for measure in MEASURES:
        if measure.form is Form.OVERDUE:
            lines.append(Line(measure, str(late.number), late_in_words(late), NOTHING))
        else:
            figure, earlier = now[measure.key], before[measure.key]
            lines.append(Line(measure, in_words(figure), behind(figure), in_words(earlier), *_change(figure, earlier)))
    return lines


def _change(figure: Figure, earlier: Figure) -> tuple[str, bool | None]:
    if figure.value is None or earlier.value is None:
        return "", None
    percent = figure.measure.form is Form.RATE
    digits = 0 if figure.measure.form in (Form.COUNT, Form.TIMES, Form.HOURS) else 1
    change = round((figure.value - earlier.value) * (100 if percent else 1), digits)
    if not change:
        return SAME, None
    amount = f"{abs(change):.{digits}f}"
    if percent:
        amount = say("%(points)s个百分点", points=amount)
    text = say("升%(amount)s", amount=amount) if change > 0 else say("降%(amount)s", amount=amount)
    better = figure.measure.better
    return text, None if better is None else (change > 0) is (better == "more")


def _ranked(session: Session, chosen: Measure, by_unit: Mapping[str, Mapping[str, Figure]],
            late: Mapping[str, Overdue]) -> dict[str, list[Ranked]]:
    empty = {measure.key: Figure(measure, None, 0, 0) for measure in COUNTED}
    found: dict[str, list[Ranked]] = {}
    units = session.execute(select(Unit.code, Unit.name, Unit.kind).order_by(Unit.sort, Unit.code)).all()
    for kind, label in RANKED_KINDS.items():
        rows = [Ranked(code, name, None, by_unit.get(code, empty), late.get(code, Overdue()))
                for code, name, of_kind in units
                if of_kind == kind and (code in late or _led(by_unit.get(code, empty)))]
        if rows:
            found[label] = _placed(rows, chosen)
    return found


def _led(figures: Mapping[str, Figure]) -> bool:
    """Whether there is more to say of a unit than that it had a hand in others' cases."""
    return any(figure.among for figure in figures.values() if figure.measure.form is not Form.MEAN)


def _placed(rows: Sequence[Ranked], chosen: Measure) -> list[Ranked]:
    """The best first, then those with too few cases. Without a better end the largest number comes first."""
    def value(row: Ranked) -> float | None:
        return row.figures[chosen.key].value

    def enough(row: Ranked) -> bool:
        rated = chosen.form in (Form.RATE, Form.MEAN, Form.HOURS)
        return value(row) is not None and (not rated or row.figures[chosen.key].among >= ENOUGH)

    sign = 1 if chosen.better == "less" else -1
    ranked = sorted((row for row in rows if enough(row)), key=lambda row: sign * (value(row) or 0))
    values = [value(row) for row in ranked]
    placed = [Ranked(row.unit, row.name, values.index(value(row)) + 1, row.figures, row.overdue) for row in ranked]
    return placed + [row for row in rows if not enough(row)]
