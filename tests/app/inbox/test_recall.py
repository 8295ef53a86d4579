"""撤回: a task comes back as it had come, to whom it had come."""
from __future__ import annotations

from datetime import timedelta

from app.cases import service
from app.inbox import signatures


def recall(desk, item, actor):
    service.recall_item(desk.session, item.id, actor=actor, now=desk.now, calendar=desk.calendar)
    desk.session.commit()
    return desk.item()


def test_what_a_stand_in_recalls_is_the_absent_persons(desk):
    stand_in, item = desk.away(desk.clerk, desk.stranger), desk.item()
    desk.complete(item, stand_in)
    again = recall(desk, item, stand_in)
    assert again.assignee_id == desk.clerk.user_id
    later = desk.actor(desk.stranger, desk.now + timedelta(days=2))
    assert not later.may_work_on(again.unit_code, again.position_code, again.assignee_id)
    assert desk.told("recall")[0].on_behalf_of == desk.clerk.user_id


def test_a_task_that_was_to_jump_back_still_does(desk):
    desk.complete(desk.item())
    desk.complete(desk.item())
    service.return_item(desk.session, desk.item().id, "draft", "请改", jump_back=True, actor=desk.clerk, now=desk.now,
                        calendar=desk.calendar)
    desk.session.commit()
    item = desk.item()
    desk.complete(item)
    again = recall(desk, item, desk.clerk)
    assert (again.element_id, again.return_reason) == ("draft", "请改")
    desk.complete(again)
    assert desk.item().element_id == "sign"


def test_the_same_form_may_be_sent_again_once_its_task_is_back(desk):
    item = desk.item()
    signatures.add(desk.session, item.id, [desk.head.user_id], when="after", mode="all", question="请看",
                   actor=desk.clerk, now=desk.now)

    def send():
        outcome = service.complete_item(desk.session, item.id, {}, actor=desk.clerk, now=desk.now,
                                        calendar=desk.calendar, idempotency_key="form")
        desk.session.commit()
        return outcome

    assert send().held
    signatures.reopen(desk.session, item.id, actor=desk.clerk, now=desk.now)
    desk.session.commit()
    assert send().held
