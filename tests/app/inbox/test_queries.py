"""What stands in whose inbox, in which order, under which heading."""
from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select, true

from app import navigation
from app.inbox import consult, copies, counts, export, handover, queries, signatures
from app.models import WorkItem
from app.repeated import Occasion, occasion
from tests.app.inbox.conftest import PROCESS
from tests.workflows import diagrams as d


def find(desk, actor, view="mine", **filters):
    return queries.find(desk.session, actor, queries.parse(view, filters), now=desk.now, calendar=desk.calendar)


def test_everybody_in_the_post_sees_an_unclaimed_task_and_nobody_else(desk):
    for actor, seen in ((desk.clerk, 1), (desk.other, 1), (desk.head, 0), (desk.stranger, 0)):
        assert find(desk, actor).total == seen


def test_a_claimed_task_is_in_its_claimers_inbox_only_and_still_the_units(desk):
    desk.item().assignee_id = desk.clerk.user_id
    desk.session.flush()
    assert find(desk, desk.other).total == 0
    assert find(desk, desk.other, "unit").total == 1 and find(desk, desk.stranger, "unit").total == 0


def test_what_one_has_done_is_under_done(desk):
    desk.complete(desk.item())
    assert [row.item.element_id for row in find(desk, desk.clerk, "done").rows] == ["draft"]
    assert find(desk, desk.other, "done").total == 0


def test_a_signature_that_somebody_elses_made_needless_is_nobodys_work(desk):
    signatures.add(desk.session, desk.item().id, [desk.head.user_id, desk.other.user_id], when="before", mode="any",
                   question="", actor=desk.clerk, now=desk.now)
    first = desk.items("sign")[0]
    signatures.answer(desk.session, first.id, agree=True, opinion="", actor=desk.head, now=desk.now,
                      calendar=desk.calendar)
    assert [row.item.id for row in find(desk, desk.head, "done").rows] == [first.id]
    assert find(desk, desk.other, "done").total == 0


def test_rows_stand_under_how_soon_they_fall_due_with_the_green_lane_on_top(desk):
    assert [name for name, _ in find(desk, desk.clerk).groups] == ["今明到期"]
    desk.item().due_at = desk.now - timedelta(days=1)
    desk.session.flush()
    assert [name for name, _ in find(desk, desk.clerk).groups] == ["已逾期"]
    desk.item().green_lane = True
    desk.session.flush()
    assert [name for name, _ in find(desk, desk.clerk).groups] == ["绿色通道"]


def test_filters_by_light_and_words(desk):
    assert find(desk, desk.clerk, light="yellow").total == 1
    assert find(desk, desk.clerk, light="red").total == 0
    assert find(desk, desk.clerk, q="draft").total == 1
    assert find(desk, desk.clerk, q="%").total == 0


def test_an_address_that_makes_no_sense_falls_back_to_the_default(desk):
    query = queries.parse("mine", {"page": "-3", "size": "7", "sort": "; drop"})
    assert (query.page, query.size, query.sort) == (1, 50, "due")


def test_counts_beside_the_menu(desk):
    assert counts.counts(desk.session, desk.clerk) == {"mine": 1, "copies": 0}


def test_after_a_task_the_one_that_it_has_opened_for_the_same_person_comes_next(desk):
    first = desk.item()
    outcome = desk.complete(first)
    assert counts.next_for(desk.session, desk.clerk, first.id, outcome.opened) == desk.item().id
    assert counts.next_for(desk.session, desk.head, first.id, outcome.opened) is None


@pytest.mark.parametrize(("sort", "key"), [
    ("due", lambda row: (not row.item.green_lane, *dated(row.item.due_at), row.item.id)),
    ("-due", lambda row: (row.item.due_at is None, -dated(row.item.due_at)[1], row.item.id)),
    ("opened", lambda row: (row.item.opened_at, row.item.id)),
    ("-opened", lambda row: (-row.item.opened_at.timestamp(), -row.item.id))])
def test_pages_follow_each_other_in_the_order_that_was_asked_for(desk, sort, key, monkeypatch):
    monkeypatch.setattr(queries, "PAGE_SIZES", (3,))
    for number in range(8):
        desk.start(PROCESS)
        item = desk.session.scalars(select(WorkItem).order_by(WorkItem.id.desc()).limit(1)).one()
        item.green_lane, item.opened_at = number in (1, 4), desk.now - timedelta(hours=number % 3)
        item.due_at = None if number in (4, 5) else desk.now + timedelta(days=(number * 5) % 7)
        if number in (1, 6, 7):
            item.assignee_id = desk.clerk.user_id
    desk.session.flush()
    for view in ("mine", "unit"):
        pages = [find(desk, desk.clerk, view, sort=sort, page=str(number), size="3") for number in (1, 2, 3)]
        rows = [row for page in pages for row in page.rows]
        assert [len(page.rows) for page in pages] == [3, 3, 3] and {page.total for page in pages} == {9}
        assert len({row.item.id for row in rows}) == 9
        assert [row.item.id for row in rows] == [row.item.id for row in sorted(rows, key=key)]


