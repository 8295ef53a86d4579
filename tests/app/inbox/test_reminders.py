"""催办, 沟通, 抄送 and 已阅, follow-up dates, stand-ins."""
from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.actor import load_actor
from app.cases.errors import Blocked, NotYours
from app.inbox import consult, copies, queries, reminders
from app.models import Absence, Copy, History, User


def test_a_supervisor_urges_and_the_inbox_shows_it(desk):
    reminders.urge(desk.session, desk.item().id, "", actor=desk.supervisor, now=desk.now)
    assert desk.item().urged == 1
    assert desk.session.scalars(select(Copy)).one().kind == "urge"
    with pytest.raises(Blocked, match="刚刚"):
        reminders.urge(desk.session, desk.item().id, "", actor=desk.supervisor, now=desk.now + timedelta(minutes=5))
    assert desk.sound()


def test_a_stranger_cannot_urge(desk):
    with pytest.raises(NotYours):
        reminders.urge(desk.session, desk.item().id, "", actor=desk.stranger, now=desk.now)


def test_the_unit_that_handed_a_task_on_may_urge(desk):
    desk.complete(desk.item())
    reminders.urge(desk.session, desk.item().id, "请看", actor=desk.head, now=desk.now)
    assert desk.item().urged == 1


def test_a_question_does_not_hold_the_task_up_and_its_answer_stays_with_it(desk):
    item = desk.item()
    consult.ask(desk.session, item.id, desk.stranger.user_id, "有没有资金？", actor=desk.clerk, now=desk.now)
    question = desk.item("consult")
    desk.complete(item)
    consult.answer(desk.session, question.id, "有", actor=desk.stranger, now=desk.now)
    assert consult.of_task(desk.session, item.id)[0].answer == {"text": "有"} and desk.sound()


def test_a_copy_is_read_once(desk):
    copies.send(desk.session, desk.item().id, [desk.head.user_id], "请知悉", actor=desk.clerk, now=desk.now)
    copy = desk.session.scalars(select(Copy)).one()
    assert copies.mark_read(desk.session, [copy.id], actor=desk.stranger, now=desk.now) == 0
    assert copies.mark_read(desk.session, [copy.id], actor=desk.head, now=desk.now) == 1
    assert copies.mark_read(desk.session, [copy.id], actor=desk.head, now=desk.now) == 0


def test_a_follow_up_date_leaves_the_deadline_alone(desk):
    due = desk.item().due_at
    reminders.follow_up(desk.session, desk.item().id, date(2026, 3, 6), actor=desk.clerk, now=desk.now)
    assert desk.item().follow_up_at is not None and desk.item().due_at == due


def test_a_stand_in_sees_and_finishes_and_history_says_for_whom(desk):
    desk.session.add(Absence(user_id=desk.clerk.user_id, stand_in_id=desk.stranger.user_id,
                             first_day=date(2026, 3, 1), last_day=date(2026, 3, 5)))
    desk.session.flush()
    stand_in = load_actor(desk.session, desk.session.get_one(User, desk.stranger.user_id), desk.now)
    page = queries.find(desk.session, stand_in, queries.Query(), now=desk.now, calendar=desk.calendar)
    assert [row.item.id for row in page.rows] == [desk.item().id]
    desk.complete(desk.item(), stand_in)
    entry = desk.session.scalars(select(History).where(History.op == "complete")).one()
    assert (entry.actor_id, entry.on_behalf_of) == (desk.stranger.user_id, desk.clerk.user_id)
    later = load_actor(desk.session, desk.session.get_one(User, desk.stranger.user_id), desk.now + timedelta(days=10))
    assert later.stands_in_for == {}
