"""The demonstration's dispatch meeting: called for the most urgent cases, one decision carried out, one under way."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import service
from app.demo.agenda import Agenda
from app.meetings import calling
from app.models import Issue, WorkItem
from workflows.calendar import CITY_ZONE, Calendar

CASES = 2
DAYS_AGO = 5
"""working days since it was called"""
SUPERVISOR = ("supervision", "supervisor")
CHECK, PLAN = "与企业当面核实诉求，补齐材料", "拿出解决方案，明确完成时间"
Holders = Mapping[tuple[str, str], Sequence[Actor]]


class DemoMeeting:
    """The steps of one meeting on the agenda of a city, at times of office so that nothing else moves."""

    def __init__(self, session: Session, holders: Holders, calendar: Calendar) -> None:
        self.session, self.holders, self.calendar = session, holders, calendar
        self.instance_id: int | None = None
        self.lead, self.numbers = "", list[str]()

    def plan(self, agenda: Agenda, now: datetime) -> None:
        """Puts the meeting's steps on the agenda, up to `now`."""
        first = self.calendar.subtract_working_days(now.astimezone(CITY_ZONE).date(), DAYS_AGO)
        second = self.calendar.add_working_days(first, 1)
        for day, at, act in (
                (first, time(9, 10), self._call), (first, time(9, 50), partial(self._notice, second)),
                (first, time(14), self._confirm),
                (second, time(11), self._minutes),
                (self.calendar.add_working_days(second, 1), time(15), partial(
                    self._do, "carry_out_clerk", {"done_note": "已到企业当面核实，诉求和材料都已补齐。"})),
                (self.calendar.add_working_days(second, 2), time(10), partial(
                    self._do, "confirm_decision", {"settled": True, "settle_note": "已向企业核实。"}))):
            agenda.at(datetime.combine(day, at, CITY_ZONE), act)

    def _call(self, at: datetime) -> None:
        """For the cases whose limits are the earliest, of those that somebody leads."""
        issues = self.session.scalars(
            select(Issue).where(Issue.closed_at.is_(None), Issue.lead_unit.is_not(None))
            .order_by(Issue.light != "red", Issue.due_at, Issue.id).limit(CASES)).all()
        if issues:
            self.lead, self.numbers = str(issues[0].lead_unit), [issue.number for issue in issues]
            self.instance_id = calling.call(
                self.session, self.numbers, calling.proposed_title(issues), "请主办单位带上办理记录。", again=False,
                actor=self.holders[SUPERVISOR][0], now=at, calendar=self.calendar).instance_id

    def _notice(self, held_on: date, at: datetime) -> None:
        if self.instance_id is not None:
            agenda = service.variables(self.session, self.instance_id)["agenda"]
            self._do("prepare_notice", {
                "go": "send", "held_on": held_on.isoformat(), "held_time": "09:30", "venue": "市政府2号楼第三会议室",
                "attendees": [{"unit": self.lead, "position": "head"}, {"unit": "miit", "position": "clerk"}],
                "leader_attends": False, "guests": "企业负责人", "agenda": agenda,
                "notice_note": "汇报不超过五分钟。"}, at)

    def _confirm(self, at: datetime) -> None:
        if self.instance_id is not None:
            head = self.holders[self.lead, "head"][0].name
            self._do("confirm_head", {"attending": True, "participant": head}, at)

    def _minutes(self, at: datetime) -> None:
        if self.instance_id is not None:
            self._do("record_minutes", {
                "outcome": "held", "present": "市人民政府督查室、主办单位和企业",
                "minutes": "会议听取了办理进展，认为卡在部门之间的衔接，议定由主办单位牵头，逐项销号。", "decisions": [
                    {"title": CHECK, "unit": self.lead, "position": "clerk", "days": 3, "case": self.numbers[0]},
                    {"title": PLAN, "unit": self.lead, "position": "head", "days": 10, "case": self.numbers[-1]}]}, at)

    def _do(self, element: str, answers: Mapping[str, Any], at: datetime) -> None:
        """Finishes the meeting's open task at this element, if it has come to one."""
        item = self.session.scalars(select(WorkItem).where(
            WorkItem.instance_id == self.instance_id, WorkItem.element_id == element,
            WorkItem.status == "open")).first()
        if item is not None:
            service.complete_item(self.session, item.id, answers, now=at, calendar=self.calendar,
                                  actor=self.holders[item.unit_code, item.position_code][0])
