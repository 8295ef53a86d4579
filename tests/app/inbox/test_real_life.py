"""The operations on the real life of a complex issue: the plan is a called process, joint units answer in parallel."""
from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.actor import ENTERPRISE
from app.cases import check, service
from app.cases.errors import Blocked
from app.inbox import consult, finishing, handover, reminders, signatures, supervision
from app.issues import facts
from app.issues.registration import register
from app.models import History, Issue, Timer, WorkItem
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import do, live, publish_lifecycle
from tests.conftest import MONDAY
from workflows.calendar import CITY_ZONE
from workflows.form_answers import validate

COMPLEX = (
    ("collect", {"contacted": True}),
    ("sort", {"sort_result": "proceed", "category": "financing"}),
    ("judge", {"category": "financing", "level": "complex", "scope_place": "city", "judge_reason": "涉及几个部门"}),
    ("dispatch", {"assign_mode": "as_proposed", "assign_note": "请按时制定方案"}),
    ("accept_assignment", {"accepted": True}),
)
PLAN = {"plan_summary": "分两步解决", "milestones": [{"title": "会商", "responsible": "金融办", "date": "2026-03-20"}]}


class Life:
    """A complex issue that its lead has just accepted, and people of the offices that it concerns."""

    def __init__(self, session, calendar, make_actor):
        self.session, self.calendar = session, calendar
        publish_lifecycle(session, MONDAY)
        self.issue, _ = register(session, a_report(), ENTERPRISE, MONDAY, calendar)
        self.now = live(session, self.issue, "accept_assignment", now=MONDAY, calendar=calendar, steps=COMPLEX)
        lead = self.issue.lead_unit
        self.clerk = make_actor("clerk", (lead, "clerk"), name="周雨桐")
        self.head = make_actor("head", (lead, "head"), name="贺东来")
        self.joint = [make_actor(unit, (unit, "clerk")) for unit in self.issue.joint_units]
        self.second = make_actor("second", (self.issue.joint_units[0], "clerk"), name="石敬业")
        self.supervisor = make_actor("supervisor", ("supervision", "supervisor"), name="高立言")
        session.commit()

    def item(self, element, unit=None):
        return self.session.scalars(
            select(WorkItem).where(WorkItem.issue_id == self.issue.id, WorkItem.element_id == element,
                                   WorkItem.kind == "task", WorkItem.status == "open",
                                   WorkItem.unit_code == (unit or self.issue.lead_unit))
            .execution_options(populate_existing=True)).one()

    def open_steps(self):
        return sorted(self.session.scalars(select(WorkItem.element_id).where(
            WorkItem.issue_id == self.issue.id, WorkItem.kind == "task", WorkItem.status == "open")))

    def by(self, who):
        return {"actor": who, "now": self.now}

    def timers(self):
        return {row.element_id: row.due_at for row in self.session.scalars(select(Timer).where(
            Timer.instance_id == self.issue.instance_id))}

    def do(self, element, answers):
        do(self.session, self.issue, element, answers, now=self.now, calendar=self.calendar)
        self.session.commit()

    def sound(self):
        self.session.commit()
        return list(check.broken(self.session, self.issue.instance_id)) == []


@pytest.fixture
def life(session, calendar, make_actor):
    return Life(session, calendar, make_actor)


def test_a_joint_unit_hands_its_answer_over_and_the_others_stay_as_they_are(life):
    unit = life.issue.joint_units[0]
    before = life.open_steps()
    handover.transfer(life.session, life.item("joint_answer", unit).id, life.second.user_id, "请接办",
                      **life.by(life.joint[0]))
    assert life.item("joint_answer", unit).assignee_id == life.second.user_id
    assert life.open_steps() == before and life.sound()


def test_the_plan_in_its_called_process_is_delegated_signed_and_sent_on(life):
    plan = life.item("draft_plan")
    handover.delegate(life.session, plan.id, life.head.user_id, "请先看", **life.by(life.clerk))
    handover.give_back(life.session, plan.id, "可以", PLAN, **life.by(life.head))
    sign, = signatures.add(life.session, plan.id, [life.joint[0].user_id], when="after", mode="all", question="",
                           **life.by(life.clerk))
    life.session.commit()
    service.complete_item(life.session, plan.id, PLAN, calendar=life.calendar, **life.by(life.clerk))
    assert "draft_plan" not in life.open_steps() and life.sound()
    signatures.answer(life.session, sign.id, agree=True, opinion="", calendar=life.calendar,
                      **life.by(life.joint[0]))
    assert "approve_plan" in life.open_steps() and life.sound()


def test_a_plan_that_is_returned_keeps_the_five_days_and_their_reminder(life):
    armed = life.timers()
    life.do("draft_plan", PLAN)
    service.return_item(life.session, life.item("approve_plan").id, "draft_plan", "请补责任人", jump_back=False,
                        calendar=life.calendar, **life.by(life.head))
    assert "draft_plan" in life.open_steps()
    assert life.timers() == armed and life.sound()


def test_judging_anew_disarms_what_hung_on_the_plan_and_arms_it_anew_afterwards(life):
    armed = life.timers()
    service.return_item(life.session, life.item("draft_plan").id, "judge", "应按一般问题办理", jump_back=False,
                        calendar=life.calendar, **life.by(life.clerk))
    assert life.open_steps() == ["judge"] and len(life.timers()) < len(armed)
    life.now = live(life.session, life.issue, "accept_assignment", now=life.now, calendar=life.calendar,
                    steps=COMPLEX[2:])
    assert life.timers().keys() == armed.keys() and life.sound()


