"""A case travels through services: rows, history and timers follow the engine on both databases."""
from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.cases import check, definitions, service, timers
from app.cases.errors import AlreadyDone, Blocked, NotYours
from app.models import Copy, Draft, History, Instance, Timer, WorkItem
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.form_coercion import coerce
from workflows.form_fields import Field

PROCESS = d.diagram(
    d.start(), d.user("draft", due="working_days(1)"), d.user("review"), d.user("sign"), d.end(),
    d.boundary("late", "review", d.timer("duration", "working_days(2)"), interrupting=False, record="late",
               notify="'miit'/head", notify_text="已经超期", notify_kind="urge"),
    d.user("urge"), d.end("urged"),
    d.flow("start", "draft", "review", "sign", "end"), d.flow("late", "urge", "urged"))


@pytest.fixture
def case(session, make_actor, calendar):
    """A running instance with its first task open, and somebody who may work on it."""
    clerk = make_actor("clerk", ("miit", "clerk"), name="白一川")
    definitions.publish(session, "p", d.files(PROCESS), now=MONDAY)
    instance = service.start_case(session, "p", {"number": "1"}, actor=clerk, now=MONDAY, calendar=calendar)
    session.commit()
    return instance, clerk


def open_items(session, instance):
    return list(session.scalars(select(WorkItem).where(WorkItem.instance_id == instance.id, WorkItem.status == "open")
                                .order_by(WorkItem.id).execution_options(populate_existing=True)))


def finish(session, item, actor, calendar, now=MONDAY, **answers):
    outcome = service.complete_item(session, item.id, answers, actor=actor, now=now, calendar=calendar)
    session.commit()
    return outcome


def assert_sound(session, instance):
    assert list(check.broken(session, instance.id)) == []


def test_a_started_case_has_a_work_item_for_the_post_of_its_lane(session, case):
    instance, _ = case
    (item,) = open_items(session, instance)
    assert (item.element_id, item.unit_code, item.position_code) == ("draft", "miit", "clerk")
    assert item.due_at is not None
    assert_sound(session, instance)


def test_finishing_a_task_opens_the_next_and_arms_its_timer(session, case, calendar):
    instance, clerk = case
    (item,) = open_items(session, instance)
    outcome = finish(session, item, clerk, calendar, opinion="同意")
    (following,) = open_items(session, instance)
    assert outcome.opened == (following.id,)
    assert following.element_id == "review" and following.opened_by_item == item.id
    session.refresh(item)
    assert (item.status, item.closed_by, item.answer) == ("done", clerk.user_id, {"opinion": "同意"})
    assert session.scalar(select(func.count()).select_from(Timer)) == 1
    assert_sound(session, instance)


def test_a_case_that_is_finished_to_the_end_is_closed(session, case, calendar):
    instance, clerk = case
    for _ in range(3):
        finish(session, open_items(session, instance)[0], clerk, calendar)
    row = session.get_one(Instance, instance.id, populate_existing=True)
    assert row.status == "completed" and row.ended_at == MONDAY
    assert session.scalar(select(func.count()).select_from(Timer)) == 0
    assert_sound(session, instance)


def test_a_task_that_somebody_has_finished_says_who_and_when(session, case, calendar):
    instance, clerk = case
    (item,) = open_items(session, instance)
    finish(session, item, clerk, calendar)
    with pytest.raises(AlreadyDone, match="白一川于03月02日 10:00办结"):
        finish(session, item, clerk, calendar)


def test_a_person_without_the_post_is_refused(session, case, make_actor, calendar):
    instance, _ = case
    stranger = make_actor("stranger", ("finance", "clerk"))
    with pytest.raises(NotYours):
        finish(session, open_items(session, instance)[0], stranger, calendar)


def test_a_due_timer_is_worked_off_and_tells_whom_it_concerns(session, sessions, case, calendar):
    instance, clerk = case
    finish(session, open_items(session, instance)[0], clerk, calendar)
    session.commit()
    assert timers.work_off(sessions, MONDAY + timedelta(days=1)) == 0
    assert timers.work_off(sessions, MONDAY + timedelta(days=4)) == 1
    assert timers.work_off(sessions, MONDAY + timedelta(days=4)) == 0
    assert [item.element_id for item in open_items(session, instance)] == ["review", "urge"]
    copy = session.scalars(select(Copy)).one()
    assert (copy.unit_code, copy.position_code, copy.kind, copy.text) == ("miit", "head", "urge", "已经超期")
    assert open_items(session, instance)[0].urged == 1
    assert_sound(session, instance)


