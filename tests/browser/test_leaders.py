"""An administrator puts a leader in charge of an enterprise, and its cases count for that leader."""
from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from app.actor import ENTERPRISE
from app.issues.registration import register
from app.measures import measuring
from tests.app.issues.conftest import a_report
from tests.browser.helpers import look_at, sign_in
from tests.browser.live import Live

NAMES = ("鄂尔多斯市恒泰新能源装备有限公司", "鄂托克旗乌兰陶瓷有限公司")


def test_a_leader_is_put_in_charge_and_the_board_and_the_measures_follow(
        live: Live, open_browser: Callable[[], Page]) -> None:
    calendar = live.calendar()
    with live.sessions.begin() as session:
        for name, title in zip(NAMES, ("缺少流动资金", "窑炉供气不足"), strict=True):
            register(session, a_report(enterprise_name=name, title=title), ENTERPRISE, live.clock(), calendar)
    administrator = sign_in(open_browser(), "admin")
    administrator.get_by_role("link", name="包联").click()
    administrator.get_by_label("企业名称或统一社会信用代码").fill("乌兰陶瓷")
    administrator.get_by_role("button", name="筛选").click()
    expect(administrator.get_by_role("main")).not_to_contain_text(NAMES[0])
    administrator.get_by_label(f"{NAMES[1]}的包联领导").select_option("程怀民")
    administrator.get_by_role("button", name=re.compile(rf"保存\s*{NAMES[1]}")).click()
    expect(administrator.locator(".alert-success")).to_contain_text(f"“{NAMES[1]}”现在由程怀民包联")
    expect(administrator.get_by_label(f"{NAMES[1]}的包联领导").locator("option:checked")).to_have_text("程怀民")
    expect(administrator.get_by_label("企业名称或统一社会信用代码")).to_have_value("乌兰陶瓷")
    look_at(administrator, "leaders")

    measuring.work_off(live.sessions)
    supervisor = sign_in(open_browser(), "supervisor")
    supervisor.get_by_role("link", name="督办台").click()
    supervisor.get_by_label("包联领导", exact=True).select_option("程怀民")
    supervisor.get_by_role("button", name="筛选").click()
    main = supervisor.get_by_role("main")
    supervisor.get_by_role("region", name="按包联领导").get_by_role("link", name="程怀民绿灯").click()
    expect(main).to_contain_text("窑炉供气不足")
    expect(main).not_to_contain_text("缺少流动资金")
    supervisor.get_by_role("link", name="统计").click()
    supervisor.get_by_label("包联领导", exact=True).select_option("程怀民")
    supervisor.get_by_role("button", name="统计").click()
    row = supervisor.get_by_role("region", name="各项指标").get_by_role("row").filter(has_text="登记件数")
    row.get_by_role("link").first.click()
    expect(main).to_contain_text("窑炉供气不足")
    expect(main).not_to_contain_text("缺少流动资金")
