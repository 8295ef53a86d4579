"""Calling a meeting in the browser, the pages about it, and where else it is seen."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from app.models import AuditCheck, Issue, Meeting, WorkItem
from tests.app.conftest import Browser, another_browser
from tests.app.meetings.conftest import LOAN, case_in_hand, publish
from tests.conftest import MONDAY

TITLE = "用电增容调度会"


@pytest.fixture
def number(sessions: sessionmaker[Session]) -> str:
    """A red case in somebody's hands; its number."""
    with sessions.begin() as session:
        publish(session)
        issue = case_in_hand(session, "用电负荷不足")
        session.execute(update(Issue).values(light="red"))
        return issue.number


@pytest.fixture
def signed_in(app: Any, add_user: Callable[..., int]) -> Callable[..., Browser]:
    def sign_in(unit: str, position: str) -> Browser:
        add_user(f"{unit}.{position}", (unit, position))
        return another_browser(app, f"{unit}.{position}")

    return sign_in


def _notice(browser: Browser, address: str) -> None:
    browser.submit(f"{address}/complete", {
        "go": "send", "held_on": "2026-03-05", "held_time": "09:30", "venue": "第三会议室",
        "attendees-0-unit": "energy", "attendees-0-position": "clerk", "agenda-0-title": "增容", "agenda-0-case": "",
        "agenda-0-speaker": ""}, on=address)


def _item(sessions: sessionmaker[Session], element: str) -> str:
    with sessions() as session:
        return f"/tasks/{session.scalars(select(WorkItem.id).where(WorkItem.element_id == element)).one()}"


def test_a_meeting_is_called_from_the_board_and_seen_wherever_it_belongs(
        signed_in: Callable[..., Browser], sessions: sessionmaker[Session], number: str):
    supervisor, energy = signed_in("supervision", "supervisor"), signed_in("energy", "clerk")
    listed = supervisor.get("/board/cases?show=red").text
    assert f'value="{number}" form="meeting-pick"' in listed and f"/meetings/new?case={number}" in listed
    asked = supervisor.get(f"/meetings/new?case={number}&case=no").text
    assert "关于用电负荷不足的调度会" in asked and "另开一次" not in asked
    called = supervisor.submit("/meetings/new", {"case": number, "title": TITLE, "note": "带上图纸"},
                               on=f"/meetings/new?case={number}")
    task = supervisor.get(called.location).text
    assert "拟定会议通知" in task and TITLE in task and "带上图纸" in task and f"{number} 用电负荷不足" in task
    assert "已召开调度会" in supervisor.get("/board/cases?show=red").text
    assert "/meetings/" in supervisor.get("/board/").text
    _notice(supervisor, called.location)
    inbox = energy.get("/inbox?q=增容").text
    assert TITLE in inbox and "D2026-001" in inbox and "确认参会" in inbox
    own = _item(sessions, "confirm_clerk")
    assert "第三会议室" in energy.get(own).text
    energy.submit(f"{own}/complete", {"attending": "true", "participant": "塔林夫"}, on=own)
    assert "D2026-001" in energy.get("/inbox?view=copies&all=1").text
    for address in ("/meetings/D2026-001", "/meetings/D2026-001/minutes", "/meetings/?show=all"):
        page = energy.get(address).text
        assert TITLE in page, address
    assert "塔林夫" in supervisor.get("/meetings/D2026-001").text
    case = supervisor.get(f"/issues/{number}").text
    assert "/meetings/D2026-001" in case and "召开调度会D2026-001" in case


def test_a_second_call_asks_whether_it_is_meant(signed_in: Callable[..., Browser], sessions: sessionmaker[Session],
                                                number: str):
    supervisor = signed_in("supervision", "supervisor")
    form = {"case": number, "title": TITLE, "note": ""}
    address = f"/meetings/new?case={number}"
    supervisor.submit("/meetings/new", form, on=address)
    assert "这件事已在调度" in supervisor.get(address).text
    refused = supervisor.submit("/meetings/new", form, on=address)
    assert refused.status_code == 409 and "已经在调度" in refused.text and TITLE in refused.text
    assert supervisor.submit("/meetings/new", form | {"again": "1"}, on=address).status_code == 303
    unnamed = supervisor.submit("/meetings/new", form | {"title": ""}, on=address)
    assert unnamed.status_code == 422 and "请写会议名称" in unnamed.text
    with sessions() as session:
        assert session.scalars(select(Meeting.number).order_by(Meeting.id)).all() == ["D2026-001", "D2026-002"]


def test_a_leader_calls_and_comes_to_the_meetings_page(signed_in: Callable[..., Browser], number: str):
    leader = signed_in("leaders", "leader")
    assert "召开调度会" in leader.get(f"/issues/{number}").text
    called = leader.submit("/meetings/new", {"case": number, "title": TITLE}, on=f"/meetings/new?case={number}")
    assert called.location == "/meetings/D2026-001"
    assert "正在拟定通知" in leader.get(called.location).text