def test_a_returned_task_goes_back_to_the_same_hands_and_jumps_back(session, case, calendar):
    instance, clerk = case
    for _ in range(2):
        finish(session, open_items(session, instance)[0], clerk, calendar)
    (sign,) = open_items(session, instance)
    assert service.return_targets(session, sign.id) == [("review", "review"), ("draft", "draft")]
    service.return_item(session, sign.id, "draft", "附件不全", jump_back=True, actor=clerk, now=MONDAY,
                        calendar=calendar)
    session.commit()
    (again,) = open_items(session, instance)
    assert (again.element_id, again.return_reason, again.assignee_id) == ("draft", "附件不全", clerk.user_id)
    finish(session, again, clerk, calendar)
    (back,) = open_items(session, instance)
    assert back.element_id == "sign"
    assert_sound(session, instance)


def test_a_returned_task_whose_answers_lead_another_way_than_before_goes_that_way(
        session, make_actor, calendar):
    """不受理 after a return is heard, although the case was to come straight back."""
    clerk = make_actor("clerk", ("miit", "clerk"))
    definitions.publish(session, "p", d.files(d.diagram(
        d.start(), d.user("accept"), d.xor("g", default="elsewhere"), d.user("draft"), d.user("sign"), d.end(),
        d.user("elsewhere"), d.end("away"), d.flow("start", "accept", "g"), d.flow("g", "draft", when="accepted"),
        d.flow("draft", "sign", "end"), d.flow("g", "elsewhere", "away"), variables='{"accepted": null}')),
        now=MONDAY)
    for times, answer, leads_to in ((1, False, "elsewhere"), (1, True, "sign"), (2, True, "sign"),
                                    (2, False, "elsewhere")):
        instance = service.start_case(session, "p", {}, actor=clerk, now=MONDAY, calendar=calendar)
        for given in ({"accepted": True}, {}):
            finish(session, open_items(session, instance)[0], clerk, calendar, **given)
        for number in range(times):
            service.return_item(session, open_items(session, instance)[0].id, "accept", "请核实", jump_back=True,
                                actor=clerk, now=MONDAY, calendar=calendar)
            finish(session, open_items(session, instance)[0], clerk, calendar,
                   accepted=answer if number == times - 1 else True)
        assert [item.element_id for item in open_items(session, instance)] == [leads_to], (times, answer)
        assert_sound(session, instance)


@pytest.mark.parametrize("ahead", ["review", "sign", "urge", "nowhere"])
def test_nobody_is_sent_back_to_what_nobody_has_done(session, case, calendar, ahead):
    """The page offers earlier steps only; a form can be made to say anything, and would skip what lies between."""
    instance, clerk = case
    finish(session, open_items(session, instance)[0], clerk, calendar)
    (review,) = open_items(session, instance)
    with pytest.raises(Blocked, match="前面已经办过的步骤"):
        service.return_item(session, review.id, ahead, "请补充", jump_back=False, actor=clerk, now=MONDAY,
                            calendar=calendar)
    assert [item.element_id for item in open_items(session, instance)] == ["review"]


def test_a_returned_task_walks_on_when_it_is_not_to_jump_back(session, case, calendar):
    instance, clerk = case
    for _ in range(2):
        finish(session, open_items(session, instance)[0], clerk, calendar)
    service.return_item(session, open_items(session, instance)[0].id, "draft", "请重写", jump_back=False, actor=clerk,
                        now=MONDAY, calendar=calendar)
    finish(session, open_items(session, instance)[0], clerk, calendar)
    assert [item.element_id for item in open_items(session, instance)] == ["review"]
    assert session.scalar(select(func.count()).select_from(Timer)) == 1, "the reminder is armed again"
    assert_sound(session, instance)


