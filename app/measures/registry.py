"""Every measure, defined once: in words, with its source, and as terms on a case's facts.

The terms are read three ways, and only here written: rollups count what meets them, a figure's list is the query of the
cases that meet them, and the page, the workbook and docs/measures.md show the words.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from workflows.sentence import say

Term = tuple[bool, ...]
Terms = Mapping[str, Term]
"""column of CaseFact → the values of which it has one"""
YES: Term = (True,)
KNOWN: Term = (True, False)


class Form(StrEnum):
    """What kind of number a measure is."""
    COUNT = "count"
    """cases that meet `hits`"""
    RATE = "rate"
    """of the cases that meet `among`, those that meet `hits` too"""
    TIMES = "times"
    """how often, added up over the units' shares of cases: the unit is who did it"""
    MEAN = "mean"
    """working time of a unit's shares, in hours a case"""
    HOURS = "hours"
    """a percentile of whole working hours"""
    OVERDUE = "overdue"
    """what is open and past its limit now, whatever the period: how many, and how old"""


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure. `month` is the month of the case that it is counted in; `sums` the columns of CaseShare that TIMES and
    MEAN add up; `better` says which direction is good, None if neither."""
    key: str
    name: str
    words: str
    source: str
    form: Form
    month: Literal["opened", "closed"] = "closed"
    hits: Terms = field(default_factory=dict)
    among: Terms = field(default_factory=dict)
    sums: tuple[str, ...] = ()
    percentile: int = 0
    better: Literal["more", "less"] | None = None

    @property
    def missed(self) -> Terms:
        """What distinguishes the cases that `hits` does not count, of those among which it counts: the one column of
        `hits` has another value."""
        return {column: tuple(value for value in KNOWN if value not in values) for column, values in self.hits.items()}


_SETTLED: Terms = MappingProxyType({"settled": YES})

MEASURES: tuple[Measure, ...] = (
    Measure("registered", say("登记件数"), say("期内登记的问题。"), say("实施方案 C1、C8"), Form.COUNT, "opened"),
    Measure("settled", say("办结件数"), say("期内办结的问题；企业撤回的和并入其他问题的不算。"), say("实施方案 C8"),
            Form.COUNT, hits=_SETTLED),
    Measure("response", say("响应率"),
            say("期内办结并由企业评价的问题里，企业对响应快慢评为“一般”及以上的占比。没有评价的不计入。"),
            say("实施方案 C6“第一时间得到有效响应”；三率，接诉即办"), Form.RATE, hits={"responded": YES},
            among={"settled": YES, "responded": KNOWN}, better="more"),
    Measure("solution", say("解决率"), say("期内办结并由企业评价的问题里，企业认为已经解决的占比。没有评价的不计入。"),
            say("实施方案 C1“评价”、C4；三率，接诉即办"), Form.RATE, hits={"solved": YES},
            among={"settled": YES, "solved": KNOWN}, better="more"),
    Measure("satisfaction", say("满意率"),
            say("期内办结并由企业评价的问题里，企业评为“基本满意”及以上的占比。没有评价的不计入。"),
            say("实施方案 C1“评价”、C6“高质量如期办复”；三率，接诉即办"), Form.RATE, hits={"satisfied": YES},
            among={"settled": YES, "satisfied": KNOWN}, better="more"),
    Measure("on_time", say("按期办结率"),
            say("期内办结的问题里，自始至终没有超过当时期限（没有亮过红灯）的占比。准予的延期按延后的期限算。"),
            say("实施方案 C4“1个月内、3个月内解决”、C6“如期办复”"), Form.RATE, hits={"on_time": YES},
            among={"settled": YES, "on_time": KNOWN}, better="more"),
    Measure("plan_breach", say("五日方案超期率"),
            say("期内登记、须在五个工作日内制定办理方案的问题里，到期没有方案的占比。"), say("实施方案 C3"), Form.RATE,
            "opened", hits={"plan_breached": YES}, among={"plan_asked": YES}, better="less"),
    Measure("median", say("办结工时中位数"),
            say("期内办结的问题，从登记到最后一次答复的工作小时，由短到长排在第50%位的那一件。满一小时计一小时。"),
            say("实施方案 C2“即收即交即办”、C4"), Form.HOURS, hits=_SETTLED, percentile=50, better="less"),
    Measure("p90", say("办结工时第90百分位"),
            say("期内办结的问题，从登记到最后一次答复的工作小时，由短到长排在第90%位的那一件。满一小时计一小时。"),
            say("实施方案 C2“即收即交即办”、C4"), Form.HOURS, hits=_SETTLED, percentile=90, better="less"),
    Measure("held", say("每件在手工时"),
            say("期内办结的问题，平均每件在一个单位手里的工作小时：办理、等待他人、退回后重办合计，暂停和等企业的时间不算。"),
            say("实施方案 C5“规避多头办理、重复办理或推诿扯皮”；责任时钟"), Form.MEAN, hits=_SETTLED,
            sums=("working", "waiting", "sent_back"), better="less"),
    Measure("returns", say("退回次数"),
            say("期内登记的问题，各单位把办理中的事项退回前面步骤的次数，记在退回的单位名下。"),
            say("实施方案 C5“职责精准对接”"), Form.TIMES, "opened", sums=("returns",), better="less"),
    Measure("refusals", say("推诿次数"),
            say("期内登记的问题，各单位不予受理、把交办退回的次数，记在不受理的单位名下。"),
            say("实施方案 C5“规避多头办理、重复办理或推诿扯皮”"), Form.TIMES, "opened",
            sums=("refusals",), better="less"),
    Measure("reopened", say("重办率"), say("期内办结的问题里，企业不满意而由督办员责令重办过的占比。"),
            say("实施方案 C1“评价”、C6“高质量”"), Form.RATE, hits={"reopened": YES},
            among={"settled": YES, "reopened": KNOWN}, better="less"),
    Measure("overdue", say("逾期未结"), say("此刻还没有办结、已过期限的问题，不论何时登记；龄期是超过期限的工作日数。"),
            say("实施方案 C4、C8“逐一跟踪”"), Form.OVERDUE, better="less"),
)
BY_KEY: Mapping[str, Measure] = MappingProxyType({measure.key: measure for measure in MEASURES})
COUNTED = tuple(measure for measure in MEASURES if measure.form is not Form.OVERDUE)
"""those that rollups count"""


def meets(terms: Terms, fact: Mapping[str, object]) -> bool:
    """Whether a case's facts meet the terms."""
    return all(fact[column] in values for column, values in terms.items())


def among_name(key: str) -> str:
    """Under which name a cell counts what a measure's cases are out of."""
    return f"{key}/"


def hours_name(hours: int) -> str:
    """Under which name a cell counts cases that took so many whole working hours."""
    return f"h{hours}"
