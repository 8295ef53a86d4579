"""暂停 and 恢复: a supervisor holds a case."""
from __future__ import annotations

import pytest

from app.cases.errors import Blocked, NotYours
from app.inbox import supervision


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
