"""Reporting a difficulty in three steps, without script."""
from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from app.cases import definitions
from app.issues import attachments, follow_up
from app.issues.registration import PROCESS
from app.models import Attachment, Issue
from tests.app.issues.lives import ROOT
from tests.app.issues.test_attachments import PDF
from tests.app.portal.conftest import ENTERPRISE, TROUBLE, code_on, signed_code
from tests.conftest import MONDAY, FixedClock
from workflows.content import read_folder


def test_three_steps_lead_to_a_number_a_code_and_its_picture(
        browser: FlaskClient, sessions: sessionmaker[Session]) -> None:
    assert browser.post("/report", data=TROUBLE).location == "/report/enterprise"
    assert browser.post("/report/enterprise", data=ENTERPRISE).location == "/report/confirm"
    asked = browser.get("/report/confirm").text
    assert all(text in asked for text in (TROUBLE["title"], "融资", "东胜区", "91350100M000100Y43"))
    page = browser.post("/report/done", data={"code": signed_code(browser)}).text
    code = code_on(page)
    assert "2026-000001" in page
    assert re.search(r'<img src="data:image/png;base64,', page)
    with sessions() as session:
        issue = session.scalars(select(Issue)).one()
        assert issue.follow_up_hash == follow_up.digest(code)
        assert issue.enterprise.credit_code == "91350100M000100Y43"


def test_sending_twice_registers_once_and_shows_the_same_code(
        browser: FlaskClient, sessions: sessionmaker[Session]) -> None:
    browser.post("/report", data=TROUBLE)
    browser.post("/report/enterprise", data=ENTERPRISE)
    signed = signed_code(browser)
    codes = {code_on(browser.post("/report/done", data={"code": signed}).text) for _ in range(2)}
    with sessions() as session:
        assert len(codes) == session.scalar(select(func.count()).select_from(Issue)) == 1


def test_a_code_of_one_s_own_choosing_is_not_taken(browser: FlaskClient, sessions: sessionmaker[Session]) -> None:
    browser.post("/report", data=TROUBLE)
    browser.post("/report/enterprise", data=ENTERPRISE)
    page = browser.post("/report/done", data={"code": "0000-0000-0000"}).text
    assert "确认提交" in page
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Issue)) == 0


def test_nothing_typed_is_lost_on_an_error_or_on_going_back(browser: FlaskClient) -> None:
    page = browser.post("/report", data={**TROUBLE, "title": "短"}, follow_redirects=True).text
    assert "请写4到60个字" in page
    assert TROUBLE["description"] in page
    browser.post("/report", data=TROUBLE)
    wrong = {**ENTERPRISE, "credit_code": "91350100M000100Y44", "contact_name": "李经理"}
    assert "校验码对不上" in browser.post("/report/enterprise", data=wrong, follow_redirects=True).text
    assert browser.post("/report/enterprise", data={**wrong, "go": "back"}).location == "/report"
    assert TROUBLE["title"] in browser.get("/report").text
    assert "李经理" in browser.get("/report/enterprise").text
    assert browser.get("/report/confirm").location == "/report/enterprise"


def test_a_session_that_ends_between_the_steps_loses_nothing_typed(browser: FlaskClient) -> None:
    browser.post("/report", data=TROUBLE)
    carried = hidden_on(browser.get("/report/enterprise").text)
    later = browser.application.test_client()
    assert later.post("/report/enterprise", data={**carried, **ENTERPRISE}).location == "/report/confirm"
    confirming = hidden_on(later.get("/report/confirm").text)
    much_later = browser.application.test_client()
    assert "2026-000001" in much_later.post("/report/done", data=confirming).text


def hidden_on(page: str) -> dict[str, str]:
    inputs = re.findall(r'<input[^>]*type="hidden"[^>]*>', page)
    return {re.findall(r'name="([^"]*)"', each)[0]: re.findall(r'value="([^"]*)"', each)[0] for each in inputs}


