"""A dispatch meeting from the call to its last decision; who calls, who sees; and that its history proves itself."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actor import Actor
from app.audit import dossier
from app.bootstrap import CONTENT_PACK
from app.cases import calendar_trial, calendars, check, definitions, moving, proof, service
from app.cases.errors import Blocked, NotFound, NotYours
from app.inbox import reminders
from app.issues.registration import intake_unit
from app.meetings import calling, listing, sheet, visibility
from app.models import Copy, History, Issue, Outbox, User
from tests.app.meetings.conftest import CALENDAR, LOAN, ROUTE, Talks, case_in_hand
from workflows.content import read_folder


def test_a_meeting_is_called_held_and_followed_until_every_decision_is_settled(talks: Talks):
    meeting = talks.call()
    assert meeting.number == "D2026-001" and [item.element_id for item in talks.open()] == ["prepare_notice"]
    loan, route = LOAN | {"case": talks.numbers[0]}, ROUTE | {"case": talks.numbers[1]}
    talks.hold(loan, route)
    assert [(item.element_id, item.unit_code, item.position_code, item.stage) for item in talks.open()] == [
        ("carry_out_head", "finance", "head", "decision"), ("carry_out_clerk", "energy", "clerk", "decision")]
    talks.do("carry_out_head", {"done_note": "银行同意"}, title=LOAN["title"])
    talks.do("confirm_decision", {"settled": False, "redo_note": "还没放款", "redo_days": 2}, title=LOAN["title"])
    assert [(each.done, each.redo, each.settled) for each in talks.sheet().decisions] == [
        ("银行同意", "还没放款", False), ("", "", False)]
    talks.do("carry_out_head", {"done_note": "已放款"}, title=LOAN["title"])
    talks.do("confirm_decision", {"settled": True}, title=LOAN["title"])
    told = talks.sheet()
    assert [(each.who, each.days, each.settled) for each in told.decisions] == [
        ("市财政局负责人", 3, True), ("市能源局经办人", 5, False)]
    assert told.open and [each.title for each in told.of_case(talks.numbers[0])] == ["协调银行续贷"]
    talks.do("carry_out_clerk", {"done_note": "已批复"})
    talks.do("confirm_decision", {"settled": True})
    assert not talks.sheet().open and all(each.settled for each in talks.sheet().decisions)
    assert list(check.broken(talks.session, meeting.instance_id)) == []


def test_an_overdue_decision_goes_up_once_and_stands_on_the_board(talks: Talks):
    talks.call()
    talks.hold(LOAN)
    late = talks.now + timedelta(days=5)
    service.wake_instance(talks.session, talks.meeting.instance_id, actor=talks.supervisor, now=late, calendar=CALENDAR)
    told = [copy.text for copy in talks.session.scalars(select(Copy).where(Copy.kind == "escalate"))]
    assert len(told) == 3 and all("协调银行续贷" in text for text in told)
    rows, total = listing.late(talks.session, talks.supervisor, late, 1, 50)
    assert total == 1 and rows[0][0].element_id == "carry_out_head" and rows[0][1] is talks.meeting
    assert listing.counts(talks.session, talks.supervisor, late) == {"open": 1, "late": 1}


def test_who_is_asked_is_told_by_mail_and_finds_it_in_the_inbox(talks: Talks):
    talks.session.execute(update(User).values(email="leader@example.org").where(User.username == "leader"))
    talks.call()
    talks.hold()
    letters = talks.session.scalars(select(Outbox.body).where(Outbox.recipient == "leader@example.org"))
    assert "确认参会" in "".join(letters)


def test_a_case_tells_in_its_history_and_on_its_page_that_a_meeting_was_called(talks: Talks, make_actor):
    talks.call()
    talks.hold(LOAN | {"case": talks.numbers[0]}, ROUTE | {"case": talks.numbers[1]})
    for issue in talks.issues:
        last = talks.session.scalars(select(History).where(History.instance_id == issue.instance_id)
                                     .order_by(History.seq.desc())).first()
        assert last.op == "meeting" and "D2026-001“续贷和用电调度会”" in last.text
        assert proof.whole(talks.session, issue.instance_id).fault is None
    stranger = make_actor("office", (intake_unit(talks.session, "dongsheng"), "judge"))
    (of_case,) = sheet.of_case(talks.session, stranger, talks.issues[0])
    assert [each.title for each in of_case.decisions] == ["协调银行续贷"] and not of_case.visible
    assert sheet.of_case(talks.session, talks.supervisor, talks.issues[1])[0].visible


def test_a_second_meeting_for_a_case_is_not_called_by_accident(talks: Talks):
    first = talks.call(numbers=talks.numbers[:1])
    with pytest.raises(Blocked, match=first.number):
        talks.call()
    second = talks.call(again=True)
    assert second.number == "D2026-002"
    assert listing.under_way(talks.session, [issue.id for issue in talks.issues]) == {
        issue.id: second for issue in talks.issues}
    talks.do("prepare_notice", {"go": "drop"})
    assert listing.under_way(talks.session, [issue.id for issue in talks.issues]) == {talks.issues[0].id: first}
    assert talks.sheet().called_off


def test_only_supervisors_and_leaders_call_and_only_for_running_cases_that_they_see(talks: Talks, make_actor):
    with pytest.raises(NotYours):
        talks.call(make_actor("clerk", ("finance", "clerk")))
    with pytest.raises(Blocked, match="会议名称"):
        talks.call(title=" ")
    elsewhere = make_actor("banner", ("science", "leader"))  # a leader of a unit that has nothing of the case
    with pytest.raises(Blocked, match="请选择"):
        talks.call(elsewhere)
    talks.session.execute(update(Issue).values(closed_at=talks.now))
    with pytest.raises(Blocked, match="已经办结"):
        talks.call()


def test_a_meeting_is_about_twenty_cases_at_the_most(talks: Talks):
    talks.issues += [case_in_hand(talks.session, f"第{n}件") for n in range(calling.MOST_CASES - 1)]
    with pytest.raises(Blocked, match="最多20件"):
        talks.call()
    assert calling.proposed_title(talks.issues[:1]) == "关于续贷遇到困难的调度会"
    assert "等21件" in calling.proposed_title(talks.issues) and calling.proposed_title([]) == ""


def test_a_leaders_meeting_is_prepared_by_the_supervisors(talks: Talks):
    meeting = talks.call(talks.leader)
    assert calling.own_task(talks.session, meeting, talks.leader) is None
    assert calling.own_task(talks.session, meeting, talks.supervisor) == talks.open()[0].id
    assert talks.sheet().facts["leader_called"] and talks.sheet().caller == talks.leader.name
    talks.do("prepare_notice", {"go": "drop"})
    assert [copy.unit_code for copy in talks.session.scalars(select(Copy).where(
        Copy.instance_id == meeting.instance_id))] == ["leaders"]


@pytest.mark.parametrize(("post", "sees"), [
    (("supervision", "supervisor"), True), (("leaders", "leader"), True), (("finance", "clerk"), True),
    (("energy", "head"), True), (("tax", "head"), False), (("dongsheng", "judge"), False)])
def test_a_unit_sees_the_meetings_that_it_was_asked_to(talks: Talks, make_actor: Callable[..., Actor],
                                                       post: tuple[str, str], sees: bool):
    meeting = talks.call()
    talks.hold(LOAN)
    actor = make_actor("someone", post)
    assert listing.page_of(talks.session, actor, "all", 1, 50)[1] == listing.counts(
        talks.session, actor, talks.now)["open"] == int(sees)
    if sees:
        assert visibility.find_visible(talks.session, actor, meeting.number) is meeting
    else:
        with pytest.raises(NotFound):
            visibility.find_visible(talks.session, actor, meeting.number)


def test_attendance_stands_on_the_sheet_as_it_was_answered(talks: Talks, session: Session):
    talks.call()
    talks.do("prepare_notice", {"go": "send", "held_on": "2026-03-05", "held_time": "09:30", "venue": "会议室",
                                "attendees": [{"unit": "finance", "position": "head"},
                                              {"unit": "energy", "position": "clerk"}],
                                "leader_attends": False, "agenda": [{"title": "续贷"}]})
    talks.do("confirm_clerk", {"attending": False, "absence_reason": "出差"})
    assert [(each.who, each.coming, each.reason) for each in talks.sheet().attendances] == [
        ("市财政局负责人", None, ""), ("市能源局经办人", False, "出差")]
    talks.do("record_minutes", {"outcome": "dropped"})
    assert talks.sheet().called_off and talks.open() == []


def test_decisions_that_are_alike_to_the_letter_are_followed_apart(talks: Talks):
    talks.call()
    talks.hold(LOAN, LOAN)
    first = talks.open()[0]
    service.complete_item(talks.session, first.id, {"done_note": "办了"}, actor=Actor(
        None, "办", frozenset({("finance", "head")})), now=talks.now, calendar=CALENDAR)
    talks.session.expire_all()
    talks.do("confirm_decision", {"settled": True})
    assert sorted(each.settled for each in talks.sheet().decisions) == [False, True]


def test_a_row_of_a_meeting_that_was_changed_by_hand_is_found(talks: Talks):
    meeting = talks.call()
    talks.hold(LOAN)
    assert proof.whole(talks.session, meeting.instance_id).fault is None
    item = talks.open()[0]
    item.due_at = item.due_at + timedelta(days=30)
    talks.session.flush()
    assert proof.whole(talks.session, meeting.instance_id).fault is not None


def test_administrators_change_the_process_and_a_running_meeting_moves_and_still_proves_itself(talks: Talks):
    meeting = talks.call()
    talks.hold(LOAN)
    files = {path: text.replace("&quot;remind_before_days&quot;: 1", "&quot;remind_before_days&quot;: 2")
             for path, text in read_folder(CONTENT_PACK, calling.PROCESS).items()}
    changed = definitions.publish(talks.session, calling.PROCESS, files, now=talks.now).hash
    moving.migrate(talks.session, meeting.instance_id, changed, {}, "提前两天提醒", actor=talks.supervisor,
                   now=talks.now, calendar=CALENDAR)
    talks.session.expire_all()
    talks.do("carry_out_head", {"done_note": "已放款"})
    talks.do("confirm_decision", {"settled": True})
    assert not talks.sheet().open and list(check.broken(talks.session, meeting.instance_id)) == []


def test_a_day_off_moves_a_decisions_limit_and_its_trial_names_the_meeting(talks: Talks):
    meeting = talks.call()
    talks.hold(LOAN)
    before = talks.open()[0].due_at
    calendars.save(talks.session, {"2026-03-04": {"working": False, "name": "放假"}}, (2026,), "放假通知",
                   actor=talks.supervisor, now=talks.now)
    off = calendars.current(talks.session)
    tried = calendar_trial.tried(talks.session, off, now=talks.now)
    assert (meeting.number, meeting.title) in {(each.number, each.title) for each in tried.shown}
    service.retime(talks.session, meeting.instance_id, actor=talks.supervisor, now=talks.now, calendar=off)
    talks.session.expire_all()
    assert talks.open()[0].due_at == before + timedelta(days=1)


def test_an_auditors_dossier_of_a_meeting_is_found_by_its_number(talks: Talks):
    meeting = talks.call()
    assert dossier.find_case(talks.session, meeting.number) == meeting.instance_id
    found = dossier.gather(talks.session, meeting.instance_id, talks.now)
    assert (found.about["number"], found.about["title"]) == (meeting.number, meeting.title)


def test_urging_a_decision_names_the_meeting(talks: Talks):
    meeting = talks.call()
    talks.hold(LOAN)
    reminders.urge(talks.session, talks.open()[0].id, "", actor=talks.supervisor, now=talks.now)
    told = talks.session.scalars(select(Copy.text).where(Copy.kind == "urge")).one()
    assert f"{meeting.number}“{meeting.title}”的“落实会议决定”" in told
