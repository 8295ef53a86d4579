"""Whole lives of issues in Chromium: everybody at a browser of their own, the clock going on between their presses."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.issues.test_attachments import PDF
from tests.browser.live import Live
from tests.browser.people import Enterprise, Officer

pytestmark = pytest.mark.usefixtures("nothing_broken")
Arrive = Callable[[str], Officer]

GENERAL = "一般性问题（1个月内解决）"
COMPLEX = "复杂性问题（5个工作日内定方案，3个月内解决）"


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """What the enterprise attaches."""
    path = tmp_path / "项目合同.pdf"
    path.write_bytes(PDF)
    return path


def test_a_complex_issue_across_five_people_with_a_lapse_of_the_five_days(
        live: Live, officer: Arrive, enterprise: Enterprise, papers: Path) -> None:
    title = "研发补助资金迟迟未到位，项目面临停工"
    enterprise.reports(title, "市级研发补助200万元，项目验收已半年，资金未到账。", "科技创新", file=papers)
    enterprise.asks_where_it_stands("最迟3月3日（周二）前确定", "项目合同.pdf")

    office = officer("dongsheng.office")
    office.brings_to_assigning("科技创新", COMPLEX, "市级层面")
    clerk, head, supervisor = officer("science.clerk"), officer("science.head"), officer("supervisor")
    clerk.accepts()
    clerk.stands_at("起草办理方案")
    enterprise.asks_where_it_stands("已由市科学技术局受理，方案将在3月9日（周一）前制定。")

    live.advance_working_days(4)
    head.reads_copies("的办理方案尚未定稿，第3个工作日已过")
    live.advance_working_days(2)
    late = "未在5个工作日内制定办理方案，已记录逾期"
    supervisor.reads_copies(late)
    head.reads_copies(late)
    enterprise.asks_where_it_stands("方案没有在3月9日（周一）前制定出来，督查部门已经知道，正在督促。")

    clerk.opens("起草办理方案")
    clerk.writes("办理方案", "先核对验收结论，再与市财政局会商拨付批次，四月底前拨付到企业账户。")
    clerk.writes_milestones(("会商确定拨付批次", "市财政局李思源", "2026-03-20"),
                            ("补助拨付到账", "市科学技术局方亦舟", "2026-04-28"))
    clerk.finishes()
    head.opens("审定办理方案")
    head.sees("先核对验收结论", "会商确定拨付批次", "补助拨付到账")
    head.chooses("审定意见", "同意")
    head.finishes()
    enterprise.asks_where_it_stands("市科学技术局已制定办理方案，正按方案推进。")

    finance = officer("finance.clerk")
    for joint, opinion in ((finance, "已列入三月第二批拨付计划"), (office, "区里已垫付设备款利息")):
        joint.opens("协办答复")
        joint.writes("协办意见", opinion)
        joint.finishes("还在等：")
    live.advance_working_days(5)
    clerk.opens("跟进方案节点")
    clerk.sees("会商确定拨付批次：由市财政局李思源在3月20日（周五）前完成。")
    clerk.chooses("节点进展", "已完成")
    clerk.writes("说明", "拨付批次已定")
    clerk.finishes("还在等：")
    clerk.opens("按方案推进办理")
    clerk.writes("办理情况", "200万元补助已提前拨付到账")
    clerk.writes("没有完成的节点怎么办", "企业已收到补助，节点不再另行跟进")
    clerk.finishes()
    reply = "200万元研发补助已拨付到贵公司账户，请查收。"
    clerk.drafts_the_reply(reply)
    head.approves_the_reply(reply)

    enterprise.asks_where_it_stands("市科学技术局已经答复您", reply)
    enterprise.rates("较快", "解决了", "满意", "方案晚了，钱到了就好")
    enterprise.asks_where_it_stands("办结。", "感谢您的评价。")
    supervisor.opens_issue(title)
    supervisor.sees("已办结", "项目合同.pdf", "时限到：记录方案逾期", "会商确定拨付批次",
                    "已列入三月第二批拨付计划", "区里已垫付设备款利息", reply, "方案晚了，钱到了就好")
    for person in (office, clerk, head, finance):
        person.has_nothing_left()


def test_a_general_issue_is_handled_at_once(live: Live, officer: Arrive, enterprise: Enterprise) -> None:
    title = "流动资金贷款3月到期，续贷遇到困难"
    enterprise.reports(title, "500万元贷款3月20日到期，银行答复可能压缩额度。", "融资")
    office, head = officer("dongsheng.office"), officer("dongsheng.head")
    office.brings_to_assigning("融资", GENERAL, "旗区、园区层面")
    office.accepts()
    enterprise.asks_where_it_stands("已由东胜区受理，正在办理。", "承诺在4月2日（周四）前办结。")
    live.advance_working_days(3)
    office.opens("办理")
    office.handles("召集银行和担保公司会商，银行同意按原额度续贷一年。")
    reply = "您公司的贷款已由银行同意按原额度续贷一年，请于3月20日前签约。"
    office.drafts_the_reply(reply)
    head.approves_the_reply(reply)
    enterprise.asks_where_it_stands("东胜区已经答复您", reply)
    enterprise.rates("很快", "解决了", "很满意", "办得快，谢谢")
    head.opens_issue(title)
    head.sees("已办结", reply, "办得快，谢谢")


def test_a_dissatisfied_enterprise_is_handled_again_under_the_supervisors_eye(
        live: Live, officer: Arrive, enterprise: Enterprise) -> None:
    title = "奖补资金公示后没有到账"
    enterprise.reports(title, "去年的奖补资金公示已四个月，一直没有到账。", "政策兑现")
    office, head, supervisor = officer("dongsheng.office"), officer("dongsheng.head"), officer("supervisor")
    office.brings_to_assigning("政策兑现", GENERAL, "旗区、园区层面")
    office.accepts()
    office.handles("已核实公示名单")
    office.drafts_the_reply("奖补资金已列入计划。")
    head.approves_the_reply("奖补资金已列入计划。")
    enterprise.asks_where_it_stands("奖补资金已列入计划。")
    enterprise.rates("较快", "没有解决", "不满意", "钱还没有到账")

    head.reads_copies("的办理不满意：钱还没有到账")
    supervisor.opens("督办重办")
    supervisor.sees("钱还没有到账")
    supervisor.writes("重办要求", "十个工作日内拨付到账并当面说明")
    supervisor.finishes()
    enterprise.asks_where_it_stands("东胜区正在重新办理，督查部门在督促。")
    live.advance_working_days(2)
    office.opens("办理")
    office.sees("十个工作日内拨付到账并当面说明")
    office.handles("资金已拨付")
    reply = "奖补资金已于3月4日拨付到贵公司账户。"
    office.drafts_the_reply(reply)
    head.approves_the_reply(reply)
    supervisor.opens("督办审看")
    supervisor.sees(reply)
    supervisor.chooses("审看意见", "同意，答复企业")
    supervisor.finishes()
    enterprise.asks_where_it_stands("东胜区已经答复您", reply)
    enterprise.rates("很快", "解决了", "满意", "这回到账了")
    supervisor.opens_issue(title)
    supervisor.sees("已办结", "钱还没有到账", "十个工作日内拨付到账并当面说明", "这回到账了")
