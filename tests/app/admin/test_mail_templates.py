"""The words around notices: changed by kind, shown before they are saved, set back; letters carry them."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import ENTERPRISE, SYSTEM
from app.bootstrap import ROOT
from app.cases import definitions, letters, service
from app.cases.errors import Blocked
from app.cases.letters import Frame
from app.issues.registration import register
from app.models import MailTemplate, Outbox
from tests.app.conftest import Browser
from tests.app.issues.conftest import a_report
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.calendar import Calendar

PAGE = "/admin/mail/templates"
URGE = f"{PAGE}/urge"
OWN = {"subject": "请抓紧：{标题}", "body": "{内容}\n编号{编号}，{日期}"}


def notify(sessions: sessionmaker[Session], add_user: Callable[..., int], kind: str) -> Outbox:
    """The letter of a step with a notice of this kind."""
    add_user("miit.clerk", ("miit", "clerk"), email="clerk@miit.cn")
    with sessions.begin() as session:
        definitions.publish(session, "p", d.files(d.diagram(
            d.start(), d.user("a", notify="'miit'/clerk", notify_text="请办理", notify_kind=kind), d.end(),
            d.flow("start", "a", "end"))), now=MONDAY)
        service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=Calendar(version=0))
    with sessions() as session:
        return session.scalars(select(Outbox)).one()


def test_letters_of_a_kind_carry_its_words_and_others_do_not(
        administrator: Browser, sessions: sessionmaker[Session]):
    assert administrator.submit(URGE, OWN).status_code == 303
    assert "改过" in administrator.get(PAGE).text
    with sessions() as session:
        own = letters.worded(session, None, [("urge", "请办理{编号}", {}), ("remind", "快到期了", {})], MONDAY)
    assert own == [{"subject": "请抓紧：", "body": "请办理{编号}\n编号，2026年3月2日"},
                   {"subject": "【助企】快到期了", "body": "快到期了"}]


def test_the_notice_of_a_step_goes_out_in_the_frame_of_its_kind(
        administrator: Browser, sessions: sessionmaker[Session], add_user: Callable[..., int]):
    administrator.submit(f"{PAGE}/inform", {"subject": "通知", "body": "您好：\n{内容}"})
    letter = notify(sessions, add_user, "inform")
    assert (letter.subject, letter.body) == ("通知", "您好：\n请办理")


def test_an_enterprise_reads_the_words_for_enterprises(administrator: Browser, sessions: sessionmaker[Session]):
    administrator.submit(f"{PAGE}/enterprise", {"subject": "您反映的{编号}", "body": "尊敬的企业：\n{内容}"})
    with sessions.begin() as session:
        definitions.publish_folder(session, ROOT / "bpmn" / "issue-lifecycle", now=MONDAY)
        issue, _ = register(session, a_report(contact_email="it@example.cn"), ENTERPRISE, MONDAY, Calendar(version=0))
        number, rows = issue.number, letters.worded(session, issue.id, [(letters.ENTERPRISE, "已收到", {})], MONDAY)
        assert rows == [{"subject": f"您反映的{number}", "body": "尊敬的企业：\n已收到"}]
        sent = session.scalars(select(Outbox).where(Outbox.recipient == "it@example.cn")).all()
        assert {letter.subject for letter in sent} <= {f"您反映的{number}"}


def test_a_preview_is_shown_and_nothing_is_saved(administrator: Browser, sessions: sessionmaker[Session]):
    page = administrator.submit(URGE, OWN | {"preview": "1"})
    assert page.status_code == 200 and "请抓紧：厂区用电扩容" in page.text and "编号2026-000123" in page.text
    with sessions() as session:
        assert session.scalars(select(MailTemplate)).all() == []


def test_the_products_own_words_come_back(administrator: Browser, sessions: sessionmaker[Session]):
    administrator.submit(URGE, OWN)
    assert administrator.submit(f"{URGE}/reset", on=URGE).status_code == 303
    assert "改过" not in administrator.get(PAGE).text
    with sessions() as session:
        assert letters.frames(session, {"urge"}) == {}


@pytest.mark.parametrize(("wrong", "told"), [
    ({"subject": ""}, "填写主题"), ({"body": "没有占位"}, "正文里要有"), ({"body": "{内容}{密码}"}, "不认识“{密码}”"),
    ({"subject": "{0.__class__}"}, "不认识"), ({"subject": "长" * 121}, "最多120个字")])
def test_a_frame_that_no_letter_should_go_out_in_is_refused(
        administrator: Browser, sessions: sessionmaker[Session], wrong: dict[str, str], told: str):
    answer = administrator.submit(URGE, OWN | wrong)
    assert answer.status_code == 422 and told in answer.text
    with sessions() as session:
        assert session.scalars(select(MailTemplate)).all() == []


def test_a_title_with_lines_makes_no_second_header_and_is_not_looked_at_for_placeholders():
    made = letters.filled(Frame("{标题}", "{内容}"), {"标题": "甲\nBcc: x@example.cn{内容}", "内容": "乙"})
    assert made == {"subject": "甲 Bcc: x@example.cn{内容}", "body": "乙"}


def test_every_kind_may_be_saved_and_an_unknown_one_is_not_there(
        administrator: Browser, sessions: sessionmaker[Session]):
    for kind in letters.KINDS:
        assert administrator.submit(f"{PAGE}/{kind}", OWN).status_code == 303
    assert administrator.get(f"{PAGE}/spam").status_code == 404
    with pytest.raises(Blocked):
        letters.check(Frame("", ""))


def test_templates_are_the_administrators_to_change(officer: Browser):
    assert officer.get(PAGE).status_code == officer.get(URGE).status_code == 403
