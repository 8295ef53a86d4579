"""Likely duplicates among an enterprise's issues."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from app.issues.duplicates import others_of_enterprise
from app.models import Issue
from tests.conftest import MONDAY


def test_the_enterprise_s_other_issues_are_shown_the_most_alike_first(
        session: Session, make_issue: Callable[..., Issue]) -> None:
    power = make_issue(title="用电负荷不足", description="变压器容量不足，高峰时段需要轮停。")
    loan = make_issue(title="贷款3月到期续贷困难", description="银行的500万元流动资金贷款3月到期，银行可能压缩额度。")
    make_issue(enterprise_name="别的公司")
    issue = make_issue()
    found = others_of_enterprise(session, issue, now=MONDAY)
    assert [likeness.issue for likeness in found] == [loan, power]
    assert [likeness.likely for likeness in found] == [True, False]


def test_old_closed_and_merged_ones_are_left_out_but_old_open_ones_stay(
        session: Session, make_issue: Callable[..., Issue]) -> None:
    long_ago = MONDAY - timedelta(days=400)
    still_open = make_issue(now=long_ago, title="还没有办完的老问题")
    make_issue(now=long_ago, title="早就办完的老问题", status="closed")
    make_issue(title="已经合并的问题", status="merged")
    just_closed = make_issue(title="刚办完的问题", status="closed")
    found = others_of_enterprise(session, make_issue(), now=MONDAY)
    assert {likeness.issue for likeness in found} == {still_open, just_closed}


def test_an_enterprise_that_was_entered_twice_is_found_by_its_name(
        session: Session, make_issue: Callable[..., Issue]) -> None:
    first = make_issue(credit_code="91350100M000100Y43")
    second = make_issue(credit_code="91110000802100433B")
    assert first.enterprise_id != second.enterprise_id
    assert [likeness.issue for likeness in others_of_enterprise(session, second, now=MONDAY)] == [first]
