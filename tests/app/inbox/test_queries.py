"""What stands in whose inbox, in which order, under which heading."""
from __future__ import annotations

from datetime import timedelta

from app.inbox import queries


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
    assert queries.counts(desk.session, desk.clerk) == {"mine": 1, "copies": 0}


def test_after_a_task_the_one_that_it_has_opened_for_the_same_person_comes_next(desk):
    first = desk.item()
    outcome = desk.complete(first)
    assert queries.next_for(desk.session, desk.clerk, first.id, outcome.opened) == desk.item().id
    assert queries.next_for(desk.session, desk.head, first.id, outcome.opened) is None
