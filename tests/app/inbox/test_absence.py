"""Absence: a stand-in sees and finishes an absent person's tasks, for the period, and history says so."""
from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.cases.errors import NotYours
from app.inbox import queries

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 5)


def inbox(desk, actor):
    page = queries.find(desk.session, actor, queries.Query(), now=desk.now, calendar=desk.calendar)
    return [row.item.id for row in page.rows]


def test_a_stand_in_sees_and_finishes_and_history_says_for_whom(desk):
    stand_in = desk.away(desk.clerk, desk.stranger, FIRST, LAST)
    assert inbox(desk, stand_in) == [desk.item().id]
    desk.complete(desk.item(), stand_in)
    entry = desk.told("complete")[0]
    assert (entry.actor_id, entry.on_behalf_of) == (desk.stranger.user_id, desk.clerk.user_id)
    assert desk.items(status="done")[0].on_behalf_of == desk.clerk.user_id and desk.sound()


def test_what_a_stand_in_finished_is_under_done_of_both(desk):
    desk.complete(desk.item(), desk.away(desk.clerk, desk.stranger, FIRST, LAST))
    desk.now += timedelta(days=10)  # the absence is over
    for actor, seen in ((desk.actor(desk.clerk), 1), (desk.actor(desk.stranger), 1), (desk.actor(desk.other), 0)):
        page = queries.find(desk.session, actor, queries.Query("done"), now=desk.now, calendar=desk.calendar)
        assert page.total == seen


def test_what_the_absent_person_had_claimed_is_the_stand_ins_too(desk):
    desk.item().assignee_id = desk.clerk.user_id
    stand_in = desk.away(desk.clerk, desk.stranger, FIRST, LAST)
    assert inbox(desk, stand_in) == [desk.item().id] and inbox(desk, desk.other) == []


def test_before_and_after_the_period_nothing_of_it_is_left(desk):
    desk.away(desk.clerk, desk.stranger, FIRST, LAST)
    for now in (desk.now - timedelta(days=2), desk.now + timedelta(days=4)):
        actor = desk.actor(desk.stranger, now)
        assert actor.stands_in_for == {} and inbox(desk, actor) == []
        with pytest.raises(NotYours):
            desk.complete(desk.item(), actor)


def test_chains_are_not_followed(desk):
    desk.away(desk.clerk, desk.stranger, FIRST, LAST)
    second = desk.away(desk.stranger, desk.supervisor, FIRST, LAST)
    assert inbox(desk, second) == []
    with pytest.raises(NotYours):
        desk.complete(desk.item(), second)


def test_nobody_stands_in_for_themselves(desk):
    own = desk.away(desk.clerk, desk.clerk, FIRST, LAST)
    assert own.stands_in_for == {}
