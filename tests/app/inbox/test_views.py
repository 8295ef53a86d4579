"""The inbox and the task page as officers' browsers meet them, on the real life of an issue."""
from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from app.actor import ENTERPRISE
from app.issues.registration import register
from app.models import Comment, Draft, Issue, Watch, WorkItem
from tests.app.conftest import Browser
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import GENERAL, live, publish_lifecycle
from tests.conftest import FixedClock
from workflows.calendar import Calendar

ANSWERS = dict(GENERAL)
SORTED = {"sort_result": "proceed", "category": "financing"}


@pytest.fixture
def issue_id(sessions: sessionmaker[Session], clock: FixedClock, calendar: Calendar) -> int:
    """An issue that the city is to sort."""
    with sessions.begin() as session:
        publish_lifecycle(session, clock.now)
        issue, _ = register(session, a_report(title="=1+1 续贷遇到困难"), ENTERPRISE, clock.now, calendar)
        clock.now = live(session, issue, "collect", now=clock.now, calendar=calendar)
        return issue.id


@pytest.fixture
def sign_in(app: Flask, add_user: Callable[..., int]) -> Callable[..., Browser]:
    """`sign_in("hao", ("dongsheng", "intake"))` is the browser of a new person with these posts."""

    def one(username: str, *posts: tuple[str, str], name: str | None = None) -> Browser:
        add_user(username, *posts, name=name or username)
        client = app.test_client()
        assert isinstance(client, Browser)
        client.sign_in(username)
        return client

    return one


@pytest.fixture
def hao(sign_in: Callable[..., Browser], issue_id: int) -> Browser:
    """郝思雨 sorts and judges for the city, and handles for Dongsheng."""
    return sign_in("hao", ("miit", "intake"), ("miit", "judge"), ("dongsheng", "clerk"), name="郝思雨")


@pytest.fixture
def du(sign_in: Callable[..., Browser], issue_id: int) -> Browser:
    """杜若 sorts and judges, too, and is Dongsheng's head."""
    return sign_in("du", ("miit", "intake"), ("miit", "judge"), ("dongsheng", "head"), name="杜若")


@pytest.fixture
def item(sessions: sessionmaker[Session], issue_id: int) -> Callable[..., WorkItem]:
    """The newest work item of the issue, by kind and status."""

    def find(kind: str = "task", status: str = "open") -> WorkItem:
        with sessions() as session:
            return session.scalars(select(WorkItem).where(
                WorkItem.issue_id == issue_id, WorkItem.kind == kind, WorkItem.status == status)
                .order_by(WorkItem.id.desc())).first()

    return find


def do(browser: Browser, item: WorkItem, act: str, **data: str | list[str]):
    return browser.submit(f"/tasks/{item.id}/{act}", data, on=f"/tasks/{item.id}")


def test_a_row_tells_what_it_is_and_leads_to_the_task(hao, item):
    page = hao.get("/inbox").text
    for words in ("=1+1 续贷遇到困难", "鄂尔多斯市恒拓煤化工有限公司", "梳理", "到期", "市工业和信息化局"):
        assert words in page
    assert f'href="/tasks/{item().id}"' in page


def test_a_row_says_when_its_issue_is_late_though_the_task_is_not(hao, item, sessions):
    assert "问题已逾期" not in hao.get("/inbox").text
    with sessions.begin() as session:
        session.execute(update(Issue).values(light="red"))
    assert "问题已逾期" in hao.get("/inbox").text


def test_a_row_of_a_plans_milestone_says_which_it_is_and_its_day_as_other_days_are_said(hao, item, sessions):
    with sessions.begin() as session:
        session.get(WorkItem, item().id).local = {"milestone": {"title": "会商", "date": "2026-03-20"}}
    page = hao.get("/inbox").text
    assert "<div>会商</div>" in page and ">3月20日（周五）</time>" in page
    assert 'aria-label="勾选=1+1 续贷遇到困难，会商"' in page


