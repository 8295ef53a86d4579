"""Makes the bulletin of a month: gathers what its page, the ranking, the clock and the lists tell."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.actor import Actor
from app.dates import city_day, in_full
from app.issues.categories import CATEGORIES, LEVELS
from app.measures import figures, shown
from app.measures.bulletin import cases, listed, summary, tables
from app.measures.bulletin.blocks import Block, Bulletin, Heading, Text
from app.measures.question import Months, Question
from workflows.calendar import Calendar
from workflows.sentence import Sentence, say

TREND = 6
"""months"""


def make(session: Session, actor: Actor, question: Question, units: Mapping[str, str], leaders: Mapping[int, str], *,
         now: datetime, calendar: Calendar) -> Bulletin:
    """The bulletin of the question's last month. `units` and `leaders` are names. Cases are those that `actor` may see;
    figures those of the question's units."""
    question = one_month(question)
    look = shown.look(session, question, now, calendar)
    trend = figures.grouped(session, trend_of(question), "month")
    late, notable = listed.late(session, actor, question, now), listed.notable(session, actor, question)
    blocks: list[Block] = [
        Heading(say("一、总体情况")), *summary.whole(look, _period(question, now)), tables.lines(look),
        Heading(say("二、近六个月走势")), *tables.trend(trend),
        Heading(say("三、各单位排名")), *tables.ranking(look, question.measure),
        Heading(say("四、各类别和各包联领导情况")), *tables.categories(look), *tables.leaders(look, leaders),
        Heading(say("五、责任时钟")), *tables.clock(listed.time_by_unit(session, question), units),
        Heading(say("六、退回与推诿")), *tables.sent_away(look),
        Heading(say("七、逾期未结")), *cases.late(late, look, units, now, calendar),
        Heading(say("八、值得关注的问题")), *cases.notable(notable, units),
        Heading(say("附件：指标的定义和来源")), tables.definitions()]
    return Bulletin(
        name=say("企业困难问题办理月报"), number=_number(question.months.last),
        issuer=units.get(actor.acting[0], "") if actor.acting else "", day=in_full(city_day(now)),
        title=say("%(month)s企业困难问题办理情况", month=in_month(question.months.last)),
        counted=_counted(question, units, leaders), blocks=blocks,
        issues=[each.issue.id for each in (*late, *(known.case for known in notable))])


def in_month(month: str) -> Sentence:
    """2026年3月"""
    year, of_year = month.split("-")
    return say("%(year)s年%(month)s月", year=year, month=int(of_year))


def _number(month: str) -> Sentence:
    """A year's bulletins are numbered by their months."""
    year, of_year = month.split("-")
    return say("%(year)s年第%(number)s期", year=year, number=int(of_year))


def one_month(question: Question) -> Question:
    """The same of the last month alone."""
    return _of(question, 1)


def trend_of(question: Question) -> Question:
    """The same of the months that the trend shows."""
    return _of(question, TREND)


def _of(question: Question, months: int) -> Question:
    return question.of(Months.up_to(question.months.last, months))


def _period(question: Question, now: datetime) -> Text:
    """Which days are counted, and what they are compared with: a month that has not ended is told to be so."""
    first = date.fromisoformat(f"{question.months.first}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    before = in_month(question.previous.months.last)
    if city_day(now) <= last:
        return Text(say("统计期间为%(first)s至%(day)s，本月尚未结束，与%(before)s全月的比较仅供参考。",
                        first=in_full(first), day=in_full(min(city_day(now), last)), before=before))
    return Text(say("统计期间为%(first)s至%(last)s，与%(before)s比较。", first=in_full(first), last=in_full(last),
                    before=before))


def _counted(question: Question, units: Mapping[str, str], leaders: Mapping[int, str]) -> str:
    """Whose cases are counted, '' for all."""
    parts: list[Sentence] = []
    if question.unit:
        parts.append(say("单位：%(unit)s", unit=units[question.unit]))
    elif question.units is not None:
        parts.append(say("单位：%(units)s", units=[units.get(unit, unit) for unit in sorted(question.units)]))
    if question.category:
        parts.append(say("类别：%(category)s", category=CATEGORIES.get(question.category, shown.NOTHING)))
    if question.level:
        parts.append(say("级别：%(level)s", level=LEVELS.get(question.level, shown.NOTHING)))
    if question.leader is not None:
        parts.append(say("包联领导：%(leader)s", leader=leaders[question.leader]))
    return say("统计范围（%(parts)s）", parts=parts) if parts else ""
