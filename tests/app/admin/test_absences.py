"""Stand-ins: entered by oneself or by an guardian, and what follows."""
from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.models import Absence
from tests.app.admin.items import open_item
from tests.app.conftest import Browser
from tests.conftest import FixedClock

TODAY, LATER = "2026-03-02", "2026-03-06"


def test_a_stand_in_sees_the_tasks_from_the_first_day_on(app: Flask, officer: Browser, add_user: Callable[..., int],
                                                         sessions: sessionmaker[Session]):
    head = add_user("finance.head", ("finance", "head"), name="傅长青")
    open_item(sessions, "finance", "clerk")
    assert "设置：2026-03-02至2026-03-06由傅长青代办" in _enter(officer, head)
    stand_in = _signed_in(app, "finance.head")
    assert '<span class="side-count">1' in stand_in.get("/account").text
    assert "您代李思源办理" in stand_in.get("/account/absence").text


def test_a_wrong_period_is_said_at_its_field(officer: Browser, add_user: Callable[..., int]):
    head = add_user("finance.head", ("finance", "head"))
    page = _enter(officer, head, LATER, TODAY)
    assert "结束日期不能早于开始日期" in page


def test_two_absences_do_not_overlap(officer: Browser, add_user: Callable[..., int]):
    head = add_user("finance.head", ("finance", "head"))
    _enter(officer, head)
    assert "这段时间已经设置过代办人" in _enter(officer, head, LATER, LATER)


def test_only_people_of_ones_own_units_can_be_chosen(officer: Browser, add_user: Callable[..., int]):
    stranger = add_user("drc.clerk", ("drc", "clerk"))
    assert "本单位没有其他人可以代办" in officer.get("/account/absence").text
    add_user("finance.head", ("finance", "head"))
    assert _post(officer, "/account/absence", stand_in=str(stranger)).status_code == 422


def test_coming_back_early_ends_it_yesterday_so_that_history_stays_explained(
        officer: Browser, add_user: Callable[..., int], sessions: sessionmaker[Session], clock: FixedClock):
    head = add_user("finance.head", ("finance", "head"))
    _enter(officer, head)
    clock.advance(days=2)
    officer.sign_in("finance.clerk")
    with sessions() as session:
        absence_id = session.scalars(select(Absence.id)).one()
    officer.submit(f"/account/absence/{absence_id}/end", on="/account/absence")
    with sessions() as session:
        assert str(session.get_one(Absence, absence_id).last_day) == "2026-03-03"


def test_nobody_ends_somebody_elses_absence(app: Flask, officer: Browser, add_user: Callable[..., int],
                                            sessions: sessionmaker[Session]):
    head = add_user("finance.head", ("finance", "head"))
    _enter(officer, head)
    with sessions() as session:
        absence_id = session.scalars(select(Absence.id)).one()
    other = _signed_in(app, "finance.head")
    assert other.submit(f"/account/absence/{absence_id}/end", on="/account/absence").status_code == 404


def test_an_administrator_enters_and_ends_it_for_others(guardian: Browser, add_user: Callable[..., int],
                                                        sessions: sessionmaker[Session]):
    ill, stand_in = add_user("drc.clerk", ("drc", "clerk")), add_user("land.clerk", ("land", "clerk"))
    _post(guardian, "/admin/absences", user=str(ill), stand_in=str(stand_in))
    assert "不能由本人代办" in _post(guardian, "/admin/absences", user=str(ill), stand_in=str(ill)).text
    with sessions() as session:
        absence_id = session.scalars(select(Absence.id)).one()
    guardian.submit(f"/admin/absences/{absence_id}/end", on="/admin/absences")
    assert "现在没有人缺勤" in guardian.get("/admin/absences").text


def _enter(browser: Browser, stand_in: int, first: str = TODAY, last: str = LATER) -> str:
    return _post(browser, "/account/absence", first, last, stand_in=str(stand_in)).text


def _post(browser: Browser, page: str, first: str = TODAY, last: str = LATER, **who: str):
    return browser.submit(page, {"first_day": first, "last_day": last, **who}, follow_redirects=True)


def _signed_in(app: Flask, username: str) -> Browser:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    browser.sign_in(username)
    return browser