@pytest.mark.parametrize("view", ["mine", "unit", "waiting", "done", "copies", "watched"])
def test_an_empty_list_says_why_and_what_to_do_next(sign_in, view):
    page = sign_in("clerk", ("energy", "clerk")).get(f"/inbox?view={view}").text
    assert re.search(r'"empty-title">[^<]+</p>\s*<p class="empty-subtitle[^>]*>[^<]+</p>\s*<div class="empty-action">'
                     r'<a class="btn" href="/', page)


def test_a_filter_that_finds_nothing_offers_to_be_cleared(hao):
    assert "清除筛选" in hao.get("/inbox?level=special").text


def test_an_export_holds_the_rows_shown_and_calculates_nothing(hao):
    answer = hao.get("/inbox/export.xlsx?stage=sort")
    rows = list(load_workbook(BytesIO(answer.data)).active.iter_rows())
    assert [rows[1][1].value, rows[1][1].data_type] == ["=1+1 续贷遇到困难", "s"] and len(rows) == 2
    assert len(list(load_workbook(BytesIO(hao.get("/inbox/export.xlsx?stage=judge").data)).active.iter_rows())) == 1


def test_a_view_is_saved_opened_and_deleted(hao):
    hao.submit("/inbox/views", {"name": "续贷", "query": "view=mine&q=续贷"}, on="/inbox")
    page = hao.get("/inbox").text
    assert "续贷</a>" in page
    number = re.search(r"/inbox/views/(\d+)/delete", page)[1]
    hao.submit(f"/inbox/views/{number}/delete", {}, on="/inbox")
    assert f"/inbox/views/{number}/delete" not in hao.get("/inbox").text


def test_a_saved_view_leads_back_to_the_inbox_only(hao):
    answer = hao.submit("/inbox/views", {"name": "x", "query": "//evil.example/?view=unit"}, on="/inbox")
    assert answer.location.startswith("/inbox?")


def test_a_refused_form_loaded_anew_is_the_task_s_page(hao, item):
    assert hao.get(f"/tasks/{item().id}/complete").location == f"/tasks/{item().id}"


def test_many_are_claimed_at_once(hao, item):
    answer = hao.submit("/inbox/claim", {"item": [str(item().id)]}, on="/inbox", follow_redirects=True)
    assert "已签收1件" in answer.text and item().assignee_id is not None


def test_finishing_opens_the_next_task_and_says_who_has_it_with_a_way_back(hao, item):
    first = item()
    answer = do(hao, first, "complete", **SORTED)
    assert answer.status_code == 303 and answer.location == f"/tasks/{item().id}"
    page = hao.get(answer.location).text
    assert "2026-000001“" in page and "”已交市工业和信息化局研判员" in page and "下一件待办" not in page
    assert f'action="/tasks/{first.id}/recall"' in page
    hao.submit(f"/tasks/{first.id}/recall", {}, on=answer.location)
    again = item()
    assert again.element_id == "sort" and "草稿" in hao.get(f"/tasks/{again.id}").text


def test_a_step_that_somebody_else_has_opened_is_not_recalled(hao, du, item):
    first = item()
    do(hao, first, "complete", **SORTED)
    hao.get(f"/tasks/{item().id}")
    assert item().touched_at is None, "one's own look at what comes next does not count"
    du.get(f"/tasks/{item().id}")
    assert item().touched_at is not None
    answer = do(hao, first, "recall")
    assert answer.status_code == 409 and "已经有人在办" in answer.text


def test_bad_answers_come_back_beside_their_fields(hao, item):
    answer = do(hao, item(), "complete", sort_result="ask")
    assert answer.status_code == 422 and "需要修改" in answer.text


def test_the_second_press_is_told_who_was_quicker_and_keeps_what_was_typed(hao, du, item, sessions):
    first = item()
    do(hao, first, "complete", **SORTED)
    answer = du.submit(f"/tasks/{first.id}/complete",
                       {"sort_result": "ask", "question": "请补充贷款合同", "category": "financing"}, on="/inbox")
    assert answer.status_code == 409
    assert "已由郝思雨于03月02日 10:10办结" in answer.text and "请补充贷款合同" in answer.text
    with sessions() as session:
        assert session.scalars(select(Draft)).one().values["question"] == "请补充贷款合同"


