"""A running case moves to another version and back; its rows and its history follow."""
from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actor import ENTERPRISE
from app.cases import definitions, moving, service, timers
from app.cases.errors import Blocked
from app.issues.registration import register
from app.models import History, Incident, Instance, Timer, WorkItem
from tests.app.cases.test_service import assert_sound, finish, open_items
from tests.conftest import MONDAY
from tests.faults import life
from tests.workflows import diagrams as d
from workflows.errors import StepsGone

LATER = MONDAY + timedelta(hours=3)


def published(session, *parts, **given):
    known = definitions.publish(session, "p", d.files(d.diagram(*parts, **given)), now=MONDAY + timedelta(
        seconds=len(session.scalars(select(definitions.Definition)).all())))
    session.commit()
    return known.hash


def lane(unit, *refs):
    inner = "".join(f"<bpmn:flowNodeRef>{ref}</bpmn:flowNodeRef>" for ref in refs)
    return f'<bpmn:lane id="l">{d.props(position="clerk", unit=unit)}{inner}</bpmn:lane>'


@pytest.fixture
def case(session, make_actor, calendar):
    """A running instance at its second step, with a limit; and an officer."""
    clerk = make_actor("clerk", ("miit", "clerk"), name="白一川")
    published(session, d.start(), d.user("a"), d.user("b", due="hours(40)"),
              d.boundary("late", "b", d.timer("duration", "hours(40)")), d.end(), d.flow("start", "a", "b", "end"),
              d.flow("late", "end"))
    instance = service.start_case(session, "p", {}, actor=clerk, now=MONDAY, calendar=calendar)
    session.commit()
    finish(session, open_items(session, instance)[0], clerk, calendar)
    return instance, clerk


def test_the_item_stays_and_limits_and_history_follow_the_new_version(session, case, calendar):
    instance, clerk = case
    (before,) = open_items(session, instance)
    before_id, before_task = before.id, before.task_id
    to = published(session, d.start(), d.user("new"), d.user("b", due="hours(20)"),
                   d.boundary("late", "b", d.timer("duration", "hours(20)")), d.user("c"), d.end(),
                   d.flow("start", "new", "b", "c", "end"), d.flow("late", "end"))
    moving.migrate(session, instance.id, to, {}, "试点", actor=clerk, now=LATER, calendar=calendar)
    session.commit()
    (item,) = open_items(session, instance)
    assert (item.id, item.task_id) == (before_id, before_task)
    assert item.due_at == session.scalars(select(Timer.due_at)).one() == MONDAY + timedelta(hours=20)
    row = session.get_one(Instance, instance.id, populate_existing=True)
    entry = session.scalars(select(History).where(History.op == "migrate")).one()
    assert row.definition_hash == entry.definition_hash == to
    assert entry.text == "流程由第1版移到第2版：试点"
    assert_sound(session, instance)
    finish(session, item, clerk, calendar, now=LATER)
    assert [each.element_id for each in open_items(session, instance)] == ["c"]
    assert_sound(session, instance)


def test_a_renamed_step_in_another_lane_lies_in_the_other_inbox_unclaimed(session, case, calendar):
    instance, clerk = case
    (item,) = open_items(session, instance)
    item.assignee_id = clerk.user_id
    session.commit()
    to = published(session, d.start(), d.user("b2"), d.end(), d.flow("start", "b2", "end"),
                   lanes=lane("'finance'", "b2"))
    moved = moving.migrate(session, instance.id, to, {"b": "b2"}, "", actor=clerk, now=LATER, calendar=calendar)
    session.commit()
    (item,) = open_items(session, instance)
    assert (item.element_id, item.unit_code, item.assignee_id, item.due_at) == ("b2", "finance", None, None)
    assert_sound(session, instance)
    moving.take_back(session, instance.id, moved, actor=clerk, now=LATER, calendar=calendar)
    session.commit()
    (item,) = open_items(session, instance)
    assert (item.element_id, item.unit_code, item.due_at) == ("b", "miit", MONDAY + timedelta(hours=40))
    assert session.scalars(select(History.text).where(History.op == "take_back")).one() == (
        "收回移动，流程由第2版回到第1版")
    assert_sound(session, instance)
    finish(session, item, clerk, calendar, now=LATER)
    assert_sound(session, instance)


def test_a_limit_that_a_task_gets_counts_from_when_the_history_says_it_was_opened(session, case, calendar):
    instance, clerk = case
    plain = published(session, d.start(), d.user("b"), d.end(), d.flow("start", "b", "end"))
    limited = published(session, d.start(), d.user("b", due="hours(9)"), d.end(), d.flow("start", "b", "end"))
    for to in (plain, limited):
        moving.migrate(session, instance.id, to, {}, "", actor=clerk, now=LATER, calendar=calendar)
        session.commit()
    assert open_items(session, instance)[0].due_at == MONDAY + timedelta(hours=9)
    assert_sound(session, instance)


