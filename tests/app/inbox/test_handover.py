"""转办 and 委派."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from app.cases.errors import Blocked, NotYours
from app.inbox import drafts, handover
from app.models import Copy, User


def test_a_transferred_task_is_the_colleagues(desk):
    item = desk.item()
    handover.transfer(desk.session, item.id, desk.other.user_id, "我明天出差", actor=desk.clerk, now=desk.now)
    with pytest.raises(NotYours):
        desk.complete(item, desk.clerk)
    desk.complete(item, desk.other)
    assert desk.item().element_id == "review" and desk.sound()


def test_nothing_is_transferred_out_of_the_unit_or_without_a_reason(desk):
    item = desk.item()
    with pytest.raises(Blocked, match="不在承办单位"):
        handover.transfer(desk.session, item.id, desk.stranger.user_id, "请接办", actor=desk.clerk, now=desk.now)
    with pytest.raises(Blocked, match="原因"):
        handover.transfer(desk.session, item.id, desk.other.user_id, " ", actor=desk.clerk, now=desk.now)


def test_a_delegated_task_comes_back_with_opinion_and_draft_and_its_owner_finishes_it(desk):
    item = desk.item()
    handover.delegate(desk.session, item.id, desk.other.user_id, "请先起草", actor=desk.clerk, now=desk.now)
    with pytest.raises(Blocked, match="委派"):
        desk.complete(item, desk.other)
    handover.give_back(desk.session, item.id, "已起草", {"note": "草稿"}, actor=desk.other, now=desk.now)
    assert drafts.find(desk.session, item.id, desk.clerk.user_id).values == {"note": "草稿"}
    desk.complete(desk.item(), desk.clerk)
    assert desk.item().element_id == "review" and desk.sound()


def test_an_owner_takes_a_delegated_task_back(desk):
    item = desk.item()
    handover.delegate(desk.session, item.id, desk.other.user_id, "", actor=desk.clerk, now=desk.now)
    with pytest.raises(NotYours):
        handover.take_back(desk.session, item.id, actor=desk.other, now=desk.now)
    handover.take_back(desk.session, item.id, actor=desk.clerk, now=desk.now)
    desk.complete(desk.item(), desk.clerk)
    assert desk.item().element_id == "review"


def test_what_was_delegated_is_not_delegated_on(desk):
    item = desk.item()
    handover.delegate(desk.session, item.id, desk.other.user_id, "", actor=desk.clerk, now=desk.now)
    with pytest.raises(Blocked):
        handover.delegate(desk.session, item.id, desk.head.user_id, "", actor=desk.other, now=desk.now)


def test_the_units_head_shares_out_what_a_clerk_holds_and_others_do_not(desk):
    item = desk.item()
    item.assignee_id = desk.clerk.user_id
    desk.session.commit()
    with pytest.raises(NotYours, match="白一川"):
        handover.transfer(desk.session, item.id, desk.head.user_id, "我来", actor=desk.other, now=desk.now)
    handover.transfer(desk.session, item.id, desk.other.user_id, "白一川出差", actor=desk.head, now=desk.now)
    assert desk.item().assignee_id == desk.other.user_id
    entry = desk.told("transfer")[0]
    assert (entry.actor_id, entry.position_code) == (desk.head.user_id, "head")
    assert entry.text == "“draft”由白一川转给石敬业办理：白一川出差"


def test_the_heads_stand_in_shares_out_in_the_heads_name(desk):
    item = desk.item()
    item.assignee_id = desk.clerk.user_id
    stand_in = desk.away(desk.head, desk.stranger)
    handover.transfer(desk.session, item.id, desk.other.user_id, "白一川出差", actor=stand_in, now=desk.now)
    entry = desk.told("transfer")[0]
    assert (entry.actor_id, entry.on_behalf_of, entry.position_code) == (
        desk.stranger.user_id, desk.head.user_id, "head")


def test_the_history_says_from_whom_a_task_was_taken_back_and_for_whom(desk):
    item = desk.item()
    handover.delegate(desk.session, item.id, desk.other.user_id, "", actor=desk.clerk, now=desk.now)
    stand_in = desk.away(desk.clerk, desk.stranger)
    handover.take_back(desk.session, item.id, actor=stand_in, now=desk.now)
    entry = desk.told("take_back")[0]
    assert entry.text == "从石敬业处收回委派的“draft”" and entry.on_behalf_of == desk.clerk.user_id


def test_a_transfer_keeps_the_deadline_and_the_reminders(desk):
    item = desk.item()
    due = item.due_at
    handover.transfer(desk.session, item.id, desk.other.user_id, "请接办", actor=desk.clerk, now=desk.now)
    assert desk.item().due_at == due is not None and desk.sound()


def test_a_delegates_stand_in_cannot_finish_it_either(desk):
    item = desk.item()
    handover.delegate(desk.session, item.id, desk.other.user_id, "请起草", actor=desk.clerk, now=desk.now)
    stand_in = desk.away(desk.other, desk.stranger)
    with pytest.raises(Blocked, match="委派"):
        desk.complete(item, stand_in)
    handover.give_back(desk.session, item.id, "已起草", {}, actor=stand_in, now=desk.now)
    assert desk.item().assignee_id == desk.clerk.user_id


def test_what_a_stand_in_delegates_comes_back_to_the_absent_person(desk):
    stand_in = desk.away(desk.clerk, desk.stranger)
    item = desk.item()
    handover.delegate(desk.session, item.id, desk.other.user_id, "请起草", actor=stand_in, now=desk.now)
    handover.give_back(desk.session, item.id, "已起草", {}, actor=desk.other, now=desk.now)
    assert desk.item().assignee_id == desk.clerk.user_id
    desk.complete(item, stand_in)
    assert desk.told("complete")[0].on_behalf_of == desk.clerk.user_id


def test_a_delegated_task_whose_owner_has_left_goes_back_to_the_post(desk):
    item = desk.item()
    handover.delegate(desk.session, item.id, desk.other.user_id, "请起草", actor=desk.clerk, now=desk.now)
    desk.session.get_one(User, desk.clerk.user_id).disabled = True
    handover.give_back(desk.session, item.id, "已起草", {}, actor=desk.other, now=desk.now)
    assert desk.item().assignee_id is None
    desk.complete(item, desk.other)
    assert desk.item().element_id == "review"


def test_the_owner_reads_that_a_delegated_task_has_come_back(desk):
    item = desk.item()
    handover.delegate(desk.session, item.id, desk.other.user_id, "请起草", actor=desk.clerk, now=desk.now)
    handover.give_back(desk.session, item.id, "已起草", {}, actor=desk.other, now=desk.now)
    copy = desk.session.scalars(select(Copy)).one()
    assert copy.user_id == desk.clerk.user_id and "已起草" in copy.text