def test_the_same_form_sent_twice_has_one_effect(hao, item):
    first = item()
    for _ in range(2):
        answer = do(hao, first, "complete", idempotency_key="once", **SORTED)
        assert answer.status_code == 303
    assert item().element_id == "judge"


def test_the_same_act_sent_twice_has_one_effect(hao, item, sessions):
    for _ in range(2):
        assert do(hao, item(), "comment", reason="法人下周回国", idempotency_key="k").status_code == 303
    with sessions() as session:
        assert len(session.scalars(select(Comment)).all()) == 1


def test_drafts_are_kept_and_say_who_is_next(hao, item):
    answer = do(hao, item(), "draft", **SORTED)
    assert answer.json == {"saved": "草稿已保存 10:10", "next": "办结后交：研判 · 市工业和信息化局研判员郝思雨"}
    assert "草稿保存于" in hao.get(f"/tasks/{item().id}").text
    assert do(hao, item(), "draft", sort_result="ask").json["next"] == "", "not yet valid: no forecast"


def test_a_refused_act_opens_its_dialog_again_with_what_was_typed(hao, du, item):
    answer = do(hao, item(), "follow_up", day="2020-01-01")
    assert answer.status_code == 409
    answer = do(hao, item(), "transfer", user="", reason="我明天出差")
    assert "没有这位同事" in answer.text and "我明天出差" in answer.text


def test_what_was_typed_into_a_dialog_is_shown_when_the_task_has_gone(hao, du, item):
    first = item()
    do(hao, first, "complete", **SORTED)
    answer = du.submit(f"/tasks/{first.id}/return", {"target": "collect", "reason": "缺少贷款合同"}, on="/inbox")
    assert answer.status_code == 409 and "郝思雨" in answer.text and "缺少贷款合同" in answer.text


def test_a_return_names_who_will_get_it_and_shows_them_the_reason(hao, du, item):
    do(hao, item(), "complete", **SORTED)
    page = du.get(f"/tasks/{item().id}").text
    assert re.search(r'value="sort"[^>]*>\s*<span[^>]*>梳理<span[^>]*> · 市工业和信息化局郝思雨', page)
    do(du, item(), "return", target="sort", reason="请先核实贷款合同", after="back")
    assert "请先核实贷款合同" in hao.get(f"/tasks/{item().id}").text
    assert "退回来的" in hao.get("/inbox").text


def test_what_is_to_be_sorted_again_is_decided_anew_with_the_category_as_it_was(hao, du, item):
    do(hao, item(), "complete", **SORTED)
    do(du, item(), "return", target="sort", reason="请先核实贷款合同")
    page = hao.get(f"/tasks/{item().id}").text
    assert re.search(r'<option selected value="financing"', page) and 'value="proceed"' in page
    assert not re.search(r'<input[^>]*checked[^>]*name="sort_result"', page)


def test_delegating_and_giving_back_brings_opinion_and_draft(hao, du, item, sessions):
    du_id = next(value for value, name in re.findall(r'<option value="(\d+)" >([^<]+)<', hao.get(
        f"/tasks/{item().id}").text) if name.startswith("杜若"))
    do(hao, item(), "delegate", user=du_id, reason="请先填好")
    assert "郝思雨委派：请先填好" in du.get(f"/tasks/{item().id}").text
    assert "等待他人" in hao.get("/inbox?view=waiting").text and "委派" in hao.get("/inbox?view=waiting").text
    do(du, item(), "give_back", opinion="已填好，请审", **SORTED)
    page = hao.get(f"/tasks/{item().id}").text
    assert "杜若的意见：已填好，请审" in page and "草稿保存于" in page