def test_what_is_overdue_by_the_new_rules_is_worked_off_next(session, sessions, case, calendar):
    instance, clerk = case
    to = published(session, d.start(), d.user("b"), d.boundary("late", "b", d.timer("duration", "hours(1)")),
                   d.user("c"), d.end(), d.flow("start", "b", "end"), d.flow("late", "c", "end"))
    row = session.get_one(Instance, instance.id, populate_existing=True)
    assert moving.tried(session, row, definitions.version_of(session, to), {},
                        now=LATER, calendar=calendar).fires
    moved = moving.migrate(session, instance.id, to, {}, "", actor=clerk, now=LATER, calendar=calendar)
    session.commit()
    assert [item.element_id for item in open_items(session, instance)] == ["b"]
    session.commit()
    assert timers.work_off(sessions, LATER) == 1
    assert [item.element_id for item in open_items(session, instance)] == ["c"]
    with pytest.raises(Blocked, match="收回"):
        moving.take_back(session, instance.id, moved, actor=clerk, now=LATER, calendar=calendar)
    assert_sound(session, instance)


def test_what_was_overdue_by_the_old_rules_happens_before_the_move(session, case, calendar):
    instance, clerk = case
    to = published(session, d.start(), d.user("b"), d.end(), d.flow("start", "b", "end"))
    with pytest.raises(Blocked):
        moving.migrate(session, instance.id, to, {}, "", actor=clerk, now=MONDAY + timedelta(days=9),
                       calendar=calendar)


def test_a_case_that_cannot_move_stays_as_it_was(session, case, calendar):
    instance, clerk = case
    to = published(session, d.start(), d.user("x"), d.end(), d.flow("start", "x", "end"))
    length = session.get_one(Instance, instance.id, populate_existing=True).history_length
    with pytest.raises(StepsGone, match="步骤"):
        moving.migrate(session, instance.id, to, {}, "", actor=clerk, now=LATER, calendar=calendar)
    session.rollback()
    assert session.get_one(Instance, instance.id, populate_existing=True).history_length == length
    with pytest.raises(Blocked, match="这一版"):
        moving.migrate(session, instance.id, instance.definition_hash, {}, "", actor=clerk, now=LATER,
                       calendar=calendar)


def test_a_case_at_an_incident_moves_and_its_incident_stays_one(session, make_actor, calendar):
    clerk = make_actor("clerk", ("miit", "clerk"))
    published(session, d.start(), d.script("s", "y = x + 1"), d.user("a"), d.end(), d.flow("start", "s", "a", "end"),
              variables='{"x": null}')
    instance = service.start_case(session, "p", {}, actor=clerk, now=MONDAY, calendar=calendar)
    to = published(session, d.start(), d.script("t", "y = 1"), d.user("a"), d.end(), d.flow("start", "t", "a", "end"))
    moving.migrate(session, instance.id, to, {"s": "t"}, "", actor=clerk, now=LATER, calendar=calendar)
    session.commit()
    assert [(each.element_id, each.closed_at) for each in session.scalars(select(Incident))] == [("t", None)]
    assert_sound(session, instance)
    service.retry_incident(session, instance.id, actor=clerk, now=LATER, calendar=calendar)
    session.commit()
    assert session.scalars(select(WorkItem.element_id)).all() == ["a"]
    assert_sound(session, instance)


def test_a_suspended_case_stays_suspended_and_so_does_its_issue(session, make_actor, calendar):
    clerk = make_actor("clerk", ("miit", "clerk"))
    definitions.publish(session, life.PROCESS, life.files(), now=MONDAY)
    issue, _ = register(session, life.report(), ENTERPRISE, MONDAY, calendar)
    service.suspend(session, issue.instance_id, "等文件", actor=clerk, now=MONDAY, calendar=calendar)
    to = definitions.publish(session, life.PROCESS, life.files("新"), now=LATER).hash
    moving.migrate(session, issue.instance_id, to, {}, "", actor=clerk, now=LATER, calendar=calendar)
    session.commit()
    instance = session.get_one(Instance, issue.instance_id, populate_existing=True)
    session.refresh(issue)
    assert (instance.status, issue.status, instance.definition_hash) == ("suspended", "suspended", to)
    assert session.scalars(select(WorkItem.name)).all() == ["collect新"]
    assert_sound(session, instance)