def test_questions_and_signatures_fall_away_when_the_supervisor_takes_over(life):
    plan = life.item("draft_plan")
    consult.ask(life.session, plan.id, ("finance", "clerk"), "有资金吗？", **life.by(life.clerk))
    signatures.add(life.session, plan.id, [life.head.user_id], when="before", mode="all", question="",
                   **life.by(life.clerk))
    supervision.take_over(life.session, plan.id, "久拖不决", calendar=life.calendar, **life.by(life.supervisor))
    life.session.commit()
    open_items = life.session.scalars(select(WorkItem).where(WorkItem.issue_id == life.issue.id,
                                                             WorkItem.status.in_(("open", "held")))).all()
    assert {item.kind for item in open_items} == {"task"} and life.sound()


def test_an_extension_is_asked_once_before_the_limit_and_goes_to_the_supervisor(life):
    plan = life.item("draft_plan")
    assert reminders.ask_extension(life.session, plan.id, date(2026, 7, 1), "供货推迟", calendar=life.calendar,
                                   **life.by(life.clerk))
    assert "decide_extension" in life.open_steps() and life.sound()
    with pytest.raises(Blocked, match="一次"):
        reminders.ask_extension(life.session, plan.id, date(2026, 8, 1), "再推迟", calendar=life.calendar,
                                **life.by(life.clerk))


def test_an_extension_is_to_a_day_after_the_present_limit(life):
    limit = life.session.get_one(Issue, life.issue.id).due_at.astimezone(CITY_ZONE).date()
    with pytest.raises(Blocked, match="现在的办结期限之后"):
        reminders.ask_extension(life.session, life.item("draft_plan").id, limit, "供货推迟", calendar=life.calendar,
                                **life.by(life.clerk))


def test_an_extension_that_comes_too_late_is_refused_by_the_diagram_and_recorded(life):
    issue = life.session.get_one(Issue, life.issue.id)
    life.now = issue.due_at - timedelta(hours=1)
    life.session.commit()
    assert not reminders.ask_extension(life.session, life.item("draft_plan").id, date(2026, 8, 1), "来不及",
                                       calendar=life.calendar, **life.by(life.clerk))
    marks = [entry[6] for row in life.session.scalars(select(History).where(
        History.instance_id == life.issue.instance_id)) for entry in row.trace]
    assert "extension_not_allowed" in marks and "decide_extension" not in life.open_steps() and life.sound()


def test_the_lead_urges_a_joint_unit_and_a_joint_unit_does_not_urge_the_lead(life):
    answer = life.item("joint_answer", life.issue.joint_units[0])
    assert reminders.may_urge(life.session, answer, life.head)
    assert not reminders.may_urge(life.session, life.item("draft_plan"), life.joint[0])


def test_the_lead_releases_a_joint_unit_with_a_reason(life):
    answer = life.item("joint_answer", life.issue.joint_units[0])
    supervision.release_joint(life.session, answer.id, "不涉及", calendar=life.calendar, **life.by(life.clerk))
    assert life.open_steps().count("joint_answer") == len(life.issue.joint_units) - 1 and life.sound()


def test_a_finished_branch_says_what_is_still_waited_for(life):
    life.do("draft_plan", PLAN)
    life.do("approve_plan", {"plan_approved": True})
    plan = life.item("execute_plan")
    life.do("execute_plan", {"measures": "已办妥", "unfinished_note": "后续跟进"})
    waiting = finishing.still_open(life.session, plan)
    assert {life.session.get_one(WorkItem, each).element_id for each in waiting} == {"joint_answer"}
    assert "“协办答复”" in finishing.handed_to(life.session, tuple(waiting))


@pytest.mark.parametrize(("result", "asked"), [(None, True), ("late", True), ("done", False), ("dropped", False)])
def test_a_plan_ends_with_a_word_on_every_milestone_that_is_not_done(life, result, asked):
    life.do("draft_plan", PLAN)
    life.do("approve_plan", {"plan_approved": True})
    if result is not None:
        life.do("follow_milestone", {"milestone_result": result, "milestone_note": "见会议纪要"})
    form = finishing.asked(life.session, life.item("execute_plan"))
    missing = validate(form.spec, {"measures": "已办妥"}, form.variables, now=life.now, calendar=life.calendar).errors
    assert ("unfinished_note" in missing) == asked


def test_the_milestones_of_a_plan_that_was_drawn_up_anew_are_asked_about_anew(life):
    for round_again in (True, False):
        life.do("draft_plan", PLAN)
        life.do("approve_plan", {"plan_approved": True})
        if round_again:
            life.do("follow_milestone", {"milestone_result": "done", "milestone_note": "已会商"})
            service.return_item(life.session, life.item("execute_plan").id, "draft_plan", "情况有变", jump_back=False,
                                calendar=life.calendar, **life.by(life.clerk))
    form = finishing.asked(life.session, life.item("execute_plan"))
    missing = validate(form.spec, {"measures": "已办妥"}, form.variables, now=life.now, calendar=life.calendar).errors
    assert "unfinished_note" in missing and life.sound()


@pytest.mark.parametrize("element", ["execute_plan", "joint_answer"])
def test_the_plan_stays_in_sight_of_who_carries_it_out_and_of_who_helps(life, element):
    life.do("draft_plan", PLAN)
    life.do("approve_plan", {"plan_approved": True})
    life.do("follow_milestone", {"milestone_result": "late", "milestone_note": "设备到货晚一周"})
    item = life.session.scalars(select(WorkItem).where(WorkItem.issue_id == life.issue.id, WorkItem.status == "open",
                                                       WorkItem.element_id == element)).first()
    shown, earlier = facts.load(life.session, life.issue).before(item)
    assert [step.item.element_id for step in shown] == ["follow_milestone", "draft_plan"]
    assert [row for step in shown for answer in step.answers for row in answer.rows or ()]
    assert "approve_plan" in {step.item.element_id for step in earlier}