def test_a_signature_after_the_task_is_shown_what_it_is_asked_for(hao, du, item):
    du_id = str(item_user(du, hao, item()))
    do(hao, item(), "signers", user=[du_id], when="after", mode="all", reason="请把关")
    do(hao, item(), "complete", **SORTED)
    sign = item("sign")
    page = du.get(f"/tasks/{sign.id}").text
    assert "郝思雨请您给出意见" in page and "请把关" in page and "融资" in page
    do(du, sign, "sign", agree="yes")
    assert item().element_id == "judge"


def test_a_question_to_a_post_and_its_answer_stand_on_the_task(hao, item, sign_in):
    clerk = sign_in("li", ("finance", "clerk"), name="李思源")
    do(hao, item(), "consult", user="finance:clerk", reason="有贴息资金吗？")
    assert "沟通" in clerk.get("/inbox").text
    do(clerk, item("consult"), "answer", opinion="有，可以申请")
    page = hao.get(f"/tasks/{item().id}").text
    assert "有贴息资金吗？" in page and "有，可以申请" in page
    assert "李思源答复了" in hao.get("/inbox?view=copies").text


def test_copies_are_read_and_watched_issues_are_listed(hao, du, item, sessions):
    do(hao, item(), "copy", user=[str(item_user(du, hao, item()))], reason="请知悉")
    page = du.get("/inbox?view=copies").text
    number = re.search(r'name="copy" value="(\d+)"', page)[1]
    assert "请知悉" in page
    du.submit("/inbox/read", {"copy": [number]}, on="/inbox?view=copies")
    assert "没有未阅的抄送" in du.get("/inbox?view=copies").text and "请知悉" in du.get("/inbox?view=copies&all=1").text
    exported = load_workbook(BytesIO(du.get("/inbox/export.xlsx?view=copies&all=1").data)).active
    assert [cell.value for cell in list(exported.rows)[1]][:2] == ["抄送", "请知悉"]
    do(hao, item(), "watch")
    exported = load_workbook(BytesIO(hao.get("/inbox/export.xlsx?view=watched").data)).active
    assert len(list(exported.rows)) == 2
    assert "续贷遇到困难" in hao.get("/inbox?view=watched").text
    do(hao, item(), "watch")
    with sessions() as session:
        assert session.scalars(select(Watch)).all() == []


def test_the_head_shares_out_and_the_supervisor_urges_and_suspends(hao, du, item, sign_in, sessions, issue_id, clock,
                                                                   calendar):
    with sessions.begin() as session:
        steps = GENERAL[1:]
        clock.now = live(session, session.get_one(Issue, issue_id), "accept_assignment", now=clock.now,
                         calendar=calendar, steps=steps)
    for browser, name in ((hao, "hao"), (du, "du")):
        browser.sign_in(name)
    assert "转办" in du.get(f"/tasks/{item().id}").text and "办结</button>" not in du.get(f"/tasks/{item().id}").text
    supervisor = sign_in("gao", ("supervision", "supervisor"))
    do(supervisor, item(), "urge", reason="请今天办结")
    assert "催办1次" in hao.get("/inbox").text
    do(supervisor, item(), "suspend", reason="等企业补充材料")
    answer = do(hao, item(), "complete", **ANSWERS["handle"])
    assert answer.status_code == 409 and "暂停" in answer.text


def test_a_task_of_another_unit_is_not_found(sign_in, issue_id, item):
    stranger = sign_in("otog", ("otog", "clerk"))
    assert stranger.get(f"/tasks/{item().id}").status_code == 404
    assert stranger.submit(f"/tasks/{item().id}/claim", {}, on="/inbox").status_code == 404


def item_user(whom: Browser, by: Browser, item: WorkItem) -> int:
    """The id under which `by` finds 杜若 in the lists of a task's dialogs."""
    return next(int(value) for value, name in re.findall(r'<option value="(\d+)" >([^<]+)<',
                                                         by.get(f"/tasks/{item.id}").text) if name.startswith("杜若"))
