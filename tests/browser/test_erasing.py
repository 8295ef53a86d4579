"""Personal data of a closed issue goes when two people want it: one asks, one agrees; its history is still proved."""
from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from app.actor import ENTERPRISE
from app.issues import enterprise_acts
from app.issues.registration import register
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import live as live_through
from tests.browser.helpers import look_at, sign_in
from tests.browser.live import Live

CONTACT, THANKS = "张建国", "办得快，谢谢王科长"


def _a_closed_issue(live: Live) -> str:
    calendar = live.calendar()
    with live.sessions.begin() as session:
        issue, _ = register(session, a_report(contact_name=CONTACT), ENTERPRISE, live.clock(), calendar)
        live.clock.now = live_through(session, issue, "approve_reply", now=live.clock(), calendar=calendar)
        enterprise_acts.rate(session, issue, response_rating=5, solved=True, satisfaction=5, comment=THANKS,
                             now=live.clock(), calendar=calendar)
        return issue.number


def test_what_a_supervisor_asks_for_and_a_security_administrator_agrees_to_is_erased(
        live: Live, open_browser: Callable[[], Page]) -> None:
    number = _a_closed_issue(live)
    supervisor, security = sign_in(open_browser(), "supervisor"), sign_in(open_browser(), "security")
    for page in (supervisor, security):
        page.on("dialog", lambda dialog: dialog.accept())
    supervisor.goto(f"/issues/{number}")
    expect(supervisor.get_by_role("main")).to_contain_text(CONTACT)
    supervisor.get_by_role("link", name="删除个人信息").click()
    expect(supervisor.get_by_role("main")).to_contain_text("历史里的个人信息")
    look_at(supervisor, "erasing")
    supervisor.get_by_label("原因和依据").fill("本人书面要求")
    supervisor.get_by_role("button", name="提出删除").click()
    expect(supervisor.locator(".alert-success")).to_contain_text("等安全管理员同意")

    security.get_by_role("link", name="个人信息删除").click()
    row = security.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text("本人书面要求")
    expect(security.get_by_role("main")).not_to_contain_text(CONTACT)
    look_at(security, "erasures")
    row.get_by_role("button", name="同意删除").click()
    expect(security.locator(".alert-success")).to_contain_text("已删除：联系人的姓名、电话和邮箱")

    supervisor.goto(f"/issues/{number}")
    expect(supervisor.get_by_role("main")).to_contain_text("（已删除）")
    expect(supervisor.get_by_role("main")).not_to_contain_text(CONTACT)
    supervisor.get_by_role("link", name="全部经过").click()
    supervisor.get_by_role("link", name="全部展开").click()
    expect(supervisor.get_by_role("main")).not_to_contain_text("王科长")
    supervisor.get_by_role("link", name="回放与验证").click()
    supervisor.get_by_role("button", name="重放验证").click()
    proof = supervisor.locator("#proof")
    expect(proof).to_contain_text("验证通过")
    expect(proof).to_contain_text("个人信息已删除，不能比对")
    look_at(supervisor, "erased-proof")
