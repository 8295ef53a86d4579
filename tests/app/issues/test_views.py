"""The pages of issues, as an officer opens them."""
from __future__ import annotations

import io
import re
from collections.abc import Callable
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import ENTERPRISE
from app.issues import enterprise_acts, follow_up
from app.issues.registration import register
from app.models import Attachment, Issue, WorkItem
from tests.app.conftest import Browser
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import live, publish_lifecycle
from tests.app.issues.test_attachments import PDF
from tests.conftest import FixedClock
from workflows.calendar import Calendar

NUMBER = "2026-000001"
VISIT = {"channel": "visit", "title": "用电负荷不足，生产线轮停",
         "description": "变压器容量不足，高峰时段需要轮停。",
         "category": "power",
         "enterprise_name": "鄂尔多斯市锦川羊绒制品有限公司", "place": "dongsheng", "contact_name": "王厂长",
         "contact_phone": "13900000000"}


@pytest.fixture
def handled(sessions: sessionmaker[Session], clock: FixedClock, calendar: Calendar) -> str:
    """An issue that was answered and rated; returns its code."""
    with sessions.begin() as session:
        publish_lifecycle(session, clock.now)
        issue, code = register(session, a_report(), ENTERPRISE, clock.now, calendar)
        now = live(session, issue, "approve_reply", now=clock.now, calendar=calendar)
        enterprise_acts.rate(session, issue, response_rating=5, solved=True, satisfaction=4, comment="办得快，谢谢",
                             now=now, calendar=calendar)
    clock.now = now
    return code


@pytest.fixture
def office(browser: Browser, handled: str, add_user: Callable[..., int]) -> Browser:
    """The browser of Dongsheng's office."""
    add_user("dongsheng.office", ("dongsheng", "intake"), ("dongsheng", "judge"), name="郝思雨")
    browser.sign_in("dongsheng.office")
    return browser


@pytest.fixture
def stranger(browser: Browser, handled: str, add_user: Callable[..., int]) -> Browser:
    add_user("otog.clerk", ("otog", "clerk"))
    browser.sign_in("otog.clerk")
    return browser


def test_the_story_is_on_one_page(office: Browser) -> None:
    page = office.get(f"/issues/{NUMBER}").text
    for text in ("我公司在本地银行有一笔500万元", "一般", "东胜区", "召集银行和担保公司会商",
                 "您公司的贷款已由银行同意", "办得快，谢谢", "企业作了评价", "一个部门可以解决", "企业网上填报"):
        assert text in page
    assert not re.search(r">(financing|general|dongsheng|approve_reply)<", page)


def test_what_the_enterprise_adds_is_read_beside_its_report(
        office: Browser, sessions: sessionmaker[Session], clock: FixedClock, calendar: Calendar) -> None:
    with sessions.begin() as session:
        issue, _ = register(session, a_report(), ENTERPRISE, clock.now, calendar)
        enterprise_acts.add_material(session, issue, "银行今天来电", [Attachment(name="通知.pdf")], now=clock.now,
                                     calendar=calendar)
    page = office.get(f"/issues/{issue.number}").text
    assert "银行今天来电 （附件：通知.pdf）" in page


def test_the_diagram_comes_with_the_path_that_was_taken(office: Browser) -> None:
    (first, *_) = office.get(f"/issues/{NUMBER}/diagram.json").json
    assert first["process"] == "issue-lifecycle"
    assert "<bpmn:definitions" in first["xml"]
    assert {"collect", "judge", "approve_reply", "close_issue"} <= set(first["done"])
    assert first["active"] == []


def test_the_handling_sheet_says_who_did_what(office: Browser) -> None:
    page = office.get(f"/issues/{NUMBER}/sheet").text
    for text in ("助企纾困问题办理单", NUMBER, "研判理由：一个部门可以解决",
                 "响应：很快　解决：已解决　满意：满意", "打印人：郝思雨"):
        assert text in page
    assert "None" not in page  # a general issue has no limit for a plan


def test_who_may_not_see_an_issue_gets_the_same_answer_as_for_none(stranger: Browser) -> None:
    paths = ("", "/sheet", "/diagram.json", "/files/1")
    answers = [stranger.get(f"/issues/{number}{path}") for path in paths for number in (NUMBER, "2026-999999")]
    assert {answer.status_code for answer in answers} == {404}
    assert NUMBER not in stranger.get("/issues/").text


def test_the_list_and_its_workbook_follow_the_address(office: Browser) -> None:
    assert NUMBER in office.get("/issues/?q=恒拓&category=financing&status=closed").text
    assert "没有符合条件的问题" in office.get("/issues/?status=unfinished").text
    book = load_workbook(BytesIO(office.get("/issues/export.xlsx?category=financing").data))
    assert [row[0] for row in book.active.iter_rows(values_only=True)] == ["编号", NUMBER]


def test_an_officer_registers_a_visit_and_hands_the_code_over(
        office: Browser, sessions: sessionmaker[Session]) -> None:
    form = office.get("/issues/new").text
    signed = form.split('name="code" type="hidden" value="')[1].split('"')[0]
    page = office.submit("/issues/new", {**VISIT, "code": signed, "files": (io.BytesIO(PDF), "走访记录.pdf")},
                         content_type="multipart/form-data").text
    code = page.split('id="code"')[1].split(">")[1].split("<")[0]
    with sessions() as session:
        issue = session.scalars(select(Issue).where(Issue.follow_up_hash == follow_up.digest(code))).one()
        stages = session.scalars(select(WorkItem.stage).where(WorkItem.issue_id == issue.id,
                                                              WorkItem.status == "open")).all()
    assert (issue.channel, issue.stage, stages) == ("visit", "sort", ["sort"])
    file = office.get(f"/issues/{issue.number}/files/1")
    assert file.data == PDF
    assert file.headers["Content-Disposition"].startswith("attachment")


def test_a_registration_with_an_error_keeps_what_was_typed(office: Browser) -> None:
    page = office.submit("/issues/new", {**VISIT, "contact_phone": "12"}).text
    assert "这个号码好像不完整" in page
    assert VISIT["description"] in page


def test_registering_for_an_enterprise_needs_the_permission(browser: Browser, add_user: Callable[..., int]) -> None:
    add_user("auditor", ("city", "auditor"))
    browser.sign_in("auditor")
    assert browser.get("/issues/new").status_code == 403
    assert "代企业登记" not in browser.get("/issues/").text


def test_a_promise_that_crosses_into_a_year_without_notice_says_so(
        office: Browser, sessions: sessionmaker[Session], clock: FixedClock) -> None:
    with sessions.begin() as session:
        issue = session.scalars(select(Issue).where(Issue.number == NUMBER)).one()
        issue.status, issue.due_at = "open", clock.now.replace(year=clock.now.year + 1)
    page = office.get(f"/issues/{NUMBER}").text
    assert "（暂定）" in page and "期限跨到尚未公布放假安排的年份" in page
