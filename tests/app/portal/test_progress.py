"""What an enterprise is told, for every stage and status."""
from __future__ import annotations

from datetime import date, datetime
from itertools import product
from typing import Any

import pytest

from app.issues.categories import STAGES, STATUSES
from app.portal.progress import STEPS, IssueFacts, progress
from workflows.calendar import CITY_ZONE, Calendar


def at(month: int, day: int, hour: int = 10, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=CITY_ZONE)


NOW = at(11, 25)
PLAN_DUE = Calendar.end_of(date(2026, 12, 1))
DUE = Calendar.end_of(date(2027, 2, 24))
FINANCE: dict[str, Any] = {"lead_unit": "市财政局", "due_at": DUE}
HANDLED = {**FINANCE, "stage": "handle", "level": "complex", "plan_due_at": PLAN_DUE}
OVERDUE = Calendar.end_of(date(2026, 11, 24))
ANSWER_BY = Calendar.end_of(date(2026, 11, 30))
PROMISE = "承诺在2027年2月24日（周三）前办结。"

TABLE: list[tuple[str, dict[str, Any], int | None, tuple[str, ...], date | None, bool]] = [
    ("just received", {"stage": "collect"}, 0,
     ("我们已收到您反映的困难，正在核对情况，确定由哪个部门办理。", "最迟11月26日（周四）前确定。"),
     date(2026, 11, 26), False),
    ("being sorted", {"stage": "sort"}, 0,
     ("我们已收到您反映的困难，正在核对情况，确定由哪个部门办理。", "最迟11月26日（周四）前确定。"),
     date(2026, 11, 26), False),
    ("being sorted, where two days are allowed", {"stage": "sort", "triage_days": 2}, 0,
     ("我们已收到您反映的困难，正在核对情况，确定由哪个部门办理。", "最迟11月27日（周五）前确定。"),
     date(2026, 11, 27), False),
    ("being judged, later than promised", {"stage": "judge", "registered_at": at(11, 20)}, 0,
     ("我们已收到您反映的困难，正在核对情况，确定由哪个部门办理。",), None, False),
    ("assigned", {"stage": "assign", **FINANCE}, 1, ("已交市财政局，等待其受理。", PROMISE), date(2027, 2, 24), False),
    ("the plan is being made", HANDLED, 2,
     ("已由市财政局受理，方案将在12月1日（周二）前制定。", PROMISE), date(2026, 12, 1), False),
    ("the plan is late", {**HANDLED, "plan_due_at": OVERDUE}, 2,
     ("已由市财政局受理。方案没有在11月24日（周二）前制定出来，督查部门已经知道，正在督促。", PROMISE),
     date(2027, 2, 24), False),
    ("the plan is made", {**HANDLED, "plan_made": True}, 2,
     ("市财政局已制定办理方案，正按方案推进。", PROMISE), date(2027, 2, 24), False),
    ("a special one", {**HANDLED, "level": "special"}, 2,
     ("已由市财政局受理，“一企一策”方案将在12月1日（周二）前制定。", PROMISE), date(2026, 12, 1), False),
    ("a general one", {**FINANCE, "stage": "handle", "level": "general", "due_at": Calendar.end_of(date(2026, 12, 25))},
     2, ("已由市财政局受理，正在办理。", "承诺在12月25日（周五）前办结。"), date(2026, 12, 25), False),
    ("overdue", {"stage": "handle", "level": "general", "lead_unit": "市财政局", "due_at": OVERDUE}, 2,
     ("已由市财政局受理，正在办理。",
      "已超过承诺的期限（11月24日（周二）），督查部门正在督促，对此我们很抱歉。"), None, False),
    ("the reply is being approved", {"stage": "feedback", **FINANCE}, 2,
     ("市财政局已办出结果，答复正在核定，随后发给您。", PROMISE), date(2027, 2, 24), False),
    ("waiting for the rating", {"stage": "evaluate", **FINANCE, "rate_by": Calendar.end_of(date(2026, 12, 2))}, 3,
     ("市财政局已经答复您，答复在下面。", "请在12月2日（周三）前告诉我们办得怎么样：只有三个问题，一分钟就好。"),
     date(2026, 12, 2), True),
    ("rated, not yet decided", {"stage": "evaluate", **FINANCE, "rated": True, "satisfaction": 2}, 3,
     ("您的评价我们收到了，谢谢。", "正在按您的评价确定下一步。"), None, False),
    ("handled again after a bad rating", {**HANDLED, "plan_made": True, "reworked": True}, 2,
     ("您的评价我们收到了。", "市财政局正在重新办理，督查部门在督促。", PROMISE), date(2027, 2, 24), False),
    ("asked", {"stage": "sort", "status": "asked", "question": "?", "answer_by": ANSWER_BY}, 0,
     ("我们有一个问题想请您补充，请在11月30日（周一）前回答，这样可以更快办理。",), date(2026, 11, 30), True),
    ("suspended", {"stage": "handle", "status": "suspended", **FINANCE}, 2,
     ("办理暂时停下了，恢复后会继续。您不需要做什么。",), None, False),
    ("withdrawn", {"stage": "closed", "status": "withdrawn"}, None,
     ("您已撤回这件事，我们不再办理。", "如果困难仍在，随时可以重新填报。"), None, False),
    ("closed and rated", {"stage": "closed", "status": "closed", "closed_at": at(11, 20), "satisfaction": 5}, 4,
     ("已于11月20日（周五）办结。", "感谢您的评价。以后有困难，随时告诉我们。"), None, False),
    ("closed without a rating", {"stage": "closed", "status": "closed", "closed_at": at(11, 20)}, 4,
     ("已于11月20日（周五）办结。", "如果困难还在，可以重新填报，并写上原来的编号。"), None, False),
]


@pytest.mark.parametrize(("facts", "step", "sentences", "next_date", "your_turn"),
                         [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_an_enterprise_reads_in_plain_words_where_it_stands(
        facts: dict[str, Any], step: int | None, sentences: tuple[str, ...], next_date: date | None,
        your_turn: bool) -> None:
    told = progress(_facts(**facts), NOW, Calendar())
    assert (told.sentences, told.step, told.next_date, told.your_turn) == (sentences, step, next_date, your_turn)


@pytest.mark.parametrize(("stage", "status", "level"),
                         list(product([*STAGES, "closed"], STATUSES, [None, "general", "complex", "special"])))
def test_no_stage_and_status_is_left_without_a_sentence(stage: str, status: str, level: str | None) -> None:
    told = progress(_facts(stage=stage, status=status, level=level), NOW, Calendar())
    assert told.sentences
    assert all(sentence.endswith("。") for sentence in told.sentences)
    assert told.step is None or told.step < len(STEPS)
    assert "None" not in "".join(told.sentences)


def _facts(**given: Any) -> IssueFacts:
    return IssueFacts(**{"number": "2026-000123", "stage": "collect", "status": "open", "registered_at": NOW, **given})
