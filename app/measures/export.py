"""What a measures page shows, and the cases behind a figure, as Excel workbooks."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from app import spreadsheet
from app.dates import city_minute
from app.issues.categories import CATEGORIES, LEVELS, STATUSES
from app.measures.figures import Figure
from app.measures.opened import Case
from app.measures.shown import NOTHING, Shown, behind, in_words, late_in_words
from app.spreadsheet import Value
from workflows.sentence import say

MEDIA_TYPE = spreadsheet.MEDIA_TYPE
HEADERS = (say("范围"), say("名称"), say("名次"), say("指标"), say("数值"), say("依据的件数"), say("上期"), say("变化"),
           say("定义"), say("来源"))
_WIDTHS = (10, 24, 6, 20, 14, 14, 14, 16, 60, 40)
CASE_HEADERS = (say("编号"), say("标题"), say("企业"), say("主办单位"), say("类别"), say("级别"), say("状态"),
                say("登记时间"), say("办结期限"), say("办结时间"), say("办结工时"), say("退回"), say("推诿"),
                say("重办"))
_CASE_WIDTHS = (13, 40, 30, 24, 10, 8, 12, 17, 17, 17, 10, 6, 6, 6)


def workbook(shown: Shown, leaders: Mapping[int, str], period: str, tell: Callable[[object], str] = str) -> bytes:
    """The page as one flat list: the whole, then each month, unit, category and leader with each of its figures."""
    return spreadsheet.workbook(say("统计 %(period)s", period=period), HEADERS, _WIDTHS, _rows(shown, leaders), tell)


def case_workbook(cases: Sequence[Case], units: Mapping[str, str], tell: Callable[[object], str] = str) -> bytes:
    """The cases behind a figure."""
    return spreadsheet.workbook(say("问题"), CASE_HEADERS, _CASE_WIDTHS, (case_values(case, units) for case in cases),
                                tell)


def case_values(case: Case, units: Mapping[str, str]) -> tuple[Value, ...]:
    """The values of a case, in the order of CASE_HEADERS."""
    issue, fact = case.issue, case.fact
    return (issue.number, issue.title, issue.enterprise.name, units.get(fact.unit, NOTHING),
            CATEGORIES.get(fact.category, NOTHING), LEVELS.get(fact.level, NOTHING), STATUSES.get(fact.status),
            city_minute(fact.opened_at), city_minute(fact.due_at), city_minute(fact.closed_at), fact.hours,
            fact.returns, fact.refusals, fact.reworks)


def _rows(shown: Shown, leaders: Mapping[int, str]) -> Iterator[tuple[Value, ...]]:
    for line in shown.lines:
        yield (say("全部"), "", None, line.measure.name, line.text, line.behind, line.before, line.change,
               line.measure.words, line.measure.source)
    for month, figures in shown.months.items():
        yield from _of(say("月份"), month, None, figures)
    for ranked in shown.units.values():
        for row in ranked:
            yield from _of(say("单位"), row.name, row.place, row.figures)
            yield (say("单位"), row.name, row.place, say("逾期未结"), str(row.overdue.number),
                   late_in_words(row.overdue), "", "", "", "")
    for category, figures in shown.categories.items():
        yield from _of(say("类别"), CATEGORIES.get(category, NOTHING), None, figures)
    for leader, figures in shown.leaders.items():
        yield from _of(say("包联领导"), leaders.get(leader, NOTHING), None, figures)


def _of(range_: str, name: str, place: int | None, figures: Mapping[str, Figure]) -> Iterator[tuple[Value, ...]]:
    for figure in figures.values():
        yield (range_, name, place, figure.measure.name, in_words(figure), behind(figure), "", "",
               figure.measure.words, figure.measure.source)
