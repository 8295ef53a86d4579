"""催办, 抄送 and 已阅, follow-up dates."""
from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.cases.errors import Blocked, NotYours
from app.inbox import consult, copies, reminders
from app.models import Copy, Outbox, User


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


def test_nobody_urges_what_waits_in_their_own_post(desk):
    desk.complete(desk.item())
    desk.item().position_code = "clerk"
    desk.session.flush()
    with pytest.raises(NotYours):
        reminders.urge(desk.session, desk.item().id, "", actor=desk.clerk, now=desk.now)


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


def test_whoever_asked_urges_the_answer_and_nobody_urges_themselves(desk):
    question = consult.ask(desk.session, desk.item().id, desk.stranger.user_id, "有没有资金？", actor=desk.clerk,
                           now=desk.now)
    reminders.urge(desk.session, question.id, "", actor=desk.clerk, now=desk.now)
    assert question.urged == 1
    with pytest.raises(NotYours):
        reminders.urge(desk.session, question.id, "", actor=desk.stranger, now=desk.now)


def test_an_urged_person_gets_mail(desk):
    item = desk.item()
    item.assignee_id = desk.clerk.user_id
    desk.session.get_one(User, desk.clerk.user_id).email = "bai@example.cn"
    desk.session.commit()
    reminders.urge(desk.session, item.id, "请今天办结", actor=desk.supervisor, now=desk.now)
    letter = desk.session.scalars(select(Outbox)).one()
    assert (letter.recipient, letter.body) == ("bai@example.cn", "催办“draft”：请今天办结")


def test_a_follow_up_date_in_the_past_is_refused_and_none_takes_it_away(desk):
    with pytest.raises(Blocked):
        reminders.follow_up(desk.session, desk.item().id, date(2026, 3, 1), actor=desk.clerk, now=desk.now)
    reminders.follow_up(desk.session, desk.item().id, date(2026, 3, 6), actor=desk.clerk, now=desk.now)
    reminders.follow_up(desk.session, desk.item().id, None, actor=desk.clerk, now=desk.now)
    assert desk.item().follow_up_at is None
    assert [entry.text for entry in desk.told("follow_up")] == [
        "取消“draft”的跟进日期", "记下“draft”的跟进日期：03月06日"]
