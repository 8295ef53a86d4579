"""Following an issue with its code."""
from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import SYSTEM
from app.cases import service
from app.models import Attachment, History, Issue
from tests.app.issues.lives import do, live
from tests.app.issues.test_attachments import PDF
from tests.conftest import FixedClock
from workflows.calendar import Calendar

Go = Callable[..., None]


@pytest.fixture
def code(browser: FlaskClient, report: Callable[[], str]) -> str:
    return report()


@pytest.fixture
def go(browser: FlaskClient, code: str, sessions: sessionmaker[Session], clock: FixedClock, calendar: Calendar) -> Go:
    """`go("accept_assignment")` walks the reported issue's life up to this step, `go(sort={…})` finishes one; then
    the code is entered again, since sessions end meanwhile."""

    def walk(until: str | None = None, **steps: dict[str, object]) -> None:
        with sessions.begin() as session:
            issue = session.scalars(select(Issue).order_by(Issue.id)).first()
            assert issue is not None
            if until:
                clock.now = live(session, issue, until, now=clock.now, calendar=calendar)
            for element, answers in steps.items():
                do(session, issue, element, answers, now=clock.now, calendar=calendar)
        browser.post("/follow", data={"code": code})

    return walk


def followed(browser: FlaskClient) -> str:
    return browser.get("/follow/progress").text


def test_the_code_opens_the_progress_and_no_address_carries_it(browser: FlaskClient, code: str) -> None:
    other = browser.application.test_client()
    assert other.get("/follow/progress").location == "/follow"
    answer = other.post("/follow", data={"code": code.lower()})
    assert answer.location == "/follow/progress"
    assert answer.status_code == 303
    page = followed(other)
    assert "2026-000001" in page
    assert "正在核对情况" in page
    assert code not in page


def test_every_wrong_code_gets_the_same_answer(browser: FlaskClient, code: str) -> None:
    other = browser.application.test_client()
    pages = [other.post("/follow", data={"code": wrong}) for wrong in ("7K2M-9QXF-4T8C", "x", "2026-000001")]
    assert all(page.status_code == 200 and "没有找到这个查询码" in page.text for page in pages)
    assert len({page.text.replace(page.text.split('name="code"')[1].split(">")[0], "") for page in pages}) == 1


def test_guessing_is_slowed_down_and_right_codes_do_not_count(
        browser: FlaskClient, code: str, limits: None) -> None:
    other = browser.application.test_client()
    assert {other.post("/follow", data={"code": code}).status_code for _ in range(15)} == {303}
    answers = [other.post("/follow", data={"code": "7K2M-9QXF-4T8C"}).status_code for _ in range(15)]
    assert answers == [200] * 10 + [429] * 5


def test_progress_names_the_unit_and_the_promise_and_no_inner_step(browser: FlaskClient, go: Go) -> None:
    go("accept_assignment")
    page = followed(browser)
    assert "已由东胜区受理，正在办理。" in page
    assert "承诺在4月2日（周四）前办结。" in page
    assert not any(inner in page for inner in ("研判", "经办", "负责人", "banner", "dongsheng"))


def test_a_question_is_answered_with_words_and_files(
        browser: FlaskClient, go: Go, sessions: sessionmaker[Session]) -> None:
    go("collect", sort={"sort_result": "ask", "question": "请提供贷款合同"})
    assert "请提供贷款合同" in followed(browser)
    assert "请写下您的回答" in browser.post("/follow/answer", data={"text": ""}).text
    browser.post("/follow/answer", data={"text": "合同见附件", "files": (io.BytesIO(PDF), "贷款合同.pdf")},
                 content_type="multipart/form-data")
    page = followed(browser)
    assert "您的回答已经交给工作人员" in page
    assert "合同见附件" in page
    assert "请提供贷款合同" not in page
    with sessions() as session:
        assert session.scalars(select(Attachment.name)).one() == "贷款合同.pdf"
    assert browser.get("/follow/answer").location == "/follow/progress"


def test_material_needs_words_or_a_file_and_a_refused_file_leaves_nothing_behind(
        browser: FlaskClient, code: str, sessions: sessionmaker[Session]) -> None:
    assert "请写点什么，或者选一个文件" in browser.post("/follow/material", data={"text": ""}).text
    page = browser.post("/follow/material", data={"text": "见附件", "files": [
        (io.BytesIO(PDF), "一.pdf"), (io.BytesIO(b"MZ\x90\0" + b"\0" * 99), "二.exe")]},
        content_type="multipart/form-data").text
    assert "二.exe”不是可以接收的文件" in page
    assert "见附件" in page
    with sessions() as session:
        assert session.scalars(select(Attachment)).all() == []
    assert browser.post("/follow/material", data={"text": "银行来电"}).location == "/follow/progress"
    assert "银行来电" in followed(browser)