def test_good_files_stay_and_bad_ones_are_named(
        browser: FlaskClient, sessions: sessionmaker[Session]) -> None:
    files = [(io.BytesIO(PDF), "合同.pdf"), (io.BytesIO(b"MZ\x90\0" + b"\0" * 99), "程序.exe")]
    page = browser.post("/report", data={**TROUBLE, "files": files}, content_type="multipart/form-data",
                        follow_redirects=True).text
    assert "程序.exe”不是可以接收的文件" in page
    assert "合同.pdf" in page
    assert TROUBLE["title"] in page
    browser.post("/report", data=TROUBLE)
    browser.post("/report/enterprise", data=ENTERPRISE)
    browser.post("/report/done", data={"code": signed_code(browser)})
    with sessions() as session:
        assert [(file.name, file.issue_id) for file in session.scalars(select(Attachment))] == [("合同.pdf", 1)]


def test_a_file_is_taken_out_again(browser: FlaskClient, sessions: sessionmaker[Session]) -> None:
    browser.post("/report", data={**TROUBLE, "files": (io.BytesIO(PDF), "合同.pdf")},
                 content_type="multipart/form-data")
    browser.post("/report", data={**TROUBLE, "remove": "1"})
    assert "合同.pdf" not in browser.get("/report").text
    browser.post("/report", data=TROUBLE)
    browser.post("/report/enterprise", data=ENTERPRISE)
    browser.post("/report/done", data={"code": signed_code(browser)})
    with sessions.begin() as session:
        assert session.scalars(select(Attachment.issue_id)).all() == [None], "not sent, and left to housekeeping"
        assert len(attachments.forget_unfinished(session, before=MONDAY + timedelta(days=1))) == 1


def test_another_report_s_file_cannot_be_taken_out(browser: FlaskClient) -> None:
    browser.post("/report", data={**TROUBLE, "files": (io.BytesIO(PDF), "合同.pdf")},
                 content_type="multipart/form-data")
    other = browser.application.test_client()
    other.post("/report", data={**TROUBLE, "remove": "1"})
    assert "合同.pdf" in browser.get("/report").text


def test_a_machine_that_fills_every_field_is_turned_away(browser: FlaskClient) -> None:
    answer = browser.post("/report", data={**TROUBLE, "website": "http://x"}, follow_redirects=True)
    assert "提交没有成功" in answer.text


@pytest.mark.parametrize("path", ["/report", "/report/enterprise", "/follow"])
def test_each_page_names_itself_in_one_heading(browser: FlaskClient, path: str) -> None:
    page = browser.get(path).text
    assert page.count("<h1") == 1
    assert 'lang="zh' in page


def test_too_many_reports_from_one_address_are_told_kindly(
        browser: FlaskClient, report: Callable[[], str], limits: None) -> None:
    report()
    answers = [browser.post("/report/done", data={"code": "x"}) for _ in range(31)]
    assert [answer.status_code == 429 for answer in answers] == [False] * 29 + [True] * 2
    assert "操作太频繁" in answers[-1].text


def test_the_promise_has_the_numbers_of_the_process_in_force(browser: FlaskClient, sessions: sessionmaker[Session],
                                                             clock: FixedClock):
    browser.post("/report", data=TROUBLE)
    browser.post("/report/enterprise", data=ENTERPRISE)
    assert "复杂问题5个工作日内制定方案、3个月内解决" in browser.get("/report/confirm").text
    with sessions.begin() as session:
        files = read_folder(ROOT / "bpmn", PROCESS)
        changed = {path: text.replace("plan_days&quot;: 5", "plan_days&quot;: 3").replace(
            "triage_days&quot;: 1", "triage_days&quot;: 2") for path, text in files.items()}
        definitions.publish(session, PROCESS, changed, now=clock.now)
    assert "复杂问题3个工作日内制定方案、3个月内解决" in browser.get("/report/confirm").text
    done = browser.post("/report/done", data={"code": signed_code(browser)}).text
    assert "复杂问题3个工作日内制定方案，3个月内解决" in done and "2个工作日内，我们会确定由哪个部门办理" in done
