"""What an enterprise does with its code, on the real life of an issue."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.actor import ENTERPRISE
from app.issues import enterprise_acts
from app.issues.errors import NotNow
from app.issues.registration import register
from app.issues.timeline import said_by_enterprise
from app.models import Attachment, History, Issue
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import do, live, publish_lifecycle
from tests.conftest import MONDAY
from workflows.calendar import Calendar


@pytest.fixture
def reported(session: Session, calendar: Calendar) -> tuple[Issue, str]:
    publish_lifecycle(session, MONDAY)
    return register(session, a_report(), ENTERPRISE, MONDAY, calendar)


def said(session: Session, issue: Issue) -> list[tuple[str, str, tuple[str, ...]]]:
    rows = session.query(History).filter_by(instance_id=issue.instance_id).order_by(History.seq)
    return [(each.message, each.text, each.files) for each in said_by_enterprise(rows)]


def test_the_code_finds_its_issue_and_no_other_text_does(session: Session, reported: tuple[Issue, str]) -> None:
    issue, code = reported
    assert enterprise_acts.find_by_code(session, code.lower().replace("-", " ")) is issue
    for wrong in ("", issue.number, issue.follow_up_hash, "0000-0000-0000"):
        assert enterprise_acts.find_by_code(session, wrong) is None


def test_a_question_is_answered_once(session: Session, reported: tuple[Issue, str], calendar: Calendar) -> None:
    issue, _ = reported
    with pytest.raises(NotNow, match="不需要回答"):
        enterprise_acts.answer(session, issue, "是的", [], now=MONDAY, calendar=calendar)
    live(session, issue, "collect", now=MONDAY, calendar=calendar)
    do(session, issue, "sort", {"sort_result": "ask", "question": "请提供结算单"}, now=MONDAY, calendar=calendar)
    assert issue.status == "asked"
    assert "enterprise_answered" in enterprise_acts.waiting_for(session, issue)
    files = [Attachment(name="结算单.pdf")]
    enterprise_acts.answer(session, issue, "结算单见附件", files, now=MONDAY, calendar=calendar)
    session.refresh(issue)
    assert issue.status == "open"
    assert said(session, issue) == [("enterprise_answered", "结算单见附件", ("结算单.pdf",))]


def test_material_is_added_while_it_is_being_handled(
        session: Session, reported: tuple[Issue, str], calendar: Calendar) -> None:
    issue, _ = reported
    now = live(session, issue, "accept_assignment", now=MONDAY, calendar=calendar)
    enterprise_acts.add_material(session, issue, "银行今天来电", [], now=now, calendar=calendar)
    session.refresh(issue)
    assert issue.stage == "handle"
    assert said(session, issue) == [("material_added", "银行今天来电", ())]


def test_a_withdrawn_issue_is_over_and_takes_nothing_more(
        session: Session, reported: tuple[Issue, str], calendar: Calendar) -> None:
    issue, _ = reported
    enterprise_acts.withdraw(session, issue, "已自行解决", now=MONDAY, calendar=calendar)
    session.refresh(issue)
    assert (issue.status, issue.stage, issue.closed_at) == ("withdrawn", "closed", MONDAY)
    for act in (enterprise_acts.add_material, enterprise_acts.answer):
        with pytest.raises(NotNow):
            act(session, issue, "还有", [], now=MONDAY, calendar=calendar)
    with pytest.raises(NotNow, match="已经结束"):
        enterprise_acts.withdraw(session, issue, "", now=MONDAY, calendar=calendar)


def test_the_rating_closes_a_solved_issue(session: Session, reported: tuple[Issue, str], calendar: Calendar) -> None:
    issue, _ = reported
    rating = {"response_rating": 5, "solved": True, "satisfaction": 4, "comment": "很好"}
    with pytest.raises(NotNow, match="还不能评价"):
        enterprise_acts.rate(session, issue, **rating, now=MONDAY, calendar=calendar)  # type: ignore[arg-type]
    now = live(session, issue, "approve_reply", now=MONDAY, calendar=calendar)
    enterprise_acts.rate(session, issue, **rating, now=now, calendar=calendar)  # type: ignore[arg-type]
    session.refresh(issue)
    assert (issue.status, issue.response_rating, issue.solved, issue.satisfaction) == ("closed", 5, True, 4)
    with pytest.raises(NotNow, match="已经评价过"):
        enterprise_acts.rate(session, issue, **rating, now=now, calendar=calendar)  # type: ignore[arg-type]


def test_merged_issues_follow_the_main_one_whatever_the_chain(
        session: Session, make_issue: Callable[..., Issue]) -> None:
    main, first, second = make_issue(), make_issue(), make_issue()
    first.merged_into, second.merged_into = main.id, first.id
    session.flush()
    assert enterprise_acts.followed(session, second.id) is main
    assert enterprise_acts.followed(session, main.id) is main
