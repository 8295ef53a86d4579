"""Where ways part and cross in Chromium: two people at one task, going back and jumping forth, taking back."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.actor import ENTERPRISE
from app.issues import enterprise_acts
from app.issues.registration import register
from app.models import Issue
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import live as walk
from tests.browser.live import Live
from tests.browser.people import Officer

pytestmark = pytest.mark.usefixtures("nothing_broken")
Arrive = Callable[[str], Officer]
REPLY = "您公司的贷款已由银行同意按原额度续贷一年，请于3月20日前签约。"


def bring_to(live: Live, until: str) -> None:
    """A general issue at the banner of 东胜区 whose steps up to `until` are done."""
    calendar = live.calendar()
    with live.sessions.begin() as session:
        issue, _ = register(session, a_report(), ENTERPRISE, live.clock(), calendar)
        live.clock.now = walk(session, issue, until, now=live.clock(), calendar=calendar)


@pytest.fixture
def dissatisfied(live: Live) -> None:
    """An issue that the supervisors have to order to be handled again."""
    bring_to(live, "approve_reply")
    calendar = live.calendar()
    with live.sessions.begin() as session:
        enterprise_acts.rate(session, session.scalars(select(Issue)).one(), response_rating=4, solved=False,
                             satisfaction=2, comment="钱还没有到账", now=live.clock(), calendar=calendar)


@pytest.mark.usefixtures("dissatisfied")
def test_of_two_who_press_at_once_one_wins_and_the_other_keeps_what_they_typed(live: Live, officer: Arrive) -> None:
    first, second = officer("supervisor"), officer("supervisor.two")
    for supervisor, words in ((first, "十个工作日内拨付到账"), (second, "请主要负责人上门核对")):
        supervisor.opens("督办重办")
        supervisor.writes("重办要求", words)
    first.finishes()
    second.presses("办结")
    second.sees("“督办重办”已由高立言于03月02日 11:20办结，您的操作没有生效。", "您刚才", "请主要负责人上门核对")
    second.looks_at("task lost")
    second.has_nothing_left()
    officer("dongsheng.head").reads_copies("督办要求重办：十个工作日内拨付到账")


def test_going_back_to_an_earlier_step_and_jumping_straight_to_who_returned_it(live: Live, officer: Arrive) -> None:
    bring_to(live, "collect")
    office, clerk = officer("dongsheng.office"), officer("fin_office.clerk")
    office.opens("梳理")
    office.sorts_and_judges("融资", "一般性问题（1个月内解决）", "市级层面")
    clerk.opens("受理")
    clerk.returns_to("梳理 · 东胜区郝思雨", "请先向企业核实是哪家银行", then_back_to_me=True)
    clerk.has_nothing_left()
    office.opens("梳理")
    office.sees("请先向企业核实是哪家银行", "办完直接返回退回人")
    office.chooses("梳理结果", "情况清楚，提交研判")
    office.picks("困难类别", "融资")
    office.finishes()
    office.has_nothing_left()
    clerk.accepts()
    clerk.stands_at("办理")
    clerk.opens_issue("流动资金贷款3月到期")
    clerk.sees("退回到“梳理”，办完直接返回：请先向企业核实是哪家银行")


def test_taking_back_what_the_next_has_not_begun(live: Live, officer: Arrive) -> None:
    bring_to(live, "handle")
    office, head = officer("dongsheng.office"), officer("dongsheng.head")
    office.opens("起草答复")
    office.drafts_the_reply("贷款可以续。")
    head.has("审定答复")
    office.opens("起草答复", view="done")
    office.presses("撤回")
    office.stands_at("起草答复")
    expect(office.main.get_by_label("给企业的答复")).to_have_value("贷款可以续。")
    head.has_nothing_left()
    office.drafts_the_reply(REPLY)
    head.opens("审定答复")
    head.sees(REPLY)
    head.presses("签收")
    office.opens("起草答复", view="done")
    expect(office.main.get_by_role("button", name="撤回", exact=True)).to_have_count(0)
    head.approves_the_reply(REPLY)