def test_a_second_press_sends_nothing_twice(
        browser: FlaskClient, code: str, sessions: sessionmaker[Session]) -> None:
    key = re.search(r'name="key" value="([^"]+)"', browser.get("/follow/material").text)
    assert key is not None
    for _ in range(2):
        sent = browser.post("/follow/material", data={
            "text": "银行来电", "key": key[1], "files": (io.BytesIO(PDF), "合同.pdf")},
            content_type="multipart/form-data")
        assert sent.location == "/follow/progress"
    with sessions() as session:
        assert len(session.scalars(select(Attachment)).all()) == 1
        assert len(session.scalars(select(History).where(History.op == "deliver")).all()) == 1


def test_withdrawing_is_confirmed_and_ends_it(browser: FlaskClient, code: str) -> None:
    assert "撤回后不能恢复" in browser.get("/follow/withdraw").text
    browser.post("/follow/withdraw", data={"reason": "已自行解决"})
    page = followed(browser)
    assert "您已撤回这件事" in page
    assert "/follow/withdraw" not in page
    browser.post("/follow/withdraw", data={})
    assert "不需要撤回了" in followed(browser)


def test_three_questions_on_one_screen_and_the_answers_are_shown(browser: FlaskClient, go: Go) -> None:
    assert browser.get("/follow/rate").location == "/follow/progress"
    go("approve_reply")
    assert "您公司的贷款已由银行同意" in followed(browser)
    assert browser.post("/follow/rate", data={"response_rating": "5"}).text.count("请选一个") == 4
    browser.post("/follow/rate", data={"response_rating": "5", "solved": "yes", "satisfaction": "4", "comment": "谢谢"})
    page = followed(browser)
    assert "谢谢您的评价" in page
    assert "回应：很快；困难：解决了；总的来说：满意" in page
    assert "已于3月2日（周一）办结" in page


def test_a_reply_is_shown_once_it_is_approved(browser: FlaskClient, go: Go) -> None:
    go("draft_reply")
    page = followed(browser)
    assert "正在核定" in page and "您公司的贷款已由银行同意" not in page
    go(approve_reply={"reply_approved": True})
    assert "您公司的贷款已由银行同意" in followed(browser)


def test_files_are_downloads_for_the_one_who_holds_the_code_alone(browser: FlaskClient, code: str) -> None:
    browser.post("/follow/material", data={"text": "", "files": (io.BytesIO(PDF), "合同.pdf")},
                 content_type="multipart/form-data")
    answer = browser.get("/follow/files/1")
    assert answer.data == PDF
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert browser.application.test_client().get("/follow/files/1").status_code == 404
    assert browser.get("/follow/files/99").status_code == 404


def test_a_merged_one_follows_the_main_one(
        browser: FlaskClient, report: Callable[[], str], go: Go, sessions: sessionmaker[Session]) -> None:
    go("accept_assignment")
    other = report()
    with sessions.begin() as session:
        main, merged = session.scalars(select(Issue).order_by(Issue.id)).all()
        merged.merged_into, merged.status = main.id, "merged"
    stranger = browser.application.test_client()
    stranger.post("/follow", data={"code": other})
    page = followed(stranger)
    assert "您反映的 2026-000002 与这件事相同" in page
    assert "已由东胜区受理" in page


def test_leaving_forgets_the_issue_in_this_browser(browser: FlaskClient, code: str) -> None:
    browser.post("/follow/leave")
    assert browser.get("/follow/progress").location == "/follow"


def test_while_an_issue_is_held_the_enterprise_is_told_so_and_keeps_its_words(
        browser: FlaskClient, code: str, sessions: sessionmaker[Session], clock: FixedClock,
        calendar: Calendar) -> None:
    with sessions.begin() as session:
        issue = session.scalars(select(Issue)).one()
        service.suspend(session, issue.instance_id, "等材料", actor=SYSTEM, now=clock.now, calendar=calendar)
    page = browser.post("/follow/material", data={"text": "很长的补充说明", "files": (io.BytesIO(PDF), "合同.pdf")},
                        content_type="multipart/form-data").text
    assert "恢复办理后再请您试一次" in page and "很长的补充说明" in page and "已经办结" not in page
    browser.post("/follow/withdraw", data={})
    assert "恢复办理后再请您试一次" in followed(browser)
    with sessions() as session:
        assert session.scalars(select(Attachment)).all() == []
