"""Clauses of the plan that a case's marks tell whether it has kept: in time, answered, supervised, followed up, rated.

The marks are those that the diagram records (README of issue-lifecycle, "Marks"); what it does not record is not
judged. A limit is broken once the diagram's own timer has said so, so that nothing here reckons a limit anew.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from app.measures.record import Record
from workflows.calendar import Calendar
from workflows.sentence import Sentence, say
from workflows.working_time import DAY, worked

Judge = Callable[["Marked"], datetime | None]
UNURGED_DAYS = 2
"""working days that a red light may stand without anybody urging: a day until the first urging, and one more"""
UNREPORTED_DAYS = 6
"""and without the leader being told: `leader_after_days` and one more"""
RED_ENDS = ("replied", "withdrawn", "taken_over", "extended", "reworked")
"""after these nobody is to be urged, or the limit is another one"""
RATED = ("rated", "phoned", "not_rated")


@dataclass(frozen=True, slots=True)
class Marked:
    """What a case's marks say. `marks` are (mark, when) in order; `until` is its end, or its newest entry."""
    record: Record
    marks: tuple[tuple[str, datetime], ...]
    until: datetime
    calendar: Calendar

    def first(self, *names: str, after: datetime | None = None) -> datetime | None:
        return next((at for mark, at in self.marks if mark in names and (after is None or at >= after)), None)

    def last(self, *names: str) -> datetime | None:
        return next((at for mark, at in reversed(self.marks) if mark in names), None)

    @property
    def closed(self) -> datetime | None:
        """When it was closed, neither withdrawn nor merged."""
        return self.record.issue.closed_at if self.record.issue.status == "closed" else None


@dataclass(frozen=True, slots=True)
class Clause:
    """A promise: its key, where it stands, its words, and since when a case breaks it (None: it does not)."""
    rule: str
    clause: str
    words: Sentence
    judge: Judge


def _mark(name: str) -> Judge:
    return lambda case: case.first(name)


def _red_without(days: int, *names: str, op: str | None = None) -> Judge:
    """A red light stood for so many working days, and none of these marks was set."""

    def judge(case: Marked) -> datetime | None:
        red = case.first("light_red")
        if red is None or any(stop.span.until is None or stop.span.until > red for stop in case.record.stops()):
            return None  # nobody is to be urged while a case stands still
        pressed = [entry.at for entry in case.record.history if entry.op == op and entry.at >= red] if op else []
        ended = case.first(*names, *RED_ENDS, after=red)
        until = min([case.until, *pressed[:1], *([ended] if ended is not None else [])])
        return red if worked(case.calendar, red, until) > days * DAY else None

    return judge


def _unanswered(case: Marked) -> datetime | None:
    return case.closed if case.first("replied") is None else None


def _unrated(case: Marked) -> datetime | None:
    replied = case.last("replied")
    if case.closed is None or replied is None:
        return None
    return case.closed if case.first(*RATED, after=replied) is None else None


def _unfollowed(case: Marked) -> datetime | None:
    """The enterprise was not content, and the case was closed without a rework or a decision after it."""
    unhappy = case.last("dissatisfied")
    if case.closed is None or unhappy is None:
        return None
    decided = any(item.element_id in ("order_rework", "final_decision") and item.status == "done"
                  and item.closed_at >= unhappy for item in case.record.items)
    return None if decided else unhappy


CLAUSES: tuple[Clause, ...] = (
    Clause("triage_late", "C2", say("登记后一个工作日内交办"), _mark("triage_late")),
    Clause("accept_late", "C2", say("交办后在规定的工作日内受理或者退回"), _mark("accept_overdue")),
    Clause("plan_late", "C3", say("5个工作日内制定办理方案"), _mark("plan_breached")),
    Clause("promise_late", "C4, C6", say("在承诺的期限以内答复"), _mark("light_red")),
    Clause("refused_twice", "C5", say("不推诿扯皮：没有第二次不予受理"), _mark("refused_twice")),
    Clause("unanswered", "C6", say("件件有答复：办结的都答复过企业"), _unanswered),
    Clause("unurged", "C1", say("逾期有人督办：亮红灯后两个工作日内催办"),
           _red_without(UNURGED_DAYS, "urged", "escalated_to_leader", op="urge")),
    Clause("unreported", "C12", say("逾期多日的报包联领导"), _red_without(UNREPORTED_DAYS, "escalated_to_leader")),
    Clause("unrated", "C1", say("答复以后请企业评价"), _unrated),
    Clause("unfollowed", "C8", say("逐一跟踪：企业不满意的，重办或者裁定以后才办结"), _unfollowed),
)


def broken(record: Record, calendar: Calendar) -> Iterator[tuple[Clause, datetime]]:
    """The clauses that a case has broken, and since when."""
    case = Marked(record, tuple((mark, entry.at) for mark, entry in record.marks()),
                  record.issue.closed_at or record.history[-1].at, calendar)
    for clause in CLAUSES:
        at = clause.judge(case)
        if at is not None:
            yield clause, at
