"""What should become of an issue on the content pack's own issue-lifecycle, as far as a general issue of one banner
goes: its main road with asking, refusing, rework and the supervisor's orders, and what is done beside it."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.faults.board import CALENDAR, Standing, close_of_day
from workflows.calendar import CITY_ZONE, Calendar

ANSWER_DAYS, RATE_DAYS, REWORK_DAYS = 5, 5, 10
YELLOW_BEFORE, LEADER_AFTER, EXTENSION_BEFORE = 3, 5, 1
MOST_REFUSALS, MOST_REWORKS = 2, 1
HANDLING = ("dispatch", "accept_assignment", "handle", "draft_reply", "approve_reply", "review_rework")
BEFORE: Mapping[str, tuple[str, ...]] = {
    "sort": ("collect",), "judge": ("collect", "sort"), "handle": ("judge", "collect"), "draft_reply": ("handle",),
    "approve_reply": ("draft_reply", "judge")}
"""some of the steps that a task may go back to: all of them are done by then"""
_JUDGED = {"category": "financing", "level": "general", "scope_place": "banner", "judge_reason": "一个部门可以解决"}
ANSWERS: Mapping[str, Mapping[bool, dict[str, Any]]] = {
    "collect": {True: {"contacted": True}},
    "sort": {True: {"sort_result": "proceed", "category": "financing"},
             False: {"sort_result": "ask", "question": "贷款什么时候到期？"}},
    "judge": {True: _JUDGED},
    "dispatch": {True: {"assign_mode": "as_proposed", "assign_note": "请先与银行联系"}},
    "accept_assignment": {True: {"accepted": True}, False: {"accepted": False, "refusal_reason": "不是我们的职责"}},
    "handle": {True: {"measures": "召集银行会商"}},
    "draft_reply": {True: {"reply_kind": "solved", "reply": "银行同意续贷一年。"}},
    "approve_reply": {True: {"reply_approved": True}, False: {"reply_approved": False, "reply_comment": "请写明日期"}},
    "review_rework": {True: {"rework_approved": True}, False: {"rework_approved": False, "rework_comment": "请附凭证"}},
    "phone_follow_up": {True: {"reached": True, "solved": True, "satisfaction": 5, "response_rating": 5},
                        False: {"reached": True, "solved": False, "satisfaction": 1, "response_rating": 2}},
    "order_rework": {True: {"rework_instruction": "十日内办好"}},
    "final_decision": {True: {"final_result": "close", "final_opinion": "予以结案"},
                       False: {"final_result": "rework", "rework_instruction": "上门核对", "final_opinion": "再办"}},
    "settle_lead": {True: {"lead_unit": "dongsheng", "joint_units": [], "settle_reason": "由旗区办理"}},
    "leader_instruct": {True: {"leader_instruction": "本周内解决"}},
    "decide_extension": {True: {"extension_granted": True}, False: {"extension_granted": False,
                                                                    "extension_opinion": "理由不足"}},
    "read_material_lead": {True: {"material_note": "已看"}}, "read_material_intake": {True: {"material_note": "已看"}}}
"""step → yes or no → what its form is answered with; a step with one answer knows no no"""


@dataclass
class Road(Standing):
    """What should be so. `step` is the step on the main road, "asked" or "rating" while the enterprise has the word,
    None once that road has ended; `beside` counts the open tasks that are not on it."""
    registered: datetime = field(kw_only=True)
    step: str | None = "collect"
    beside: Counter[str] = field(default_factory=Counter)
    outcome: str = "open"
    light: str = "green"
    limits: dict[str, datetime] = field(default_factory=dict)
    """"promised", "extended", "reworked" → until when; the latest counts"""
    waits_until: datetime | None = None
    done: frozenset[str] = frozenset()
    """steps that somebody has finished"""
    refusals: int = 0
    dissatisfied: int = 0
    leader_asked: bool = False
    asked_until: datetime | None = None
    """the extension that was asked for, once"""

    def copy(self) -> Any:
        twin = super().copy()
        twin.beside = Counter(self.beside)
        return twin

    @property
    def open(self) -> Counter[str]:
        return self.beside + Counter([self.step] if self.step not in (None, "asked", "rating") else [])

    @property
    def due(self) -> datetime | None:
        return max(self.limits.values(), default=None)

    def finish(self, element: str, yes: bool, now: datetime) -> None:
        """What finishing an open task leads to."""
        self.done |= {element}
        if element in self.beside:
            self.beside -= Counter([element])
            if element == "decide_extension" and yes and self.asked_until is not None:
                self.limits["extended"], self.light = self.asked_until, "green"
                self.let_pass(now)
            if self.step is None and not self.beside:
                self.status = "completed"
            return
        getattr(self, f"_{element}")(yes, now)
        self.let_pass(now)

    def _collect(self, _yes: bool, _now: datetime) -> None:
        self.step = "sort"

    def _sort(self, yes: bool, now: datetime) -> None:
        self.step = "judge" if yes else "asked"
        self.waits_until = None if yes else close_of_day(now, ANSWER_DAYS)

    def _judge(self, _yes: bool, _now: datetime) -> None:
        self.limits["promised"] = Calendar.end_of(CALENDAR.add_months(self.registered.astimezone(CITY_ZONE).date(), 1))
        self.step = "handle" if "reworked" in self.limits else "dispatch"

    def _dispatch(self, _yes: bool, _now: datetime) -> None:
        self.step = "accept_assignment"

    def _accept_assignment(self, yes: bool, _now: datetime) -> None:
        self.refusals += not yes
        self.step = "handle" if yes else "settle_lead" if self.refusals >= MOST_REFUSALS else "dispatch"

    def _settle_lead(self, _yes: bool, _now: datetime) -> None:
        self.step = "handle"

    def _handle(self, _yes: bool, _now: datetime) -> None:
        self.step = "draft_reply"

    def _draft_reply(self, _yes: bool, _now: datetime) -> None:
        self.step = "approve_reply"

    def _approve_reply(self, yes: bool, now: datetime) -> None:
        if yes and "reworked" in self.limits:
            self.step = "review_rework"
        else:
            self._review_rework(yes, now)

    def _review_rework(self, yes: bool, now: datetime) -> None:
        self.step = "rating" if yes else "draft_reply"
        self.waits_until = close_of_day(now, RATE_DAYS) if yes else None

    def _phone_follow_up(self, yes: bool, now: datetime) -> None:
        self.rated(yes, now)

    def rated(self, content: bool, _now: datetime) -> None:
        if content:
            self._close("closed")
            return
        self.dissatisfied += 1
        self.step = "order_rework" if self.dissatisfied <= MOST_REWORKS else "final_decision"

    def _order_rework(self, _yes: bool, now: datetime) -> None:
        self.limits["reworked"], self.light, self.step = close_of_day(now, REWORK_DAYS), "green", "handle"

    def _final_decision(self, yes: bool, now: datetime) -> None:
        if yes:
            self._close("closed")
        else:
            self._order_rework(True, now)

    def _close(self, outcome: str) -> None:
        """Ends the main road and what is done beside it; what the enterprise had added may still be read."""
        self.step, self.outcome = None, outcome
        for element in ("leader_instruct", "decide_extension"):
            del self.beside[element]
        if not self.beside:
            self.status = "completed"

    def withdraw(self) -> None:
        self.step, self.outcome, self.status, self.beside = None, "withdrawn", "completed", Counter()

    def add_material(self) -> None:
        self.beside["read_material_lead" if "promised" in self.limits and self.step not in ("sort", "judge")
                    else "read_material_intake"] += 1

    def ask_extension(self, until: datetime, now: datetime) -> None:
        """Too late, and the diagram itself refuses."""
        assert self.due is not None
        last = CALENDAR.subtract_working_days(self.due.astimezone(CITY_ZONE).date(), EXTENSION_BEFORE)
        if now <= Calendar.end_of(last):
            self.asked_until = until
            self.beside["decide_extension"] += 1

    def let_pass(self, now: datetime) -> None:
        while self.status == "running" and (due := [each for each in self._limits() if each[0] <= now]):
            what = min(due)[1]
            if what == "answer":
                self.step = "sort"
            elif what == "rating":
                self.step = "phone_follow_up"
            elif what == "leader":
                self.leader_asked = True
                self.beside["leader_instruct"] += 1
            else:
                self.light = what

    def _limits(self) -> Iterator[tuple[datetime, str]]:
        """What is armed: when, and what then happens."""
        if self.step in ("asked", "rating") and self.waits_until is not None:
            yield self.waits_until, "answer" if self.step == "asked" else "rating"
        if self.step in HANDLING and self.due is not None:
            day = self.due.astimezone(CITY_ZONE).date()
            if self.light == "green":
                yield Calendar.end_of(CALENDAR.subtract_working_days(day, YELLOW_BEFORE)), "yellow"
            if self.light != "red":
                yield self.due, "red"
            if not self.leader_asked:
                yield close_of_day(self.due, LEADER_AFTER), "leader"