def dated(due):
    return due is None, due.timestamp() if due else 0.0


def test_of_more_than_are_counted_a_list_says_that_there_are_more_and_still_leads_to_the_last_page(desk, monkeypatch):
    monkeypatch.setattr(queries, "PAGE_SIZES", (2,))
    monkeypatch.setattr(queries, "MOST_COUNTED", 3)
    for _ in range(4):
        desk.start(PROCESS)
    pages = [find(desk, desk.clerk, page=str(number), size="2") for number in (1, 2, 3)]
    assert [(page.total, page.more, page.pages > page.page) for page in pages] == [
        (3, True, True), (5, True, True), (5, False, False)]
    assert [page.rows for page in (find(desk, desk.clerk, q="nothing like it"),)] == [[]]


def test_the_menu_shows_how_many_or_that_there_are_more_than_are_counted(monkeypatch):
    entry = navigation.WORK[0]
    for counted, shown in ((0, ""), (7, "7"), (queries.MOST_COUNTED + 1, "999+")):
        monkeypatch.setattr(navigation, "counts", lambda counted=counted: {"mine": counted})
        assert entry.number == shown


def test_what_waits_for_others_at_ones_wish_is_under_waiting(desk):
    item = desk.item()
    consult.ask(desk.session, item.id, desk.stranger.user_id, "有没有资金？", actor=desk.clerk, now=desk.now)
    signatures.add(desk.session, item.id, [desk.head.user_id], when="after", mode="all", question="", actor=desk.clerk,
                   now=desk.now)
    assert [row.item.kind for row in find(desk, desk.clerk, "waiting").rows] == ["consult"]
    desk.complete(item)
    assert sorted(row.item.kind for row in find(desk, desk.clerk, "waiting").rows) == ["consult", "sign", "task"]
    assert find(desk, desk.clerk, "done").total == 0 and find(desk, desk.other, "waiting").total == 0


def test_a_delegated_task_waits_and_its_delegate_has_it(desk):
    handover.delegate(desk.session, desk.item().id, desk.other.user_id, "", actor=desk.clerk, now=desk.now)
    assert find(desk, desk.clerk).total == 0 and find(desk, desk.clerk, "waiting").total == 1
    assert [row.sender for row in find(desk, desk.other).rows] == ["白一川"]


def test_what_waits_for_signatures_stands_last_under_a_heading_of_its_own(desk):
    desk.item().green_lane = True
    signatures.add(desk.session, desk.item().id, [desk.head.user_id], when="before", mode="all", question="",
                   actor=desk.clerk, now=desk.now)
    assert [name for name, _ in find(desk, desk.clerk).groups] == ["等待他人"]


def test_a_page_takes_the_same_two_statements_for_one_row_as_for_many(desk):
    for _ in range(3):
        desk.start(PROCESS)
    desk.session.expire_all()
    with statements(desk.session) as made:
        assert find(desk, desk.clerk).total == 4
    assert len(made) == 2


def test_tasks_of_a_step_done_for_each_milestone_are_told_apart_on_the_page_and_in_the_export(desk):
    desk.start(d.diagram(d.start(), d.user("follow", d.multi("milestones", "milestone")), d.end(),
                         d.flow("start", "follow", "end"), given="milestones"),
               milestones=[{"title": "会商", "date": "2026-03-20"}, {"title": "拨付", "date": None}])
    desk.session.expire_all()
    with statements(desk.session) as made:
        rows = [row for row in find(desk, desk.clerk).rows if row.item.element_id == "follow"]
        assert {occasion(row.item.local) for row in rows} == {
            Occasion("会商", date(2026, 3, 20)), Occasion("拨付", None)}
        assert sorted(export.values(row)[3] for row in rows) == ["follow：会商", "follow：拨付"]
    assert len(made) == 2


def test_watched_issues_and_copies_come_in_pages(desk):
    copies.send(desk.session, desk.item().id, [desk.head.user_id], "请知悉", actor=desk.clerk, now=desk.now)
    rows, total = copies.page_of(desk.session, desk.head, unread=True, page=1, size=50)
    assert [(copy.text, sender) for copy, _, _, sender in rows] == [("请知悉", "白一川")] and total == 1
    assert copies.page_of(desk.session, desk.head, unread=True, page=2, size=50)[0] == []
    assert copies.watched(desk.session, desk.head, true(), page=1, size=50) == ([], 0)


@contextmanager
def statements(session):
    made = []
    note = lambda connection, cursor, text, *_: text.startswith("SELECT") and made.append(text)  # noqa: E731
    event.listen(session.get_bind(), "before_cursor_execute", note)
    yield made
    event.remove(session.get_bind(), "before_cursor_execute", note)
