"""Merging duplicates: the merged one follows the main one, and both histories say so."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import ENTERPRISE, SYSTEM
from app.issues import enterprise_acts, merging
from app.issues.errors import MergeRefused
from app.issues.registration import register
from app.models import Enterprise, History, Issue, Outbox
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import live, publish_lifecycle
from tests.conftest import MONDAY
from workflows.calendar import Calendar


def test_open_issues_of_the_enterprise_are_offered_the_most_alike_first(
        session: Session, make_issue: Callable[..., Issue]) -> None:
    power = make_issue(title="用电负荷不足", description="变压器容量不足。")
    loan = make_issue(title="贷款3月到期续贷困难")
    make_issue(status="closed")
    offered = merging.candidates(session, make_issue(), now=MONDAY)
    assert [number for number, _ in offered] == [loan.number, power.number]
    assert offered[0][1].startswith(f"{loan.number} 贷款3月到期续贷困难（同一企业、标题相似")


def test_the_merged_one_s_enterprise_follows_the_main_one_and_its_history_tells(
        session: Session, make_issue: Callable[..., Issue]) -> None:
    main, again = make_issue(), make_issue(title="同一件事")
    merging.follow_main(session, again, main.number, actor=SYSTEM, now=MONDAY)
    assert enterprise_acts.followed(session, again.id) is main
    newest = session.scalars(select(History).where(History.instance_id == main.instance_id)
                             .order_by(History.seq.desc())).first()
    assert newest is not None
    assert newest.text == f"{again.number}“同一件事”并入本问题，一并办理"


@pytest.mark.parametrize(("change", "told"), [
    ({}, "合并到它自己"), ({"enterprise_name": "别的公司"}, "另一家企业"), ({"status": "closed"}, "已经办结"),
    ({"status": "merged"}, "已经办结")])
def test_what_cannot_be_merged_is_refused_with_the_reason(
        session: Session, make_issue: Callable[..., Issue], change: dict[str, str], told: str) -> None:
    issue = make_issue()
    main = make_issue(**change) if change else issue
    with pytest.raises(MergeRefused, match=told):
        merging.find_main(session, issue, main.number)


def test_a_number_that_nobody_has_and_an_issue_that_was_merged_itself_are_refused(
        session: Session, make_issue: Callable[..., Issue]) -> None:
    issue, main, merged = make_issue(), make_issue(), make_issue()
    merging.follow_main(session, merged, main.number, actor=SYSTEM, now=MONDAY)
    with pytest.raises(MergeRefused, match="没有编号"):
        merging.find_main(session, issue, "2026-999999")
    with pytest.raises(MergeRefused, match="已经并入"):
        merging.find_main(session, issue, merged.number)


def test_two_firms_of_one_name_are_two_firms(session: Session, make_issue: Callable[..., Issue]) -> None:
    main, other = make_issue(), make_issue()
    other.enterprise = Enterprise(name=main.enterprise.name, place="otog", credit_code="91150602MA0N000002")
    main.enterprise.credit_code = "91150602MA0N000001"
    session.flush()
    with pytest.raises(MergeRefused, match="另一家企业"):
        merging.find_main(session, other, main.number)


def test_what_is_withdrawn_meanwhile_takes_no_other_in(
        session: Session, sessions: sessionmaker[Session], make_issue: Callable[..., Issue]) -> None:
    main, again = make_issue(), make_issue()
    session.commit()
    assert merging.find_main(session, again, main.number) is main
    session.commit()
    with sessions.begin() as other:
        other.get_one(Issue, main.id).status = "withdrawn"
    with pytest.raises(MergeRefused, match="已经办结"):
        merging.lock_main(session, again, main.number)


def test_whose_issue_was_merged_gets_the_main_ones_letters_too(session: Session, calendar: Calendar) -> None:
    publish_lifecycle(session, MONDAY)
    reports = (a_report(contact_email=f"{name}@firm.cn") for name in ("main", "merged", "further"))
    main, merged, further = (register(session, report, ENTERPRISE, MONDAY, calendar)[0] for report in reports)
    merged.merged_into, further.merged_into = main.id, merged.id
    session.flush()
    session.execute(delete(Outbox))
    live(session, main, "approve_reply", now=MONDAY, calendar=calendar)
    outside = session.scalars(select(Outbox.recipient).where(Outbox.recipient.endswith("@firm.cn"))).all()
    assert {"main@firm.cn", "merged@firm.cn", "further@firm.cn"} == set(outside)
