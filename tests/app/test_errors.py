"""What goes wrong is told in the frame, with a way on, and to scripts as problem+json."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from app import web
from app.cases.errors import AlreadyDone, NotYours
from app.models import Position
from app.permissions import Permission, public, requires
from tests.app.conftest import Browser
from workflows.errors import TaskNotReady

FAILURES: dict[str, Exception] = {
    "done": AlreadyDone("李思源在10:20已经办结。"), "others": NotYours("这是别人的待办。"),
    "engine": TaskNotReady("这一步已经办过了。"), "bug": RuntimeError("secret detail")}


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """With routes that fail, each in its way."""

    def fail(how: str) -> str:
        web.db().add(Position(code="left", name="左"))
        web.db().flush()
        raise FAILURES[how]

    app.add_url_rule("/fail/<string:how>", "fail", requires(Permission.OWN_ACCOUNT)(fail), methods=["GET", "POST"])
    app.add_url_rule("/fail-openly/<string:how>", "fail_openly", public(fail), methods=["POST"])
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.mark.parametrize(("how", "status", "told"), [
    ("done", 409, "李思源在10:20已经办结。"), ("others", 403, "这是别人的待办。"),
    ("engine", 409, "这一步已经办过了。"), ("bug", 500, "差错已经记录")])
def test_a_failure_is_a_page_in_the_frame_with_a_way_on(officer: Browser, how: str, status: int, told: str):
    page = officer.post(f"/fail/{how}", headers={"Referer": "http://localhost/inbox"})
    assert page.status_code == status
    assert told in page.text
    assert "待办" in page.text and 'href="/inbox"' in page.text


def test_what_failed_leaves_nothing_behind(officer: Browser, sessions: sessionmaker[Session]):
    officer.post("/fail/done")
    with sessions() as session:
        assert session.get(Position, "left") is None


def test_a_bug_shows_a_number_and_no_trace(officer: Browser):
    page = officer.post("/fail/bug")
    assert "secret detail" not in page.text and "Traceback" not in page.text
    assert page.headers["X-Request-ID"] in page.text


def test_a_script_gets_problem_json(officer: Browser):
    answer = officer.post("/fail/done", headers={"HX-Request": "true"})
    assert answer.content_type == "application/problem+json"
    assert answer.get_json() == {
        "type": "about:blank", "title": "情况已经变了", "status": 409, "detail": "李思源在10:20已经办结。",
        "instance": answer.headers["X-Request-ID"]}


def test_a_script_that_is_not_signed_in_is_told_401(browser: Browser):
    assert browser.get("/inbox", headers={"Accept": "application/json"}).status_code == 401


def test_a_visitor_gets_the_public_frame(browser: Browser):
    page = browser.post("/fail-openly/done")
    assert page.status_code == 409 and "工作人员登录" in page.text


def test_an_address_that_leads_nowhere_says_so(browser: Browser):
    page = browser.get("/no-such-page")
    assert page.status_code == 404 and "没有找到这一页" in page.text


@pytest.mark.parametrize(("address", "status"), [("/no-such-page", 404), ("/tasks/1/claim", 405)])
def test_who_is_signed_in_keeps_the_frame_where_no_view_is_found(officer: Browser, address: str, status: int):
    page = officer.get(address)
    assert page.status_code == status and "工作人员登录" not in page.text and 'href="/inbox' in page.text


def test_an_address_that_only_takes_forms_leads_to_the_page_above_it(officer: Browser):
    assert 'href="/tasks/7"' in officer.get("/tasks/7/claim").text
    assert 'href="/tasks/7"' in officer.get("/tasks/7/draft", headers={"Referer": "https://evil.example/"}).text
    for nowhere in ("/logout", "/admin/mail/3/again"):
        assert "回到上一页" not in officer.get(nowhere).text


def test_the_way_back_never_leads_to_another_site(officer: Browser):
    page = officer.post("/fail/done", headers={"Referer": "https://evil.example/"})
    assert "evil.example" not in page.text


def test_a_form_that_lay_open_too_long_can_be_sent_again_as_it_was(officer: Browser, app: Flask):
    app.config["WTF_CSRF_ENABLED"] = True
    page = officer.post("/fail/done", data={"text": "三句<话>", "who": ["1", "2"], "csrf_token": "old"})
    assert page.status_code == 400
    assert 'name="text" value="三句&lt;话&gt;"' in page.text
    assert page.text.count('name="who"') == 2 and 'value="old"' not in page.text
