"""What has happened to an issue, as its page tells it."""
from __future__ import annotations

from datetime import datetime, timedelta

from app.issues.timeline import timeline
from app.models import Comment, History
from tests.conftest import MONDAY

URGED = "时限到：逾期逐日催办"
DONE = "办结“受理”，转入“办理”"


def entry(day: int, text: str, actor_id: int | None = None) -> History:
    return History(at=_day(day), text=text, op="wake" if actor_id is None else "complete", kind="input", input={},
                   actor_id=actor_id, unit_code="miit" if actor_id else None)


def _day(day: int) -> datetime:
    return MONDAY + timedelta(days=day)


def told(*history: History, comments: tuple[Comment, ...] = ()) -> list[tuple[str, int]]:
    return [(each.text, each.times) for each in timeline(history, comments, {1: "白一川"}, {"miit": "工信局"})]


def test_the_newest_comes_first_with_who_did_it():
    newest, oldest = timeline([entry(0, DONE, 1), entry(1, URGED)], (), {1: "白一川"}, {"miit": "工信局"})
    assert (newest.text, newest.who) == (URGED, None)
    assert (oldest.text, oldest.who) == (DONE, "工信局 白一川")


def test_what_the_clock_says_day_after_day_is_told_once_with_its_first_day():
    found = timeline([entry(day, URGED) for day in range(3)], (), {}, {})
    assert [(each.at, each.since, each.times) for each in found] == [(_day(2), _day(0), 3)]


def test_an_act_in_between_is_not_swallowed():
    assert told(entry(0, URGED), entry(1, URGED), entry(2, DONE, 1), entry(3, URGED)) == [
        (URGED, 1), (DONE, 1), (URGED, 2)]


def test_a_remark_in_between_is_not_swallowed():
    remark = Comment(at=_day(1), text="已电话联系", user_id=1)
    assert told(entry(0, URGED), entry(2, URGED), comments=(remark,)) == [(URGED, 1), ("已电话联系", 1), (URGED, 1)]


def test_what_people_do_twice_is_told_twice():
    assert told(entry(0, DONE, 1), entry(1, DONE, 1)) == [(DONE, 1), (DONE, 1)]
