"""An administrator tries a change: walks through the draft by hand, then sees what it would do to real cases."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.actor import ENTERPRISE
from app.cases.definitions import current_version
from app.issues.registration import PROCESS, register
from app.models import Definition, ProcessDraft, User
from tests.app.issues import lives
from tests.app.issues.conftest import a_report
from tests.browser.helpers import assert_accessible, look_at, screenshot, sign_in
from tests.browser.live import Live
from tests.conftest import MONDAY

DIAGRAM = f"{PROCESS}/{PROCESS}.bpmn"
COMPLEX = tuple((name, {**answers, "level": "complex"} if name == "judge" else answers)
                for name, answers in lives.GENERAL)


def _a_complex_case_and_a_draft_with_three_days(live: Live) -> None:
    calendar = live.calendar()
    with live.sessions.begin() as session:
        issue, _ = register(session, a_report(), ENTERPRISE, MONDAY, calendar)
        lives.live(session, issue, "accept_assignment", now=MONDAY, calendar=calendar, steps=COMPLEX)
        files: dict[str, Any] = dict(session.get_one(Definition, current_version(session, PROCESS).hash).files)
        assert "&quot;plan_days&quot;: 5" in files[DIAGRAM]
        files[DIAGRAM] = files[DIAGRAM].replace("&quot;plan_days&quot;: 5", "&quot;plan_days&quot;: 3")
        who = session.scalars(select(User.id)).first() or 0
        session.add(ProcessDraft(key=PROCESS, base_hash=None, files=files, began_at=MONDAY, began_by=who,
                                 changed_at=MONDAY, changed_by=who))


def _looks_right(page: Page, name: str) -> None:
    expect(page.locator(".diagram svg").first).to_be_visible()
    look_at(page, name)


def test_a_change_is_tried_by_hand_and_on_real_cases(live: Live, page: Page):
    _a_complex_case_and_a_draft_with_three_days(live)
    live.clock.advance(days=4)
    page.clock.set_fixed_time(live.clock())
    main = sign_in(page, "admin").get_by_role("main")

    page.goto(f"/processes/{PROCESS}")
    assert_accessible(page)
    main.get_by_role("link", name="走一遍").click()
    expect(page.get_by_label("试什么")).to_have_value("draft")
    assert_accessible(page)
    screenshot(page, "simulate-start")
    page.get_by_label("类别").select_option("融资")
    main.get_by_role("button", name="开始", exact=True).click()
    expect(main).to_contain_text("收集登记")
    page.get_by_label("已与企业联系人核对情况").check()
    main.get_by_role("button", name="办结", exact=True).click()
    expect(main).to_contain_text("办结“收集登记”")
    page.get_by_role("group", name="梳理结果").get_by_label("情况清楚，提交研判").check()
    main.get_by_role("button", name="办结", exact=True).click()
    expect(main).to_contain_text("办结“梳理”")
    main.get_by_role("button", name="到下一个时限").click()
    expect(main).to_contain_text("到了时限")
    _looks_right(page, "simulate")
    main.get_by_role("button", name="退一步").click()
    expect(main).not_to_contain_text("到了时限")
    main.get_by_role("link", name="外来：企业撤回了反映的问题").click()
    assert_accessible(page)
    main.get_by_role("button", name="收到这个消息").click()
    expect(main).to_contain_text("流程走完了")

    page.goto(f"/processes/{PROCESS}")
    main.get_by_role("link", name="在办过的事项上试算").click()
    assert_accessible(page)
    screenshot(page, "what-if-index")
    main.get_by_role("button", name="开始试算").click()
    expect(main).to_contain_text("共1件")
    assert_accessible(page)
    live.clock.advance(seconds=1)
    live.work()
    expect(main).to_contain_text("算过1件，其中0件和原来一样")
    expect(main).to_contain_text("“起草办理方案”的时限提前2个工作日")
    expect(page.locator(".diagram-note").first).to_be_visible()
    _looks_right(page, "what-if")
    main.get_by_role("row", name="“起草办理方案”的时限提前2个工作日").get_by_role("link").click()
    expect(main).to_contain_text("03月09日 → 03月05日")
    look_at(page, "what-if-cases")
    assert live.clock() - MONDAY < timedelta(days=5)