def test_what_was_just_finished_can_be_recalled_with_its_answers_as_a_draft(session, case, calendar):
    instance, clerk = case
    (item,) = open_items(session, instance)
    finish(session, item, clerk, calendar, opinion="草率")
    service.recall_item(session, item.id, actor=clerk, now=MONDAY, calendar=calendar)
    session.commit()
    (again,) = open_items(session, instance)
    assert again.element_id == "draft" and again.assignee_id == clerk.user_id
    assert session.scalars(select(Draft)).one().values == {"opinion": "草率"}
    assert_sound(session, instance)


def test_a_step_that_somebody_has_begun_cannot_be_recalled(session, case, calendar):
    instance, clerk = case
    (item,) = open_items(session, instance)
    finish(session, item, clerk, calendar)
    open_items(session, instance)[0].touched_at = MONDAY
    session.commit()
    with pytest.raises(Blocked, match="已经有人在办"):
        service.recall_item(session, item.id, actor=clerk, now=MONDAY, calendar=calendar)


def test_a_changed_entry_of_the_history_is_found(session, case, calendar):
    instance, clerk = case
    finish(session, open_items(session, instance)[0], clerk, calendar, opinion="同意")
    entry = session.scalars(select(History).where(History.op == "complete")).one()
    entry.input = {**entry.input, "answers": {"opinion": "不同意"}}
    session.commit()
    assert any("被改动过" in line for line in check.broken(session, instance.id))


def test_a_suspended_case_takes_nothing_until_it_goes_on(session, sessions, case, calendar):
    instance, clerk = case
    service.suspend(session, instance.id, "等企业补充材料", actor=clerk, now=MONDAY, calendar=calendar)
    session.commit()
    with pytest.raises(Blocked, match="暂停"):
        finish(session, open_items(session, instance)[0], clerk, calendar)
    service.resume(session, instance.id, actor=clerk, now=MONDAY, calendar=calendar)
    session.commit()
    finish(session, open_items(session, instance)[0], clerk, calendar)
    assert session.get_one(Instance, instance.id, populate_existing=True).status == "running"
    assert_sound(session, instance)


def test_an_error_in_a_diagram_stops_its_own_case_only_and_can_be_retried(session, case, make_actor, calendar):
    good, clerk = case
    broken_diagram = d.diagram(d.start(), d.user("ask"), d.script("count", "n = 1 / zero"), d.user("next"), d.end(),
                               d.flow("start", "ask", "count", "next", "end"), variables='{"zero": 0, "n": null}')
    definitions.publish(session, "p", d.files(broken_diagram), now=MONDAY)
    bad = service.start_case(session, "p", {}, actor=clerk, now=MONDAY, calendar=calendar)
    outcome = finish(session, open_items(session, bad)[0], clerk, calendar)
    assert outcome.incident is not None and "count" in outcome.incident
    finish(session, open_items(session, good)[0], clerk, calendar)
    again = service.retry_incident(session, bad.id, actor=clerk, now=MONDAY, calendar=calendar)
    session.commit()
    assert again.incident is not None
    for instance in (good, bad):
        assert_sound(session, instance)


@pytest.mark.parametrize("typed", ["-0.0", "-0", "0.0000001", "999999999999999.9", "-1000000000000000.0", "1.10",
                                   0.1 + 0.2, -0.0])
def test_a_number_however_written_leaves_a_history_that_proves_itself(session, case, calendar, typed):
    """PostgreSQL keeps numbers of JSON as decimals, in which some texts of floats are written otherwise."""
    instance, clerk = case
    (item,) = open_items(session, instance)
    number = coerce(Field(key="n", type="number"), typed, None)
    finish(session, item, clerk, calendar, n=number, several=[{"n": number}])
    session.expire_all()
    assert_sound(session, instance)


def test_a_suspended_case_in_which_only_a_message_was_awaited_is_sound(session, make_actor, calendar):
    """It waits to be resumed; `zhuqi check` must not call that a fault."""
    clerk = make_actor("clerk", ("miit", "clerk"))
    definitions.publish(session, "p", d.files(d.diagram(
        d.start(), d.node("intermediateCatchEvent", "wait", d.event("message", "m_rated")), d.end(),
        d.flow("start", "wait", "end"), declared=d.declare("rated"))), now=MONDAY)
    instance = service.start_case(session, "p", {}, actor=clerk, now=MONDAY, calendar=calendar)
    service.suspend(session, instance.id, "等上级批复", actor=clerk, now=MONDAY, calendar=calendar)
    assert_sound(session, instance)
