"""Who sees which issues."""
from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import ENTERPRISE, Actor, load_actor
from app.issues.errors import NoSuchIssue
from app.issues.visibility import find_visible, visible_issues
from app.models import Absence, Copy, Issue, User, WorkItem
from tests.conftest import MONDAY


@pytest.fixture
def issue(make_issue: Callable[..., Issue]) -> Issue:
    """An issue of a zone of Dalad, led by finance, joined by tax; taken in by the city."""
    return make_issue(place="zone_dalad", lead_unit="finance", joint_units=["tax", "fin_office"])


def sees(session: Session, actor: Actor) -> bool:
    return bool(session.scalars(select(Issue.id).where(visible_issues(actor))).all())


@pytest.mark.parametrize(("post", "may_see"), [
    (("zone_dalad", "intake"), True), (("dalad", "clerk"), True), (("finance", "clerk"), True), (("tax", "head"), True),
    (("fin_office", "clerk"), True), (("miit", "intake"), True),
    (("supervision", "supervisor"), True), (("leaders", "leader"), True), (("city", "auditor"), True),
    (("city", "admin"), True), (("drc", "clerk"), False), (("otog", "head"), False), (("city", "clerk"), False),
])
def test_units_see_what_concerns_them_and_the_city_s_overseers_see_all(
        session: Session, issue: Issue, make_actor: Callable[..., Actor], post: tuple[str, str], may_see: bool) -> None:
    assert sees(session, make_actor("person", post)) is may_see


def test_a_unit_s_name_inside_another_s_does_not_open_anything(
        session: Session, make_issue: Callable[..., Issue], make_actor: Callable[..., Actor]) -> None:
    make_issue(place="dongsheng", joint_units=["fin_office", "otog_front"])
    assert not sees(session, make_actor("otog", ("otog", "clerk")))
    assert sees(session, make_actor("otog_front", ("otog_front", "clerk")))


def test_who_worked_on_it_or_got_a_copy_goes_on_seeing_it(
        session: Session, issue: Issue, make_user: Callable[..., User]) -> None:
    worker, reader = make_user("worker", ("drc", "clerk")), make_user("reader", ("otog", "clerk"))
    for user in (worker, reader):
        assert not sees(session, load_actor(session, user, MONDAY))
    item = session.scalars(select(WorkItem).where(WorkItem.issue_id == issue.id)).one()
    item.closed_by = worker.id
    session.add(Copy(instance_id=issue.instance_id, issue_id=issue.id, user_id=reader.id, text="请阅", sent_at=MONDAY))
    session.flush()
    for user in (worker, reader):
        assert sees(session, load_actor(session, user, MONDAY))


def test_a_stand_in_sees_what_the_absent_person_sees(
        session: Session, issue: Issue, make_user: Callable[..., User]) -> None:
    absent, stand_in = make_user("absent", ("finance", "clerk")), make_user("stand_in", ("drc", "clerk"))
    session.add(Absence(user_id=absent.id, stand_in_id=stand_in.id, first_day=date(2026, 3, 2),
                        last_day=date(2026, 3, 3)))
    session.flush()
    assert sees(session, load_actor(session, stand_in, MONDAY))


def test_nobody_sees_everything_by_being_nobody(session: Session, issue: Issue) -> None:
    assert not sees(session, ENTERPRISE)


def test_an_issue_that_one_may_not_see_is_told_like_one_that_is_not_there(
        session: Session, issue: Issue, make_actor: Callable[..., Actor]) -> None:
    stranger = make_actor("stranger", ("drc", "clerk"))
    for number in (issue.number, "2026-999999"):
        with pytest.raises(NoSuchIssue, match="没有找到"):
            find_visible(session, stranger, number)