def test_the_board_counts_meetings_and_overdue_decisions_as_their_lists_are_long(
        signed_in: Callable[..., Browser], sessions: sessionmaker[Session], number: str):
    supervisor = signed_in("supervision", "supervisor")
    called = supervisor.submit("/meetings/new", {"case": number, "title": TITLE}, on=f"/meetings/new?case={number}")
    _notice(supervisor, called.location)
    minutes = _item(sessions, "record_minutes")
    supervisor.submit(f"{minutes}/complete", {
        "outcome": "held", "present": "市财政局", "minutes": "议定如下", "decisions-0-title": LOAN["title"],
        "decisions-0-unit": "finance", "decisions-0-position": "head", "decisions-0-days": "3",
        "decisions-0-case": number}, on=minutes)
    assert "没有逾期的会议决定" in supervisor.get("/meetings/late").text
    with sessions.begin() as session:
        session.execute(update(WorkItem).where(WorkItem.stage == "decision").values(due_at=MONDAY - timedelta(days=1)))
    board = supervisor.get("/board/now").text
    assert 'href="/meetings/late">1<' in board and 'href="/meetings/">1<' in board
    assert LOAN["title"] in supervisor.get("/meetings/late").text
    assert LOAN["title"] in supervisor.get(f"/issues/{number}").text


def test_the_proof_of_a_meeting_is_one_press_and_names_what_was_changed(
        signed_in: Callable[..., Browser], sessions: sessionmaker[Session], number: str):
    supervisor = signed_in("supervision", "supervisor")
    supervisor.submit("/meetings/new", {"case": number, "title": TITLE}, on=f"/meetings/new?case={number}")
    assert "验证通过" in supervisor.get("/meetings/D2026-001/proof").text
    assert supervisor.get("/meetings/D2026-001/diagram.json").json[0]["active"] == ["prepare_notice"]
    with sessions.begin() as session:
        instance = session.scalars(select(Meeting.instance_id)).one()
        session.execute(update(WorkItem).where(WorkItem.instance_id == instance).values(unit_code="tax"))
    assert "验证没有通过" in supervisor.get("/meetings/D2026-001/proof").text


def test_who_has_nothing_to_do_with_a_meeting_does_not_find_it(signed_in: Callable[..., Browser], number: str):
    supervisor, tax = signed_in("supervision", "supervisor"), signed_in("tax", "head")
    supervisor.submit("/meetings/new", {"case": number, "title": TITLE}, on=f"/meetings/new?case={number}")
    for page in ("", "/minutes", "/proof", "/diagram.json"):
        assert tax.get(f"/meetings/D2026-001{page}").status_code == 404
    assert TITLE not in tax.get("/meetings/?show=all").text and tax.get("/meetings/new").status_code == 403


def test_a_finding_of_the_verification_leads_to_its_meeting(signed_in: Callable[..., Browser],
                                                            sessions: sessionmaker[Session], number: str):
    supervisor, admin = signed_in("supervision", "supervisor"), signed_in("city", "admin")
    supervisor.submit("/meetings/new", {"case": number, "title": TITLE}, on=f"/meetings/new?case={number}")
    with sessions.begin() as session:
        session.add(AuditCheck(asked_at=MONDAY, status="done", ended_at=MONDAY, found=1, findings=[
            {"what": "altered", "said": "改过", "case": session.scalars(select(Meeting.instance_id)).one()}]))
    assert 'href="/meetings/D2026-001"' in admin.get("/audit/").text


def test_administrators_have_the_process_in_their_hands_like_any_other(
        signed_in: Callable[..., Browser], sessions: sessionmaker[Session], number: str):
    supervisor, admin = signed_in("supervision", "supervisor"), signed_in("city", "admin")
    supervisor.submit("/meetings/new", {"case": number, "title": TITLE}, on=f"/meetings/new?case={number}")
    with sessions() as session:
        instance = session.scalars(select(Meeting.instance_id)).one()
    process = "/processes/dispatch-meeting"
    assert "调度会" in admin.get("/processes/").text
    assert f"D2026-001 {TITLE}" in admin.get(f"{process}/cases").text
    assert "拟定会议通知" in admin.get(f"{process}/cases/{instance}").text
    assert "会后几个工作日内登记纪要" in admin.get(f"{process}/parameters").text
    assert admin.submit(f"{process}/edit", on=process).status_code == 303
    for address in ("/edit?file=dispatch-meeting/dispatch-meeting.bpmn",
                    "/edit?file=dispatch-meeting/forms/record_minutes.form.json"):
        assert admin.get(f"{process}{address}").status_code == 200, address
    assert admin.get(f"{process}/edit/problems").json["problems"] == []
    begun = admin.submit(f"{process}/simulate", {}, on=f"{process}/simulate", follow_redirects=True)
    assert "拟定会议通知" in begun.text
