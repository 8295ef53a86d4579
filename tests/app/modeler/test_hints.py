"""What an administrator is told to look at once a parameter has another number."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session, sessionmaker

from app.bootstrap import ROOT
from app.cases import definitions
from app.modeler.hints import hints
from app.models import MailTemplate
from tests.app.conftest import Browser
from tests.app.modeler.drawn import one_task
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.content import read_folder

KEY = "issue-lifecycle"
DIAGRAM = f"{KEY}/{KEY}.bpmn"
TITLE = "“制定方案的工作日数”由5改为3，这些文字里还写着5个工作日："


@pytest.fixture
def three(administrator: Browser, sessions: sessionmaker[Session]) -> dict[str, str]:
    """A draft of the life with three days for the plan."""
    files = read_folder(ROOT / "bpmn", KEY)
    with sessions.begin() as session:
        definitions.publish(session, KEY, files, now=MONDAY)
    administrator.submit(f"/processes/{KEY}/parameters", {f"{KEY}.plan_days": "3", "revision": "0"})
    return files


def test_nothing_is_hinted_where_no_number_differs(session: Session):
    files = read_folder(ROOT / "bpmn", KEY)
    assert hints(session, KEY, files, files) == [] == hints(session, KEY, files, None)


def test_the_editor_names_the_texts_and_the_reminder_and_leads_there(administrator: Browser, three: dict[str, str]):
    administrator.submit(f"/processes/{KEY}/edit", on=f"/processes/{KEY}")
    found = administrator.get(f"/processes/{KEY}/edit/problems").json
    assert found and found["count"] == 0 and found["broken"] == []
    words, late = found["hints"]
    assert words["title"] == TITLE and late["title"] == "提醒来得太晚："
    led = {(each["file"].rpartition("/")[2], each["element"]): each["name"] for each in words["hints"]}
    assert led["five-working-day-plan.bpmn", "plan_overdue"] == "“第五个工作日结束”的名称"
    assert led["draft_plan.form.json", "plan_summary"] == "“办理方案”的政策原文"
    assert [(each["element"], each["address"]) for each in late["hints"]] == [("plan_reminder", "")]


def test_the_page_that_publishes_lists_them_and_hinders_nothing(administrator: Browser, three: dict[str, str]):
    page = administrator.get(f"/processes/{KEY}/publish").text
    assert TITLE in page and "提醒“第三个工作日已过”（3个工作日）不早于“第五个工作日结束”（3个工作日）" in page
    assert "file=five-working-day-plan/five-working-day-plan.bpmn#plan_overdue" in page.replace("%2F", "/")
    assert "随之变" in page and "data-main>提交</button>" in page


def test_letters_and_other_processes_that_say_the_number_are_told(
        session: Session, administrator: Browser, make_user: Callable[..., object]):
    files = read_folder(ROOT / "bpmn", KEY)
    new = files | {DIAGRAM: files[DIAGRAM].replace("plan_days&quot;: 5", "plan_days&quot;: 3", 1)}
    definitions.publish(session, "p", d.files(one_task("五个工作日内核实")), now=MONDAY)
    user = make_user("writer", ("city", "admin"))
    session.add(MailTemplate(kind="remind", subject="{内容}", body="{内容}，请在5个工作日内办理", changed_at=MONDAY,
                             changed_by=user.id))
    session.flush()
    (words, _) = hints(session, KEY, new, files)
    assert [(each.place, each.key, str(each.where), each.text) for each in words.hints if each.place != "file"] == [
        ("process", "p", "流程“p”里的名称", "五个工作日内核实"), ("mail", "remind", "邮件模板“提醒”", "5个工作日")]
