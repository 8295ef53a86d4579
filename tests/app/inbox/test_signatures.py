"""加签 before and after, 会签, 或签, 依次, 减签."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from app.cases import service
from app.cases.errors import Blocked
from app.inbox import drafts, signatures
from app.models import Copy


def ask(desk, *people, when="before", mode="all"):
    item = desk.item()
    signatures.add(desk.session, item.id, [who.user_id for who in people], when=when, mode=mode, question="请看",
                   actor=desk.clerk, now=desk.now)
    desk.session.commit()
    return item


def sign(desk, who, agree=True, opinion="已看"):
    mine = next(each for each in desk.items("sign") if each.assignee_id == who.user_id)
    signatures.answer(desk.session, mine.id, agree=agree, opinion=opinion, actor=who, now=desk.now,
                      calendar=desk.calendar)
    desk.session.commit()


def test_signatures_before_hold_the_task_until_all_have_answered(desk):
    item = ask(desk, desk.head, desk.stranger)
    sign(desk, desk.head)
    with pytest.raises(Blocked, match="前加签"):
        desk.complete(item)
    sign(desk, desk.stranger, agree=False, opinion="不妥")
    desk.complete(item)
    assert desk.item().element_id == "review" and desk.sound()


def test_one_of_any_is_enough(desk):
    item = ask(desk, desk.head, desk.stranger, mode="any")
    sign(desk, desk.stranger)
    assert desk.items("sign") == []
    desk.complete(item)
    assert desk.item().element_id == "review"


def test_one_after_another_has_one_turn_at_a_time(desk):
    ask(desk, desk.head, desk.stranger, mode="sequence")
    assert [each.assignee_id for each in desk.items("sign")] == [desk.head.user_id]
    sign(desk, desk.head)
    assert [each.assignee_id for each in desk.items("sign")] == [desk.stranger.user_id]


def test_after_the_task_its_answers_wait_and_the_last_agreement_sends_it_on(desk):
    item = ask(desk, desk.head, desk.stranger, when="after", mode="sequence")
    assert desk.items("sign") == [], "nobody is asked before the task is finished"
    outcome = desk.complete(item, note="办理意见")
    assert outcome.held and desk.items() == []
    sign(desk, desk.head)
    assert desk.items() == [], "one is still to sign"
    sign(desk, desk.stranger)
    assert desk.item().element_id == "review"
    assert desk.items(status="done")[0].answer == {"note": "办理意见"} and desk.sound()


def test_a_disagreement_after_the_task_brings_it_back_with_what_was_filled_in(desk):
    item = ask(desk, desk.head, desk.stranger, when="after")
    desk.complete(item, note="办理意见")
    sign(desk, desk.head, agree=False, opinion="数字不对")
    again = desk.item()
    assert again.id == item.id and again.assignee_id == desk.clerk.user_id and desk.items("sign") == []
    assert drafts.find(desk.session, item.id, desk.clerk.user_id).values == {"note": "办理意见"}
    assert desk.sound()
    desk.complete(again)
    assert desk.item().element_id == "review"


def test_a_disagreement_needs_a_reason(desk):
    ask(desk, desk.head)
    with pytest.raises(Blocked, match="理由"):
        sign(desk, desk.head, agree=False, opinion=" ")


def test_a_withdrawn_signature_no_longer_holds_the_task(desk):
    item = ask(desk, desk.head)
    signatures.remove(desk.session, desk.item("sign").id, actor=desk.clerk, now=desk.now, calendar=desk.calendar)
    desk.complete(item)
    assert desk.item().element_id == "review" and desk.sound()


def test_withdrawing_the_last_signature_after_a_finished_task_sends_it_on(desk):
    item = ask(desk, desk.head, when="after")
    desk.complete(item)
    signatures.remove(desk.session, desk.item("sign").id, actor=desk.clerk, now=desk.now, calendar=desk.calendar)
    assert desk.item().element_id == "review" and desk.sound()


def test_nobody_signs_for_themselves(desk):
    with pytest.raises(Blocked):
        ask(desk, desk.clerk)


def test_one_of_any_is_enough_even_if_it_disagrees(desk):
    item = ask(desk, desk.head, desk.stranger, mode="any")
    sign(desk, desk.stranger, agree=False, opinion="不妥")
    assert desk.items("sign") == []
    desk.complete(item)
    assert desk.item().element_id == "review"


def test_two_rounds_after_the_task_both_get_their_turn(desk):
    ask(desk, desk.head, desk.stranger, when="after", mode="sequence")
    item = ask(desk, desk.supervisor, desk.other, when="after", mode="all")
    desk.complete(item)
    assert {each.assignee_id for each in desk.items("sign")} == {
        desk.head.user_id, desk.supervisor.user_id, desk.other.user_id}
    for who in (desk.supervisor, desk.head, desk.other, desk.stranger):
        assert desk.item("task", "held").id == item.id
        sign(desk, who)
    assert desk.item().element_id == "review" and desk.sound()


def test_the_next_in_turn_signs_when_the_one_before_is_withdrawn(desk):
    ask(desk, desk.head, desk.stranger, mode="sequence")
    signatures.remove(desk.session, desk.item("sign").id, actor=desk.clerk, now=desk.now, calendar=desk.calendar)
    assert desk.item("sign").assignee_id == desk.stranger.user_id


def test_whoever_asked_hears_of_each_opinion(desk):
    ask(desk, desk.head)
    sign(desk, desk.head, opinion="可以")
    copy = desk.session.scalars(select(Copy)).one()
    assert (copy.user_id, copy.text) == (desk.clerk.user_id, "何其昌对“加签：draft”的意见：同意，可以")


def test_a_finished_task_that_waits_is_taken_back_until_somebody_has_signed(desk):
    item = ask(desk, desk.head, desk.stranger, when="after")
    desk.complete(item, note="办理意见")
    signatures.reopen(desk.session, item.id, actor=desk.clerk, now=desk.now)
    assert desk.items("sign") == [] and desk.item().id == item.id
    assert drafts.find(desk.session, item.id, desk.clerk.user_id).values == {"note": "办理意见"}
    desk.complete(desk.item())
    sign(desk, desk.head)
    with pytest.raises(Blocked, match="已经有人给出意见"):
        signatures.reopen(desk.session, item.id, actor=desk.clerk, now=desk.now)
    sign(desk, desk.stranger)
    assert desk.item().element_id == "review" and desk.sound()


def test_what_a_stand_in_finished_stays_theirs_in_the_name_of_the_absent_when_signatures_come_later(desk):
    item = ask(desk, desk.head, when="after")
    stand_in = desk.away(desk.clerk, desk.stranger)
    desk.complete(item, stand_in)
    sign(desk, desk.head)
    entry = desk.told("complete")[0]
    assert (entry.actor_id, entry.on_behalf_of) == (desk.stranger.user_id, desk.clerk.user_id)


def test_signatures_fall_away_with_a_task_that_is_returned(desk):
    desk.complete(desk.item())
    ask(desk, desk.head, desk.stranger, mode="sequence")
    service.return_item(desk.session, desk.item().id, "draft", "请补充", jump_back=False, actor=desk.clerk,
                        now=desk.now, calendar=desk.calendar)
    assert desk.items("sign") == [] and desk.items("sign", "held") == [] and desk.sound()
