"""暂停 and 恢复: a supervisor holds a case."""
from __future__ import annotations

import pytest

from app.cases.errors import Blocked, NotYours
from app.inbox import claims, consult, handover, reminders, supervision


def test_a_suspended_case_is_nobodys_to_finish_until_it_goes_on(desk):
    item = desk.item()
    supervision.suspend(desk.session, item.id, "等企业补充材料", actor=desk.supervisor, now=desk.now,
                        calendar=desk.calendar)
    with pytest.raises(Blocked, match="暂停"):
        desk.complete(item)
    supervision.resume(desk.session, item.id, actor=desk.supervisor, now=desk.now, calendar=desk.calendar)
    desk.complete(item)
    assert desk.item().element_id == "review" and desk.sound()


def test_only_supervisors_suspend_and_only_with_a_reason(desk):
    item = desk.item()
    with pytest.raises(NotYours):
        supervision.suspend(desk.session, item.id, "先放一放", actor=desk.clerk, now=desk.now, calendar=desk.calendar)
    with pytest.raises(Blocked, match="原因"):
        supervision.suspend(desk.session, item.id, " ", actor=desk.supervisor, now=desk.now, calendar=desk.calendar)


@pytest.mark.parametrize("act", [
    lambda desk, item: claims.claim(desk.session, item.id, actor=desk.clerk, now=desk.now),
    lambda desk, item: handover.transfer(desk.session, item.id, desk.other.user_id, "x", actor=desk.clerk,
                                         now=desk.now),
    lambda desk, item: handover.delegate(desk.session, item.id, desk.other.user_id, "x", actor=desk.clerk,
                                         now=desk.now),
    lambda desk, item: consult.ask(desk.session, item.id, desk.head.user_id, "x", actor=desk.clerk, now=desk.now),
    lambda desk, item: reminders.urge(desk.session, item.id, "x", actor=desk.supervisor, now=desk.now),
], ids=["claim", "transfer", "delegate", "consult", "urge"])
def test_while_a_case_is_suspended_nobody_can_act(desk, act):
    supervision.suspend(desk.session, desk.item().id, "等材料", actor=desk.supervisor, now=desk.now,
                        calendar=desk.calendar)
    with pytest.raises(Blocked, match="暂停"):
        act(desk, desk.item())
