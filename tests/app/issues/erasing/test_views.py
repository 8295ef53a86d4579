"""A supervisor asks on the issue's page, a security administrator agrees on theirs, and every page reads it."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from app.actor import ENTERPRISE
from app.issues import enterprise_acts
from app.issues.registration import register
from app.models import AdminAct, Erasure, Issue
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import live, publish_lifecycle

NUMBER = "2026-000001"
PAGE = f"/issues/{NUMBER}/erasure"


@pytest.fixture
def code(sessions, clock, calendar, add_user) -> str:
    """A closed issue's follow-up code; there are a supervisor, a security administrator and an auditor."""
    with sessions.begin() as session:
        publish_lifecycle(session, clock.now)
        issue, code = register(session, a_report(contact_name="张建国"), ENTERPRISE, clock.now, calendar)
        now = live(session, issue, "approve_reply", now=clock.now, calendar=calendar)
        enterprise_acts.rate(session, issue, response_rating=5, solved=True, satisfaction=5, now=now,
                             comment="办得快，谢谢王科长", calendar=calendar)
    clock.now = now
    add_user("supervisor", ("supervision", "supervisor"), name="苏合")
    add_user("security", ("city", "security"), name="安全员")
    add_user("auditor", ("city", "auditor"), name="审计员")
    return code


@pytest.fixture
def asked(browser, code):
    browser.sign_in("supervisor")
    answer = browser.submit(PAGE, {"reason": "本人书面要求"}, follow_redirects=True)
    assert "等安全管理员同意" in answer.text and "撤回申请" in answer.text
    browser.submit("/logout", on=PAGE)


def test_what_there_is_is_shown_and_a_reason_is_asked_for(browser, code):
    browser.sign_in("supervisor")
    assert "删除个人信息" in browser.get(f"/issues/{NUMBER}").text
    page = browser.get(PAGE).text
    assert "联系人的姓名、电话和邮箱" in page and "历史里的个人信息" in page and "以前的备份里还有" in page
    refused = browser.submit(PAGE, {"reason": " "})
    assert refused.status_code == 409 and "请写明删除的原因" in refused.text


def test_an_open_issue_says_that_it_is_too_early(browser, code, sessions, clock, calendar):
    with sessions.begin() as session:
        number = register(session, a_report(), ENTERPRISE, clock.now, calendar)[0].number
    browser.sign_in("supervisor")
    page = browser.get(f"/issues/{number}/erasure").text
    assert "办结以后才能删除个人信息" in page and "提出删除" not in page
    assert f"/issues/{number}/erasure" not in browser.get(f"/issues/{number}").text


def test_a_supervisor_takes_back_what_was_asked_for(browser, asked, sessions):
    browser.sign_in("supervisor")
    assert "什么都没有删除" in browser.submit(f"{PAGE}/withdraw", on=PAGE, follow_redirects=True).text
    with sessions() as session:
        assert session.scalars(select(Erasure.status)).all() == ["withdrawn"]


def test_once_a_security_administrator_agrees_every_page_says_so(browser, asked, code, sessions):
    browser.sign_in("security")
    waiting = browser.get("/admin/erasures").text
    assert NUMBER in waiting and "本人书面要求" in waiting and "张建国" not in waiting
    done = browser.submit("/admin/erasures/1/agree", on="/admin/erasures", follow_redirects=True)
    assert "已删除：联系人的姓名、电话和邮箱2处、历史里的个人信息1处" in done.text
    assert browser.submit("/admin/erasures/1/refuse", on="/admin/erasures?decided=1").status_code == 409
    with sessions() as session:
        act = session.scalars(select(AdminAct).where(AdminAct.op == "admin.erasure_agree")).one()
        assert (act.subject, act.after["status"], act.after["values"]) == (NUMBER, "done", 1)
        assert session.scalars(select(Issue.contact_name)).all() == ["（已删除）"]
    browser.submit("/logout", on="/admin/erasures")
    browser.sign_in("supervisor")
    for page in (f"/issues/{NUMBER}", f"/issues/{NUMBER}/history?open=1", f"/issues/{NUMBER}/past/frames.json",
                 f"/issues/{NUMBER}/sheet", PAGE):
        text = browser.get(page).text
        assert "王科长" not in text and "张建国" not in text, page
    assert "（已删除）" in browser.get(f"/issues/{NUMBER}").text
    assert browser.get(f"/issues/{NUMBER}/past/frames.json").json["differs"] is None
    proof = browser.get(f"/issues/{NUMBER}/past/proof").text
    assert "验证通过" in proof and "1项个人信息已删除，不能比对" in proof and "苏合提出、安全员同意" in proof
    browser.submit("/logout", on=PAGE)
    followed = browser.submit("/follow", {"code": code}, follow_redirects=True)
    assert followed.status_code == 200 and "张建国" not in followed.text


def test_who_does_not_agree_changes_nothing(browser, asked, sessions):
    browser.sign_in("security")
    assert "什么都没有删除" in browser.submit("/admin/erasures/1/refuse", on="/admin/erasures",
                                       follow_redirects=True).text
    with sessions() as session:
        assert session.scalars(select(Issue.contact_name)).all() == ["张建国"]


def test_an_auditor_sees_both_and_decides_nothing(browser, asked):
    browser.sign_in("auditor")
    page = browser.get("/admin/erasures").text
    assert NUMBER in page and "同意删除" not in page and "等安全管理员同意" in page
    assert browser.submit("/admin/erasures/1/agree", on="/account/password").status_code == 403
