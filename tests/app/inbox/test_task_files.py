"""Files that are chosen on a task's form: kept once, lost by no mistake, and only by whose task it is."""
from __future__ import annotations

import re
from io import BytesIO

import pytest
from sqlalchemy import select

from app.actor import ENTERPRISE
from app.cases import service
from app.issues.registration import register
from app.models import Attachment, Issue, User, WorkItem
from tests.app.inbox.test_views import sign_in  # noqa: F401 - a fixture
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import live, publish_lifecycle

REPLY = {"reply_kind": "solved", "reply": "您公司的贷款已由银行同意按原额度续贷一年，请于3月20日前签约。"}


@pytest.fixture
def task(sessions, clock, calendar):
    """The task that drafts a reply, and its lead unit."""
    with sessions.begin() as session:
        publish_lifecycle(session, clock.now)
        issue, _ = register(session, a_report(), ENTERPRISE, clock.now, calendar)
        clock.now = live(session, issue, "handle", now=clock.now, calendar=calendar)
        item = session.scalars(select(WorkItem).where(WorkItem.issue_id == issue.id, WorkItem.status == "open")).one()
        return item.id, issue.lead_unit


def send(browser, task, **values):
    return browser.submit(f"/tasks/{task[0]}/complete", values, on=f"/tasks/{task[0]}",
                          content_type="multipart/form-data")


def a_file():
    return BytesIO("盖章的答复".encode()), "答复.txt"


def kept(sessions):
    with sessions() as session:
        return list(session.scalars(select(Attachment.id)))


def test_a_mistake_in_another_field_loses_no_file(sessions, sign_in, task):  # noqa: F811
    clerk = sign_in("clerk", (task[1], "clerk"))
    page = send(clerk, task, **REPLY | {"reply": ""}, reply_files=a_file())
    assert page.status_code == 422
    (shown,) = re.findall(r'name="reply_files"[^>]*value="(\d+)"', page.text)
    assert kept(sessions) == [int(shown)]
    assert send(clerk, task, **REPLY, reply_files=[shown]).status_code == 303
    with sessions() as session:
        issue = session.scalars(select(Issue)).one()
        assert [int(each) for each in service.variables(session, issue.instance_id)["reply_files"]] == [int(shown)]


def test_the_same_file_sent_twice_is_kept_once(sessions, sign_in, task):  # noqa: F811
    clerk = sign_in("clerk", (task[1], "clerk"))
    for _ in range(2):
        assert send(clerk, task, **REPLY | {"reply": ""}, reply_files=a_file()).status_code == 422
    assert len(kept(sessions)) == 1


def test_who_may_only_look_attaches_nothing(sessions, sign_in, task):  # noqa: F811
    auditor = sign_in("auditor", ("supervision", "auditor"))
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', auditor.get("/inbox").text)[1]
    auditor.post(f"/tasks/{task[0]}/complete", data={"csrf_token": token, **REPLY, "reply_files": a_file()},
                 content_type="multipart/form-data")
    assert kept(sessions) == []


def test_a_file_that_a_delegate_attached_is_there_for_who_delegated(sessions, sign_in, task, clock):  # noqa: F811
    clerk, other = sign_in("clerk", (task[1], "clerk")), sign_in("other", (task[1], "clerk"))
    with sessions() as session:
        to = session.scalar(select(User.id).where(User.username == "other"))
    page = f"/tasks/{task[0]}"
    assert clerk.submit(f"{page}/delegate", {"user": str(to), "reason": "请起草"}, on=page).status_code == 303
    back = other.submit(f"{page}/give_back", REPLY | {"opinion": "已起草", "reply_files": a_file()}, on=page,
                        content_type="multipart/form-data")
    assert back.status_code == 303
    (id,) = kept(sessions)
    assert re.findall(r'name="reply_files"[^>]*value="(\d+)"', clerk.get(page).text) == [str(id)]
