"""转办 and 委派."""
from __future__ import annotations

import pytest

from app.cases.errors import Blocked, NotYours
from app.inbox import drafts, handover


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
