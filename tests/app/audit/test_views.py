"""The page of those who audit: seals by day, the last verification, and the first broken entry with its case."""
from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actor import ENTERPRISE
from app.audit import checks, sealing
from app.cases import definitions
from app.issues.registration import register
from app.models import AuditCheck
from app.powers import log
from tests.app.audit.lives import NIGHT, RING, live
from tests.app.audit.tampering import Books
from tests.app.issues.conftest import a_report
from tests.conftest import MONDAY
from workflows.calendar import Calendar


@pytest.fixture
def auditor(browser, add_user, clock):
    clock.now = NIGHT + timedelta(days=3)
    add_user("audit.he", ("city", "auditor"), name="何审言")
    assert browser.sign_in("audit.he").status_code == 302
    return browser


@pytest.fixture
def work_off(sessions, settings, clock):
    """The worker's share, to its end."""

    def work():
        thread = checks.work_off(sessions, settings, clock())
        if thread is not None:
            thread.join()
        return thread is not None

    return work


def ask(browser):
    return browser.submit("/audit/check", on="/audit/", follow_redirects=True).text


def test_an_auditor_sees_each_days_seal_and_has_everything_verified(sessions, settings, auditor, work_off):
    assert "还没有封存" in auditor.get("/audit/").text
    live(sessions, settings, days=3)
    page = auditor.get("/audit/").text
    assert "2026-03-04" in page and "还没有核对过" in page and "SHA-256" in page
    assert "等待后台服务开始核对" in ask(auditor)
    assert work_off() and not work_off()
    assert auditor.get("/audit/progress").headers["HX-Refresh"] == "true"
    page = auditor.get("/audit/").text
    assert "没有发现改动" in page and "何审言" in page and "核对了6件、30条历史，以及管理日志。" in page


def test_the_first_broken_entry_is_named_with_a_link_to_its_case(sessions, settings, engine, auditor, work_off):
    with sessions.begin() as session:
        definitions.publish(session, "issue-lifecycle", {
            path.replace("p/", "issue-lifecycle/").replace("p.bpmn", "issue-lifecycle.bpmn"):
            text.replace('id="p"', 'id="issue-lifecycle"') for path, text in RING.items()}, now=MONDAY)
        issue, _ = register(session, a_report(), ENTERPRISE, MONDAY, Calendar(version=0))
        number, case = issue.number, issue.instance_id
    sealing.seal(sessions, settings, NIGHT)
    books = Books.load(engine)
    books.entries(case)[0]["text"] = "改过"
    books.store(engine)
    ask(auditor)
    work_off()
    page = auditor.get("/audit/").text
    assert f"发现1处不符。第一处：第{case}号流程的第1条历史的内容被改动过。" in page
    assert f'href="/issues/{number}"' in page


def test_an_act_of_the_administrators_log_that_was_taken_out_is_named(sessions, settings, engine, auditor, work_off):
    live(sessions, settings, days=1)
    with sessions.begin() as session:
        for name in ("甲", "乙", "丙"):
            log.append(session, log.Act("admin.units_edit", "修改单位", name), NIGHT + timedelta(days=1))
    sealing.seal(sessions, settings, NIGHT + timedelta(days=2))
    books = Books.load(engine)
    del books.rows["admin_act"][1]
    books.store(engine)
    ask(auditor)
    work_off()
    assert "发现1处不符。第一处：管理日志第2条缺失。" in auditor.get("/audit/").text


def test_who_asks_again_meanwhile_waits_for_the_same_verification(sessions, auditor):
    ask(auditor)
    assert "现在核对" not in ask(auditor)
    with sessions() as session:
        assert len(session.scalars(select(AuditCheck.id)).all()) == 1


def test_a_verification_whose_worker_died_is_begun_anew(sessions, clock, work_off):
    with sessions.begin() as session:
        session.add(AuditCheck(asked_at=clock(), status="running", seen_at=clock()))
    assert not work_off()
    clock.advance(minutes=6)
    assert work_off()
    with sessions() as session:
        assert session.scalars(select(AuditCheck)).one().status == "done"


def test_a_file_of_seals_that_somebody_has_edited_is_told(sessions, settings, auditor, work_off):
    live(sessions, settings, days=2)
    content = settings.seals.read_text(encoding="utf-8")
    settings.seals.write_text(content.replace('"leaves"', '"leafs"', 1), encoding="utf-8")
    ask(auditor)
    work_off()
    assert "保存封存的文件里有1行被改动过" in auditor.get("/audit/").text
