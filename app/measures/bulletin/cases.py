"""The bulletin's lists of single cases."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from app.dates import city_day
from app.issues.categories import STATUSES
from app.measures.bulletin.blocks import Block, Table, Text
from app.measures.bulletin.listed import Notable, days_late
from app.measures.opened import Case
from app.measures.shown import NOTHING, Shown
from workflows.calendar import Calendar
from workflows.sentence import listed, say

_OVERDUE = "overdue"


def late(found: Sequence[Case], shown: Shown, units: Mapping[str, str], now: datetime,
         calendar: Calendar) -> Iterator[Block]:
    """What is open past its limit as the bulletin is made, the earliest limit first."""
    line = next(line for line in shown.lines if line.measure.key == _OVERDUE)
    if not found:
        yield Text(say("截至制作时没有逾期未结的问题。"))
        return
    yield Text(say("截至制作时，逾期未结%(number)s件，%(ages)s；下表按期限先后列出%(listed)s件。", number=line.text,
                   ages=line.behind, listed=len(found)))
    rows = [(case.issue.number, case.issue.title, case.issue.enterprise.name, units.get(case.fact.unit, NOTHING),
             f"{city_day(case.fact.due_at):%Y-%m-%d}" if case.fact.due_at else NOTHING,
             str(days_late(case, now, calendar))) for case in found]
    yield Table(say("逾期未结的问题"), (say("编号"), say("问题"), say("企业"), say("主办单位"), say("期限"),
                                say("逾期工作日")), rows, (22, 46, 36, 24, 20, 12), frozenset({1, 2, 3}))


def notable(found: Sequence[Notable], units: Mapping[str, str]) -> Iterator[Block]:
    """Cases of the month that are worth a look, with why."""
    if not found:
        yield Text(say("本月没有多次退回推诿、责令重办、五日内没有方案、企业认为没有解决的问题。"))
        return
    yield Text(say("本月登记或办结的问题里，退回推诿合计两次以上、责令重办、五个工作日内没有方案、企业认为没有解决的，"
                   "以及办结用时最长的，共列%(number)s件。", number=len(found)))
    rows = [(each.case.issue.number, each.case.issue.title, each.case.issue.enterprise.name,
             units.get(each.case.fact.unit, NOTHING), STATUSES.get(each.case.fact.status, NOTHING),
             listed(each.reasons)) for each in found]
    yield Table(say("值得关注的问题"),
                (say("编号"), say("问题"), say("企业"), say("主办单位"), say("状态"), say("为什么")), rows,
                (22, 40, 32, 22, 14, 30), frozenset({1, 2, 3, 5}))
