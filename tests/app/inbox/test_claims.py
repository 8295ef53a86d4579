"""签收 and 放回."""
from __future__ import annotations

import pytest

from app.cases.errors import AlreadyDone, Blocked, NotYours
from app.inbox import claims


def test_a_claimed_task_is_its_claimers_alone(desk):
    item = desk.item()
    claims.claim(desk.session, item.id, actor=desk.clerk, now=desk.now)
    assert desk.item().assignee_id == desk.clerk.user_id
    with pytest.raises(NotYours):
        desk.complete(item, desk.other)
    assert desk.sound()


def test_a_second_claim_says_who_was_first(desk):
    item = desk.item()
    claims.claim(desk.session, item.id, actor=desk.clerk, now=desk.now)
    with pytest.raises(AlreadyDone, match="白一川"):
        claims.claim(desk.session, item.id, actor=desk.other, now=desk.now)


def test_a_task_of_another_post_is_nobodys_to_claim(desk):
    with pytest.raises(NotYours):
        claims.claim(desk.session, desk.item().id, actor=desk.stranger, now=desk.now)


def test_a_claim_that_comes_after_the_end_says_who_ended_it_and_when(desk):
    item = desk.item()
    desk.complete(item, desk.other)
    with pytest.raises(AlreadyDone, match="石敬业于03月02日 10:00办结"):
        claims.claim(desk.session, item.id, actor=desk.clerk, now=desk.now)


def test_claiming_ones_own_again_changes_nothing(desk):
    item = desk.item()
    for _ in range(2):
        claims.claim(desk.session, item.id, actor=desk.clerk, now=desk.now)
    assert len(desk.told("claim")) == 1


def test_a_stand_in_claims_for_the_absent_person_who_has_it_when_they_are_back(desk):
    stand_in = desk.away(desk.clerk, desk.stranger)
    claims.claim(desk.session, desk.item().id, actor=stand_in, now=desk.now)
    assert desk.item().assignee_id == desk.clerk.user_id
    assert desk.told("claim")[0].on_behalf_of == desk.clerk.user_id
    desk.complete(desk.item(), desk.clerk)
    assert desk.item().element_id == "review" and desk.sound()


def test_a_released_task_is_everybodys_again(desk):
    item = desk.item()
    claims.claim(desk.session, item.id, actor=desk.clerk, now=desk.now)
    claims.release(desk.session, item.id, actor=desk.clerk, now=desk.now)
    desk.complete(desk.item(), desk.other)
    assert desk.item().element_id == "review"


def test_nothing_is_released_that_nobody_has_claimed(desk):
    with pytest.raises(Blocked):
        claims.release(desk.session, desk.item().id, actor=desk.clerk, now=desk.now)


def test_claiming_many_says_what_could_not_be_claimed(desk):
    item = desk.item()
    claimed, refused = claims.claim_many(desk.session, [item.id, 999], actor=desk.clerk, now=desk.now)
    assert claimed == 1 and len(refused) == 1


def test_too_many_are_not_claimed_at_once(desk):
    with pytest.raises(Blocked, match="200"):
        claims.claim_many(desk.session, list(range(201)), actor=desk.clerk, now=desk.now)


def test_a_stranger_cannot_claim(desk):
    with pytest.raises(NotYours):
        claims.claim(desk.session, desk.item().id, actor=desk.stranger, now=desk.now)
