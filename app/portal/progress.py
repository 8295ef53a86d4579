"""Where an issue stands, in an enterprise's words: never a department's inner steps, never a promise that is past.

A pure function of the facts, the instant and the working-day calendar. Five public steps stand for the seven of C1.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.dates import city_day, with_weekday
from workflows.calendar import Calendar
from workflows.sentence import Sentence, say

STEPS = (say("已收到"), say("已交办"), say("办理中"), say("已答复"), say("已办结"))
_STEP_OF = {"collect": 0, "sort": 0, "judge": 0, "assign": 1, "handle": 2, "feedback": 2, "evaluate": 3, "closed": 4}
TRIAGE_DAYS = 1
"""即收即交: received and assigned within one working day (Amb-6), where the process says nothing else"""


@dataclass(frozen=True, slots=True)
class IssueFacts:
    """What progress depends on. Unit names are names, not codes; instants are aware."""
    number: str
    stage: str
    status: str
    registered_at: datetime
    level: str | None = None
    lead_unit: str | None = None
    due_at: datetime | None = None
    plan_due_at: datetime | None = None
    plan_made: bool = False
    question: str | None = None
    answer_by: datetime | None = None
    rate_by: datetime | None = None
    rated: bool = False
    solved: bool | None = None
    satisfaction: int | None = None
    reworked: bool = False
    closed_at: datetime | None = None
    triage_days: int = TRIAGE_DAYS
    """working days in which it is assigned"""


@dataclass(frozen=True, slots=True)
class Progress:
    """`step` is an index into STEPS, None when the issue left the road (withdrawn). `next_date` is the day by which
    something will have happened, or None; `your_turn` that the enterprise is asked for something."""
    sentences: tuple[str, ...]
    step: int | None
    next_date: date | None = None
    your_turn: bool = False


def progress(facts: IssueFacts, now: datetime, calendar: Calendar) -> Progress:
    """What is told to the enterprise at `now`. Every stage and status has a sentence."""
    if facts.status == "withdrawn":
        return Progress((say("您已撤回这件事，我们不再办理。"), say("如果困难仍在，随时可以重新填报。")), None)
    if facts.status == "closed" or facts.stage == "closed":
        return _closed(facts, now)
    if facts.status == "asked":
        return _asked(facts, now)
    if facts.status == "suspended":
        return Progress((say("办理暂时停下了，恢复后会继续。您不需要做什么。"),), _STEP_OF.get(facts.stage, 0))
    if facts.stage == "evaluate":
        return _evaluate(facts, now)
    if facts.stage in ("handle", "feedback"):
        return _handling(facts, now)
    return _before_handling(facts, now, calendar)


def _before_handling(facts: IssueFacts, now: datetime, calendar: Calendar) -> Progress:
    if facts.stage == "assign" and facts.lead_unit:
        first, step = say("已交%(lead_unit)s，等待其受理。", lead_unit=facts.lead_unit), 1
    else:
        first, step = say("我们已收到您反映的困难，正在核对情况，确定由哪个部门办理。"), 0
    by = calendar.add_working_days(city_day(facts.registered_at), facts.triage_days)
    if facts.stage != "assign" and city_day(now) <= by:
        return Progress((first, say("最迟%(day)s前确定。", day=day_words(by, now))), step, by)
    return Progress((first, *_promise(facts, now)), step, _coming(facts.due_at, now))


def _handling(facts: IssueFacts, now: datetime) -> Progress:
    unit = facts.lead_unit or say("承办部门")
    if facts.reworked:
        sentences = [say("您的评价我们收到了。"), say("%(unit)s正在重新办理，督查部门在督促。", unit=unit),
                     *_promise(facts, now)]
        return Progress(tuple(sentences), 2, _coming(facts.due_at, now))
    if facts.stage == "feedback":
        return Progress((say("%(unit)s已办出结果，答复正在核定，随后发给您。", unit=unit), *_promise(facts, now)), 2,
                        _coming(facts.due_at, now))
    if facts.level in ("complex", "special") and not facts.plan_made:
        return _planning(facts, unit, now)
    if facts.level in ("complex", "special"):
        return Progress((say("%(unit)s已制定办理方案，正按方案推进。", unit=unit), *_promise(facts, now)), 2,
                        _coming(facts.due_at, now))
    return Progress((say("已由%(unit)s受理，正在办理。", unit=unit), *_promise(facts, now)), 2,
                    _coming(facts.due_at, now))


def _planning(facts: IssueFacts, unit: str, now: datetime) -> Progress:
    plan = say("“一企一策”方案") if facts.level == "special" else say("方案")
    by = _coming(facts.plan_due_at, now)
    if by is not None:
        sentence = say("已由%(unit)s受理，%(plan)s将在%(day)s前制定。", unit=unit, plan=plan, day=day_words(by, now))
    elif facts.plan_due_at is not None:
        sentence = say("已由%(unit)s受理。%(plan)s没有在%(day)s前制定出来，督查部门已经知道，正在督促。", unit=unit,
                       plan=plan,
                       day=day_words(city_day(facts.plan_due_at), now))
    else:
        sentence = say("已由%(unit)s受理，正在制定%(plan)s。", unit=unit, plan=plan)
    return Progress((sentence, *_promise(facts, now)), 2, by or _coming(facts.due_at, now))


def _promise(facts: IssueFacts, now: datetime) -> tuple[str, ...]:
    if facts.due_at is None:
        return ()
    if facts.due_at >= now:
        return (say("承诺在%(day)s前办结。", day=day_words(city_day(facts.due_at), now)),)
    return (say("已超过承诺的期限（%(day)s），督查部门正在督促，对此我们很抱歉。",
                day=day_words(city_day(facts.due_at), now)),)


def _asked(facts: IssueFacts, now: datetime) -> Progress:
    by = _coming(facts.answer_by, now)
    asked = say("我们有一个问题想请您补充，请在%(day)s前回答，这样可以更快办理。", day=day_words(by, now)) if by else \
        say("我们有一个问题想请您补充，请回答，这样可以更快办理。")
    return Progress((asked,), _STEP_OF.get(facts.stage, 0), by, True)


def _evaluate(facts: IssueFacts, now: datetime) -> Progress:
    unit = facts.lead_unit or say("承办部门")
    if facts.rated:
        return Progress((say("您的评价我们收到了，谢谢。"), say("正在按您的评价确定下一步。")), 3)
    by = _coming(facts.rate_by, now)
    asked = say("请在%(day)s前告诉我们办得怎么样：只有三个问题，一分钟就好。", day=day_words(by, now)) if by else \
        say("请告诉我们办得怎么样：只有三个问题，一分钟就好。")
    return Progress((say("%(unit)s已经答复您，答复在下面。", unit=unit), asked), 3, by, True)


def _closed(facts: IssueFacts, now: datetime) -> Progress:
    on = say("已于%(day)s办结。",
             day=day_words(city_day(facts.closed_at), now)) if facts.closed_at else say("这件事已办结。")
    if facts.satisfaction is None:
        return Progress((on, say("如果困难还在，可以重新填报，并写上原来的编号。")), 4)
    return Progress((on, say("感谢您的评价。以后有困难，随时告诉我们。")), 4)


def day_words(day: date, now: datetime) -> Sentence:
    """12月1日（周二）; with the year in front when it is another than now's."""
    return with_weekday(day, city_day(now))


def _coming(at: datetime | None, now: datetime) -> date | None:
    return city_day(at) if at is not None and at >= now else None
